// SPDX-License-Identifier: Apache-2.0
#include "provider/paravisor_survey.hpp"

#include <gtest/gtest.h>

#include "fakes/hyper_v.hpp"

namespace tenzro::tee {
namespace {

using test::add_hyper_v;
using test::FakeSystem;

void expect_nothing(FakeSystem& system, std::string_view why) { EXPECT_TRUE(survey_paravisor(system).empty()) << why; }

TEST(ParavisorSurvey, FindsAzuresConfidentialGuests) {
  for (const auto& [isolation, platform] : {std::pair{2U, Platform::amd_sev_snp}, {3U, Platform::intel_tdx}}) {
    FakeSystem system;
    add_hyper_v(system, isolation);
    const auto rows = survey_paravisor(system);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].platform, platform);
    EXPECT_EQ(rows[0].interface_path, "Azure paravisor (HCL)");
    EXPECT_TRUE(rows[0].present);
    EXPECT_FALSE(rows[0].usable);
    EXPECT_NE(rows[0].why_not.find("vTPM"), std::string::npos);
    EXPECT_EQ(rows[0].detail, "no vTPM that may be opened");
    system.add_device("/dev/tpmrm0", [] { return std::make_unique<test::FakeOpenFile>(); });
    EXPECT_EQ(survey_paravisor(system).at(0).detail, "vTPM at /dev/tpmrm0");
    system.deny_writing("/dev/tpmrm0", EACCES);
    EXPECT_EQ(survey_paravisor(system).at(0).detail, "no vTPM that may be opened");
    EXPECT_TRUE(system.opened_for_writing.empty());
  }
}

TEST(ParavisorSurvey, TakesNothingElseForOne) {
  FakeSystem system;
  expect_nothing(system, "no hypervisor");
  for (const std::uint32_t isolation : {0U, 1U, 4U, 15U}) {
    add_hyper_v(system, isolation);
    expect_nothing(system, "an ordinary or another kind of guest");
  }
  add_hyper_v(system, 2, true);
  expect_nothing(system, "a host");
  add_hyper_v(system, 2);
  system.cpuid_leaves.at({0x40000003, 0}).ebx = 0;
  expect_nothing(system, "no isolation");
  add_hyper_v(system, 3);
  system.cpuid_leaves.at({0x40000000, 0}).edx = 0x76482075;
  expect_nothing(system, "another hypervisor");
  for (const std::uint32_t leaf : {0x40000000U, 0x40000003U, 0x4000000cU}) {
    add_hyper_v(system, 3);
    system.cpuid_leaves.erase({leaf, 0});
    expect_nothing(system, "a leaf is missing");
  }
}

}  // namespace
}  // namespace tenzro::tee
