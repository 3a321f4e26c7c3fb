// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/challenge.hpp"

#include <gtest/gtest.h>

#include <concepts>

#include "support/vectors.hpp"

namespace tenzro::tee {
namespace {

static_assert(!std::is_default_constructible_v<Challenge> && !std::is_default_constructible_v<ReportData>);
static_assert(!std::constructible_from<Challenge, std::string> && !std::constructible_from<ReportData, Bytes>);

std::string bound(const Challenge& challenge, std::string_view context) {
  return to_hex(ReportData::bind(challenge, test::view(context)).bytes());
}

TEST(Challenge, RefusesSizesOutside32To64) {
  for (const std::size_t size : {0U, 1U, 31U, 65U, 4096U}) {
    const auto challenge = Challenge::from_bytes(Bytes(size, 0x5a));
    ASSERT_FALSE(challenge) << size;
    EXPECT_EQ(challenge.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(challenge.error().message(), "challenge: " + std::to_string(size) + " bytes, expected 32 to 64");
  }
}

TEST(Challenge, KeepsTheBytesOfThePeer) {
  for (const std::size_t size : {32U, 33U, 64U}) {
    const Bytes bytes(size, 0x5a);
    const auto challenge = Challenge::from_bytes(bytes);
    ASSERT_TRUE(challenge);
    EXPECT_EQ(to_hex(challenge->bytes()), to_hex(bytes));
  }
}

TEST(Challenge, IsNeverTheSameTwice) {
  const Challenge first = Challenge::random();
  const Challenge second = Challenge::random();
  EXPECT_EQ(first.bytes().size(), 32U);
  EXPECT_NE(to_hex(first.bytes()), to_hex(second.bytes()));
}

TEST(ReportData, RefusesDataThatWouldCollide) {
  const std::pair<Bytes, std::string_view> cases[] = {
      {{}, "user data: empty, expected at least 1 byte"},
      {Bytes(1, 0), "user data: all bytes are zero, which is what unused report data looks like"},
      {Bytes(64, 0), "user data: all bytes are zero, which is what unused report data looks like"},
      {Bytes(100, 0), "user data: all bytes are zero, which is what unused report data looks like"},
      {{'a', 0}, "user data: fewer than 64 bytes that end in 0x00 would look like the same data without that byte"},
  };
  for (const auto& [bytes, message] : cases) {
    const auto data = ReportData::from_caller_data(bytes);
    ASSERT_FALSE(data) << to_hex(bytes);
    EXPECT_EQ(data.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(data.error().message(), message);
  }
}

TEST(ReportData, RefusesATrailingZeroAtEveryLengthBelow64) {
  for (std::size_t size = 2; size < 64; ++size) {
    Bytes bytes(size, 0x41);
    bytes.back() = 0;
    EXPECT_FALSE(ReportData::from_caller_data(bytes)) << size;
  }
}

TEST(ReportData, TakesAllOf64BytesAsTheyAre) {
  Bytes bytes(64, 0x41);
  bytes.back() = 0;
  const auto data = ReportData::from_caller_data(bytes);
  ASSERT_TRUE(data);
  EXPECT_EQ(to_hex(data->bytes()), to_hex(bytes));
}

TEST(ReportData, KeepsTheCallersBytesBesideThe64) {
  for (const std::size_t size : {1U, 63U, 64U, 65U, 5000U}) {
    const Bytes bytes(size, 0x41);
    const auto data = ReportData::from_caller_data(bytes);
    ASSERT_TRUE(data);
    EXPECT_EQ(to_hex(data->raw()), to_hex(bytes));
  }
}

// ATTACK(B4)
TEST(ReportData, KeepsChallengeAndContextApart) {
  const Bytes bytes(40, 0x41);
  const auto shorter = Challenge::from_bytes(ByteView(bytes).first(39));
  const auto longer = Challenge::from_bytes(bytes);
  EXPECT_NE(bound(*shorter, "AB"), bound(*longer, "B"));
  EXPECT_NE(bound(*longer, ""), bound(*longer, std::string_view("\0", 1)));
  EXPECT_EQ(bound(*longer, "B"), bound(*longer, "B"));
}

TEST(ReportData, IsTheSameBytesInBothFormsAfterBind) {
  const ReportData data = ReportData::bind(Challenge::random(), test::view("context"));
  EXPECT_EQ(to_hex(data.bytes()), to_hex(data.raw()));
}

TEST(ReportData, ThrowsForAContextWhoseLengthDoesNotFit) {
  const std::uint8_t byte = 0;
  const ByteView too_long(&byte, std::size_t{1} << 32);  // the length alone is looked at
  EXPECT_THROW(static_cast<void>(ReportData::bind(Challenge::random(), too_long)), std::length_error);
}

TEST(EvidenceNonce, TakesOneTo1024Bytes) {
  for (const std::size_t size : {1U, 32U, 1024U}) {
    EXPECT_EQ(EvidenceNonce::from_caller_data(Bytes(size, 7)).value().bytes().size(), size);
  }
  for (const std::size_t size : {0U, 1025U}) {
    const auto nonce = EvidenceNonce::from_caller_data(Bytes(size, 7));
    ASSERT_FALSE(nonce);
    EXPECT_EQ(nonce.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(EvidenceNonce, IsTheChallengeAsItIs) {
  const Challenge challenge = Challenge::random();
  EXPECT_EQ(to_hex(EvidenceNonce::from_challenge(challenge).bytes()), to_hex(challenge.bytes()));
}

}  // namespace
}  // namespace tenzro::tee
