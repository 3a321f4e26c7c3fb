// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/vectors.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {
namespace {

void expect_malformed(const Result<Bytes>& result, std::string_view message) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(result.error().message(), message);
}

// ATTACK(P5)
TEST(Hex, RefusesEverythingButDigitPairs) {
  expect_malformed(from_hex("abc"), "hex: odd number of digits");
  expect_malformed(from_hex("0x12"), R"(hex: "x" at offset 1 is no hex digit)");
  expect_malformed(from_hex("12 4"), R"(hex: " " at offset 2 is no hex digit)");
  expect_malformed(from_hex("12\n4"), R"(hex: "\x0a" at offset 2 is no hex digit)");
  expect_malformed(from_hex("12:3"), R"(hex: ":" at offset 2 is no hex digit)");
  expect_malformed(from_hex(std::string_view("1\0", 2)), R"(hex: "\x00" at offset 1 is no hex digit)");
}

TEST(Hex, HasNoDigitsBesideTheTwentyTwo) {
  const std::string_view digits = "0123456789abcdefABCDEF";
  for (int c = 0; c < 256; ++c) {
    const std::string text = {'0', static_cast<char>(c)};
    EXPECT_EQ(from_hex(text).has_value(), digits.find(static_cast<char>(c)) != std::string_view::npos) << c;
  }
}

TEST(Hex, ReadsBothCasesAndWritesLowerCase) {
  EXPECT_EQ(*from_hex("00fFAb"), (Bytes{0x00, 0xff, 0xab}));
  EXPECT_EQ(to_hex(Bytes{0x00, 0xff, 0xab}), "00ffab");
  EXPECT_EQ(*from_hex(""), Bytes{});
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, ReadsBackWhatItWrote) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = static_cast<std::uint8_t>(i);
  }
  EXPECT_EQ(*from_hex(to_hex(all)), all);
}

// ATTACK(P5)
TEST(Base64, RefusesMissingAndMisplacedPadding) {
  expect_malformed(from_base64("Zg"), "base64: length is not a multiple of 4");
  expect_malformed(from_base64("Zg="), "base64: length is not a multiple of 4");
  expect_malformed(from_base64("="), "base64: length is not a multiple of 4");
  expect_malformed(from_base64("===="), R"(base64: "=" at offset 0 is no base64 digit)");
  expect_malformed(from_base64("Z==="), R"(base64: "=" at offset 1 is no base64 digit)");
  expect_malformed(from_base64("Zg==Zg=="), R"(base64: "=" at offset 2 is no base64 digit)");
  expect_malformed(from_base64("Z=m9"), R"(base64: "=" at offset 1 is no base64 digit)");
}

// ATTACK(P5)
TEST(Base64, RefusesTailBitsThatCarryNothing) {
  for (const std::string_view text : {"Zh==", "Zn==", "Zm9=", "Zm9vYh=="}) {
    expect_malformed(from_base64(text), "base64: the unused bits of the last digit are not zero");
  }
}

// ATTACK(P5)
TEST(Base64, RefusesWhiteSpaceAndTheUrlAlphabet) {
  expect_malformed(from_base64("Zm9 "), R"(base64: " " at offset 3 is no base64 digit)");
  expect_malformed(from_base64("Zm\n9"), R"(base64: "\x0a" at offset 2 is no base64 digit)");
  expect_malformed(from_base64("-m9v"), R"(base64: "-" at offset 0 is no base64 digit)");
  expect_malformed(from_base64("Zm_v"), R"(base64: "_" at offset 2 is no base64 digit)");
}

TEST(Base64, HasExactlySixtyFourDigits) {
  int digits = 0;
  for (int c = 0; c < 256; ++c) {
    const std::string text = {'A', 'A', static_cast<char>(c), 'A'};
    digits += from_base64(text) ? 1 : 0;
  }
  EXPECT_EQ(digits, 64);
}

TEST(Base64, AgreesWithTheExamplesOfRfc4648) {
  const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : examples) {
    EXPECT_EQ(to_base64(test::view(plain)), encoded);
    const Bytes decoded = *from_base64(encoded);
    EXPECT_EQ(std::string(decoded.begin(), decoded.end()), plain);
  }
}

TEST(Base64, ReadsBackWhatItWroteAtEveryLength) {
  Bytes bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(*from_base64(to_base64(bytes)), bytes);
    bytes.push_back(static_cast<std::uint8_t>(i * 37));
  }
}

}  // namespace
}  // namespace tenzro::tee
