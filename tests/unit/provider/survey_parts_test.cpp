// SPDX-License-Identifier: Apache-2.0
#include "provider/survey_parts.hpp"

#include <gtest/gtest.h>

#include "fake_system.hpp"

namespace tenzro::tee::provider {
namespace {

TEST(SurveyParts, KeepWhatTheInterfaceSaidOfItself) {
  const device::TsmState usable{.present = true, .provider = "tdx_guest", .usable = true, .why_not = ""};
  auto row = tsm_finding(Platform::intel_tdx, "tdx_guest", usable, false);
  EXPECT_TRUE(row.present && row.usable);
  row = tsm_finding(Platform::amd_sev_snp, "sev_guest", usable, true);
  EXPECT_FALSE(row.present || row.usable);
  EXPECT_EQ(row.why_not, "its provider is tdx_guest, not sev_guest");

  const device::TsmState unknown{.present = true, .provider = "", .usable = false, .why_not = "needs root"};
  row = tsm_finding(Platform::intel_tdx, "tdx_guest", unknown, true);
  EXPECT_TRUE(row.present);
  EXPECT_FALSE(row.usable);
  EXPECT_EQ(row.why_not, "needs root");
  EXPECT_FALSE(tsm_finding(Platform::intel_tdx, "tdx_guest", unknown, false).present);
  EXPECT_FALSE(tsm_finding(Platform::intel_tdx, "tdx_guest", {}, true).present);
}

TEST(SurveyParts, TellWhatADeviceNeeds) {
  test::FakeSystem system;
  EXPECT_EQ(device_finding(system, Platform::intel_tdx, "/dev/x", "load it").why_not, "not there: load it");
  system.add_device("/dev/x", [] { return std::make_unique<test::FakeOpenFile>(); });
  EXPECT_TRUE(device_finding(system, Platform::intel_tdx, "/dev/x", "load it").usable);
  system.deny("/dev/x", EROFS);
  const auto row = device_finding(system, Platform::intel_tdx, "/dev/x", "load it");
  EXPECT_TRUE(row.present);
  EXPECT_FALSE(row.usable);
  EXPECT_EQ(row.why_not, "Read-only file system");
}

}  // namespace
}  // namespace tenzro::tee::provider
