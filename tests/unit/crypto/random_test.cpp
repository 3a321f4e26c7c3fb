// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tenzro::tee::crypto {
namespace {

TEST(FillRandom, FillsAllOfTheBuffer) {
  // Larger than what one getrandom(2) call gives without interruption; each 64-byte piece is zero with chance 2^-512.
  Bytes bytes(1 << 20);
  fill_random(bytes);
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    const ByteView piece = ByteView(bytes).subspan(at, 64);
    ASSERT_TRUE(std::ranges::any_of(piece, [](std::uint8_t byte) { return byte != 0; })) << at;
  }
}

TEST(FillRandom, StaysInsideTheBuffer) {
  Bytes bytes(34, 0xee);
  fill_random(std::span(bytes).subspan(1, 32));
  EXPECT_EQ(bytes.front(), 0xee);
  EXPECT_EQ(bytes.back(), 0xee);
  fill_random({});
}

TEST(FillRandom, GivesOtherBytesEachTime) {
  ByteArray<32> first{};
  ByteArray<32> second{};
  fill_random(first);
  fill_random(second);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace tenzro::tee::crypto
