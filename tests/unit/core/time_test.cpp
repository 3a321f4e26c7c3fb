// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {
namespace {

std::int64_t seconds(std::string_view text) { return from_rfc3339(text)->time_since_epoch().count(); }

void expect_refused(std::string_view text, std::string_view why) {
  const auto time = from_rfc3339(text);
  ASSERT_FALSE(time) << text;
  EXPECT_EQ(time.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(time.error().message().find(why), std::string::npos) << time.error().message();
}

TEST(Rfc3339, RefusesTextOfAnotherForm) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-11-22",
                                      "2026-11-22 07:00:00Z",
                                      "26-11-22T07:00:00Z",
                                      "2026-1-22T07:00:00Z",
                                      "2026-11-22T7:00:00Z",
                                      "2026-11-22T07:00Z",
                                      "2026/11/22T07:00:00Z",
                                      "+2026-11-22T07:00:00Z",
                                      "-026-11-22T07:00:00Z",
                                      "2026-11-22T07:00:00.Z",
                                      "20261122T070000Z",
                                      " 2026-11-22T07:00:00Z",
                                      "2026-11-22T07:00:0 Z",
                                      "2026-11-22T07:00:-1Z",
                                      "2026-11-22T07:0a:00Z",
                                      "2026-11-22T07:00:0:Z",
                                      "2026-11-22T07:0/:00Z",
                                      "-11-22T07:00:00Z",
                                      "202611-22T07:00:00Z",
                                      "2026--22T07:00:00Z",
                                      "2026-1122T07:00:00Z",
                                      "2026-11-T07:00:00Z",
                                      "2026-11-2207:00:00Z",
                                      "2026-11-22T:00:00Z",
                                      "2026-11-22T0700:00Z",
                                      "2026-11-22T07::00Z",
                                      "2026-11-22T07:0000Z",
                                      "2026-11-22T07:00:Z"}) {
    expect_refused(text, "not of the RFC 3339 form");
  }
}

TEST(Rfc3339, RefusesMissingAndImpossibleOffsets) {
  for (const std::string_view text :
       {"2026-11-22T07:00:00", "2026-11-22T07:00:00+1:00", "2026-11-22T07:00:00+0100", "2026-11-22T07:00:00+24:00",
        "2026-11-22T07:00:0001:00", "2026-11-22T07:00:00+:30", "2026-11-22T07:00:00+01:", "2026-11-22T07:00:00-:",
        "2026-11-22T07:00:00+01:60", "2026-11-22T07:00:00+", "2026-11-22T07:00:00 Z", "2026-11-22T07:00:00.5"}) {
    expect_refused(text, "the offset must be Z or like +01:00");
  }
}

TEST(Rfc3339, RefusesTextThatFollows) {
  expect_refused("2026-11-22T07:00:00Z ", "text follows");
  expect_refused("2026-11-22T07:00:00ZZ", "text follows");
  expect_refused("2026-11-22T07:00:00+01:00Z", "text follows");
  expect_refused(std::string_view("2026-11-22T07:00:00Z\0", 21), "text follows");
}

TEST(Rfc3339, RefusesDatesAndTimesThatDoNotExist) {
  for (const std::string_view text : {"2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z", "2026-11-00T00:00:00Z",
                                      "2026-11-31T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
                                      "2026-11-22T24:00:00Z", "2026-11-22T07:60:00Z", "2026-11-22T07:00:60Z"}) {
    expect_refused(text, "no such date or time of day");
  }
}

TEST(Rfc3339, RefusesYearsBefore1970AndAfter9999) {
  expect_refused("1969-12-31T23:59:59Z", "before 1970");
  expect_refused("0000-01-01T00:00:00Z", "before 1970");
  expect_refused("1970-01-01T00:00:00+00:01", "before 1970");
  expect_refused("9999-12-31T23:59:59-00:01", "after 9999");
  EXPECT_EQ(to_rfc3339(*from_rfc3339("9999-12-31T23:59:59Z")), "9999-12-31T23:59:59Z");
}

TEST(Rfc3339, ShowsTheRefusedTextEscapedAndCut) {
  EXPECT_EQ(from_rfc3339("now\n").error().message(),
            "time \"now\\x0a\": not of the RFC 3339 form; write it like 2026-11-22T07:00:00Z");
  EXPECT_LT(from_rfc3339(std::string(1000000, '1')).error().message().size(), 200U);
}

TEST(Rfc3339, ReadsOffsetsFractionsAndSmallLetters) {
  EXPECT_EQ(seconds("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(seconds("2026-11-22T07:00:00Z"), 1795330800);
  EXPECT_EQ(seconds("2026-11-22t07:00:00z"), 1795330800);
  EXPECT_EQ(seconds("2026-11-22T09:30:00+02:30"), 1795330800);
  EXPECT_EQ(seconds("2026-11-21T23:00:00-08:00"), 1795330800);
  EXPECT_EQ(seconds("2026-11-22T07:00:00-00:00"), 1795330800);
  EXPECT_EQ(seconds("2026-11-22T07:00:00.999999999999Z"), 1795330800);
  EXPECT_EQ(seconds("2024-02-29T23:59:59Z"), 1709251199);
}

TEST(Rfc3339, ReadsBackWhatItWrote) {
  for (const std::int64_t second : {std::int64_t{0}, std::int64_t{1}, std::int64_t{86399}, std::int64_t{951782400},
                                    std::int64_t{1795330800}, std::int64_t{253402300799}}) {
    const UtcTime time{std::chrono::seconds(second)};
    EXPECT_EQ(*from_rfc3339(to_rfc3339(time)), time);
  }
}

TEST(Rfc3339, WritesTimesBefore1970) {
  EXPECT_EQ(to_rfc3339(UtcTime{std::chrono::seconds(-1)}), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace tenzro::tee
