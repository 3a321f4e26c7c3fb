// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/td_report.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "fakes/tdx.hpp"

namespace tenzro::tee::tdx {
namespace {

using test::FakeSystem;
using test::FakeTdx;

const ByteArray<64> kReportData = [] {
  ByteArray<64> out{};
  out.fill(0x42);
  return out;
}();

void expect_error(FakeSystem& system, ErrorCode code, std::string_view part) {
  const auto report = fetch_td_report(system, "/dev/tdx_guest", kReportData);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), code);
  EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
  EXPECT_EQ(system.open_descriptors(), 0U);
}

TEST(TdReport, UsesTheKernelsNumber) {
  struct Request {
    std::uint8_t report_data[64];
    std::uint8_t report[1024];
  };
  EXPECT_EQ(kGetReport0, _IOWR('T', 1, Request));
}

TEST(TdReport, IsFetchedAndItsRegistersAreFound) {
  FakeSystem system;
  const auto tdx = FakeTdx::into(system);
  const auto report = fetch_td_report(system, "/dev/tdx_guest", kReportData);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(registers_in(*report), tdx->registers);
  EXPECT_EQ(system.open_descriptors(), 0U);
}

TEST(TdReport, SaysWhatTheDriverAnsweredWith) {
  for (const auto& [number, code, part] : std::vector<std::tuple<int, ErrorCode, std::string>>{
           {EIO, ErrorCode::hardware_failure, "the TDX module refused"},
           {EINVAL, ErrorCode::hardware_failure, "refused the request for a TDREPORT as invalid"},
           {EFAULT, ErrorCode::hardware_failure, "could not read the request"},
           {ENOTTY, ErrorCode::not_available, "does not know TDX_CMD_GET_REPORT0"},
           {ENOMEM, ErrorCode::io_failure, "/dev/tdx_guest: Cannot allocate memory"}}) {
    FakeSystem system;
    FakeTdx::into(system)->report_fails = number;
    expect_error(system, code, part);
  }
}

TEST(TdReport, SaysWhyTheDeviceCannotBeOpened) {
  FakeSystem system;
  expect_error(system, ErrorCode::not_available, "/dev/tdx_guest: No such file or directory");
  FakeTdx::into(system);
  system.deny("/dev/tdx_guest", EACCES);
  expect_error(system, ErrorCode::permission_denied, "/dev/tdx_guest: permission denied: run as root");
}

// ATTACK(D3)
TEST(TdReport, TakesNoOtherAnswer) {
  FakeSystem system;
  const auto tdx = FakeTdx::into(system);
  tdx->report_type = 0;
  expect_error(system, ErrorCode::hardware_failure, "is no TDREPORT");
  tdx->report_type = 0x81;
  tdx->other_report_data = true;
  expect_error(system, ErrorCode::hardware_failure, "other report data than it was given");
}

}  // namespace
}  // namespace tenzro::tee::tdx
