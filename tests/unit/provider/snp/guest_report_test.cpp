// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_report.hpp"

#include <gtest/gtest.h>

#include "fakes/sev.hpp"

namespace tenzro::tee::snp {
namespace {

const ByteArray<64> kReportData = [] {
  ByteArray<64> out{};
  out.fill(0x42);
  return out;
}();

void expect_refused(ByteView report, unsigned vmpl, std::string_view part) {
  const auto result = check_report(report, kReportData, vmpl);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::hardware_failure);
  EXPECT_NE(result.error().message().find(part), std::string::npos) << result.error().message();
}

// ATTACK(D3)
TEST(GuestReport, AnswersWhatWasAsked) {
  for (std::uint32_t version = 2; version <= 5; ++version) {
    EXPECT_TRUE(check_report(test::snp_report_over(kReportData, 1, {.version = version}), kReportData, 1));
  }
  expect_refused(test::snp_report_over(kReportData, 1), 0, "for VMPL 1, not 0");
  expect_refused(test::snp_report_over(kReportData, 0xffffffff), 0, "for VMPL 4294967295, not 0");
  Bytes report = test::snp_report_over(kReportData);
  for (std::size_t i = 0; i < 64; ++i) {
    Bytes altered = report;
    altered.at(test::snp_at::kReportData + i) ^= 0x80;
    expect_refused(altered, 0, "over other report data");
  }
}

// ATTACK(D3)
TEST(GuestReport, IsAWholeReport) {
  Bytes report = test::snp_report_over(kReportData);
  report.pop_back();
  expect_refused(report, 0, "sent 1183 bytes instead of a report of 1184");
  expect_refused({}, 0, "sent 0 bytes");
  expect_refused(Bytes(1184), 0, "a report of version 0, which is none");
  expect_refused(test::snp_report_over(kReportData, 0, {.version = 1}), 0, "a report of version 1");
}

TEST(GuestReport, TableLosesWhatTheDriverFilledUp) {
  const test::MadeTable made{.entries = {{test::table_guid::kVcek, Bytes(99)}, {test::table_guid::kArk, Bytes(5, 1)}}};
  Bytes filled = made.bytes();
  filled.resize(16384);
  EXPECT_EQ(usable_table(filled), made.bytes());
  EXPECT_EQ(usable_table(made.bytes()), made.bytes());
}

TEST(GuestReport, TableThatSaysNothingIsLeftOut) {
  EXPECT_TRUE(usable_table({}).empty());
  EXPECT_TRUE(usable_table(Bytes(16384)).empty());
  EXPECT_TRUE(usable_table(test::MadeTable{.entries = {}}.bytes()).empty());
  EXPECT_TRUE(usable_table(Bytes(100, 0xff)).empty());
  Bytes twice =
      test::MadeTable{.entries = {{test::table_guid::kVcek, Bytes(9)}, {test::table_guid::kVcek, Bytes(9)}}}.bytes();
  EXPECT_TRUE(usable_table(twice).empty());
  Bytes cut = test::MadeTable{.entries = {{test::table_guid::kVcek, Bytes(9)}}}.bytes();
  cut.pop_back();
  EXPECT_TRUE(usable_table(cut).empty());
}

}  // namespace
}  // namespace tenzro::tee::snp
