// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tenzro::tee {
namespace {

// ATTACK(H6)
TEST(Printable, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\r\nb"), "a\\x0d\\x0ab");
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\x7f\x80\xff"), "\\x7f\\x80\\xff");
}

TEST(Printable, EscapesBackslashesSoThatNothingLooksEscaped) { EXPECT_EQ(printable("\\x0a"), "\\x5cx0a"); }

TEST(Printable, CutsByInputLength) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("\n\n", 1), "\\x0a...");
  EXPECT_EQ(printable("abc", 0), "...");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable(std::string(100, 'x')), std::string(80, 'x') + "...");
}

TEST(Printable, LeavesOnlyPrintableCharactersOfAnyInput) {
  std::string all;
  for (int c = 0; c < 256; ++c) {
    all.push_back(static_cast<char>(c));
  }
  EXPECT_TRUE(std::ranges::all_of(printable(all, 256), [](char c) { return c >= 0x20 && c <= 0x7e; }));
}

TEST(Concat, JoinsTextAndIntegersInOrder) {
  EXPECT_EQ(concat("needs ", 64, " bytes", ':', std::string(" at "), std::size_t{7}), "needs 64 bytes: at 7");
  EXPECT_EQ(concat(std::uint8_t{200}, '/', std::int8_t{-3}), "200/-3");
  EXPECT_EQ(concat(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(concat(), "");
}

}  // namespace
}  // namespace tenzro::tee
