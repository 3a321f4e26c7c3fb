// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "core/try.hpp"

namespace tenzro::tee {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error(ErrorCode::invalid_argument, "odd");
  }
  return number / 2;
}

Result<int> quarter(int number) {
  TENZRO_ASSIGN_OR_RETURN(const int first, half(number));
  TENZRO_ASSIGN_OR_RETURN(const int second, half(first));
  return second;
}

Result<void> demand_even(int number) {
  TENZRO_RETURN_IF_ERROR(half(number));
  return {};
}

TEST(Result, NeverShowsAValueThatIsNotThere) {
  Result<int> failed = half(3);
  EXPECT_FALSE(failed);
  EXPECT_FALSE(failed.has_value());
  EXPECT_THROW(static_cast<void>(*failed), BadResultAccess);
  EXPECT_THROW(static_cast<void>(failed.value()), BadResultAccess);
  EXPECT_THROW(static_cast<void>(failed.operator->()), BadResultAccess);
  EXPECT_THROW(static_cast<void>(std::move(failed).value()), BadResultAccess);
  EXPECT_THROW(Result<void>(Error(ErrorCode::internal, "x")).value(), BadResultAccess);
}

TEST(Result, NeverShowsAnErrorThatIsNotThere) {
  Result<int> good = half(4);
  EXPECT_EQ(*good, 2);
  EXPECT_THROW(static_cast<void>(good.error()), BadResultAccess);
  EXPECT_THROW(static_cast<void>(std::move(good).error()), BadResultAccess);
  const Result<void> done;
  EXPECT_NO_THROW(done.value());
  EXPECT_THROW(static_cast<void>(done.error()), BadResultAccess);
}

TEST(Result, SaysWhatTheMisusedFailureWas) {
  try {
    static_cast<void>(half(3).value());
    FAIL() << "no exception";
  } catch (const BadResultAccess& misuse) {
    EXPECT_STREQ(misuse.what(), "value of a failed Result: odd");
  }
}

TEST(Result, StopsAtTheFirstFailure) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(7).error().message(), "odd");
  EXPECT_EQ(quarter(6).error().message(), "odd");
  EXPECT_TRUE(demand_even(2));
  EXPECT_EQ(demand_even(1).error().code(), ErrorCode::invalid_argument);
}

TEST(Result, ChainsSuccessesAndPassesFailuresOn) {
  EXPECT_EQ(*half(8).and_then(half), 2);
  EXPECT_EQ(half(6).and_then(half).error().message(), "odd");
  EXPECT_EQ(*half(8).transform([](int n) { return std::to_string(n); }), "4");
  EXPECT_EQ(half(7).transform([](int n) { return std::to_string(n); }).error().message(), "odd");
}

TEST(Result, CarriesValuesThatCannotBeCopied) {
  Result<std::unique_ptr<int>> owned = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(owned);
  EXPECT_EQ(*taken, 7);
}

TEST(Error, GainsContextInFront) {
  const Error error = Error(ErrorCode::malformed_input, "too short").with_context("header").with_context("quote");
  EXPECT_EQ(error.message(), "quote: header: too short");
  EXPECT_EQ(error.code(), ErrorCode::malformed_input);
}

TEST(ErrorCode, HasADistinctNameForEachValue) {
  std::set<std::string_view> names;
  for (int value = 0; value <= static_cast<int>(ErrorCode::internal); ++value) {
    names.insert(to_string(static_cast<ErrorCode>(value)));
  }
  EXPECT_EQ(names.size(), 16U);
  EXPECT_EQ(to_string(static_cast<ErrorCode>(999)), "internal");
}

}  // namespace
}  // namespace tenzro::tee
