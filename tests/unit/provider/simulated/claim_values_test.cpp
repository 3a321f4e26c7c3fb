// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/claim_values.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::simulated {
namespace {

struct Spec {
  ByteArray<2> pair{};
  std::uint16_t number = 7;
};
const std::vector<Claim<Spec>> kClaims = {
    {"pair", [](Spec& spec, std::string_view text) { return set_bytes(spec.pair, text); }},
    {"number", [](Spec& spec, std::string_view text) { return set_number(spec.number, text, 3, 300); }}};

template <class T>
void expect_refused(const Result<T>& result, std::string_view words) {
  ASSERT_FALSE(result) << words;
  EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

TEST(ClaimValues, TakeHexOfOneSize) {
  EXPECT_EQ(*hex_value("00ff", 2), (Bytes{0x00, 0xff}));
  EXPECT_EQ(*hex_value("aBCd", 2), (Bytes{0xab, 0xcd}));
  for (const auto* const text : {"", "00", "00ff0", "00ff00", "0xff", "00fg", " 0ff", "00 ff", "00ff\n"}) {
    expect_refused(hex_value(text, 2), "is not 4 hex digits");
  }
  const auto strange = hex_value("\x1b[2J\n", 2);
  ASSERT_FALSE(strange);
  EXPECT_EQ(strange.error().message().find_first_of("\x1b\n"), std::string::npos);
}

TEST(ClaimValues, TakeDecimalNumbersWithinBounds) {
  EXPECT_EQ(*number_value("3", 3, 300), 3U);
  EXPECT_EQ(*number_value("300", 3, 300), 300U);
  EXPECT_EQ(*number_value("18446744073709551615", 0, ~std::uint64_t{0}), ~std::uint64_t{0});
  for (const auto* const text :
       {"", "2", "301", "-3", "+3", " 3", "3 ", "3.0", "0x3", "three", "18446744073709551616", "3\n"}) {
    expect_refused(number_value(text, 3, 300), "is no number from 3 to 300");
  }
}

TEST(ClaimValues, EnterASpecification) {
  Spec spec;
  ASSERT_TRUE(apply<Spec>(spec, kClaims, {}));
  EXPECT_EQ(spec.number, 7U);
  ASSERT_TRUE(apply<Spec>(spec, kClaims, {{"pair", "0102"}, {"number", "300"}}));
  EXPECT_EQ(spec.pair, (ByteArray<2>{1, 2}));
  EXPECT_EQ(spec.number, 300U);
  EXPECT_EQ(names_of<Spec>(kClaims), (std::vector<std::string_view>{"pair", "number"}));
}

TEST(ClaimValues, NameTheClaimThatIsWrong) {
  Spec spec;
  expect_refused(apply<Spec>(spec, kClaims, {{"pairs", "0102"}}), "simulated claim pairs: there is none of this name");
  expect_refused(apply<Spec>(spec, kClaims, {{"Pair", "0102"}}), "there are pair, number");
  expect_refused(apply<Spec>(spec, kClaims, {{"", "0102"}}), "there is none of this name");
  expect_refused(apply<Spec>(spec, kClaims, {{"pair", "01"}}), "simulated claim pair: ");
  expect_refused(apply<Spec>(spec, kClaims, {{"number", "301"}}), "simulated claim number: ");
  EXPECT_EQ(apply<Spec>(spec, kClaims, {{"a\nb", ""}}).error().message().find('\n'), std::string::npos);
  EXPECT_EQ(spec.pair, (ByteArray<2>{}));
}

}  // namespace
}  // namespace tenzro::tee::simulated
