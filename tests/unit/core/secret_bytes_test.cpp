// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {
namespace {

static_assert(!std::copyable<SecretBytes> && std::movable<SecretBytes>);
static_assert(!std::is_default_constructible_v<SecretBytes>);
static_assert(!std::equality_comparable<SecretBytes>);
static_assert(!std::convertible_to<SecretBytes, ByteView> && !std::convertible_to<Bytes, SecretBytes>);
static_assert(!std::convertible_to<QuotedBytes, ByteView>);

TEST(SecretBytes, TakesTheBytesOver) {
  Bytes source = {1, 2, 3};
  const SecretBytes secret(std::move(source));
  ASSERT_EQ(secret.size(), 3U);
  EXPECT_EQ(secret.reveal()[2], 3);
  EXPECT_EQ(source.capacity(), 0U);  // NOLINT(bugprone-use-after-move): what is left is the question
}

TEST(SecretBytes, IsMadeOfZerosToBeFilled) {
  SecretBytes secret(5000);
  EXPECT_TRUE(std::ranges::all_of(secret.reveal(), [](std::uint8_t byte) { return byte == 0; }));
  secret.fill()[4999] = 7;
  EXPECT_EQ(secret.reveal()[4999], 7);
}

TEST(SecretBytes, IsEmptyAfterAMove) {
  SecretBytes first(Bytes{1, 2, 3});
  const SecretBytes second(std::move(first));
  EXPECT_EQ(first.size(), 0U);  // NOLINT(bugprone-use-after-move): what is left is the question
  EXPECT_EQ(second.size(), 3U);
}

TEST(SecretBytes, ReplacesItsSecretOnAssignment) {
  SecretBytes first(Bytes{1, 2, 3});
  SecretBytes second(Bytes{4});
  second = std::move(first);
  EXPECT_EQ(second.reveal().size(), 3U);
  EXPECT_EQ(second.reveal()[2], 3);
  SecretBytes& same = second;
  second = std::move(same);
  EXPECT_EQ(second.size(), 3U);
}

TEST(SecretBytes, MayBeEmpty) {
  const SecretBytes nothing(Bytes{});
  EXPECT_EQ(nothing.size(), 0U);
  EXPECT_TRUE(nothing.reveal().empty());
}

}  // namespace
}  // namespace tenzro::tee
