// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fakes/tsm.hpp"

namespace tenzro::tee::snp {
namespace {

using test::FakeSystem;
using test::FakeTsm;

constexpr std::uint32_t kHypervisor = 1U << 31U;
constexpr std::string_view kCpuid = "CPUID leaf 0x8000001f", kTsm = "/sys/kernel/config/tsm/report";

void add_cpuid(FakeSystem& system, std::uint32_t bits, bool hypervisor) {
  system.cpuid_leaves[{0x8000001f, 0}] = {.eax = bits, .ebx = 0, .ecx = 0, .edx = 0};
  system.cpuid_leaves[{1, 0}] = {.eax = 0, .ebx = 0, .ecx = hypervisor ? kHypervisor : 0, .edx = 0};
}

std::vector<ProbeFinding> look(FakeSystem& system) {
  auto out = survey(system, device::tsm_state(system));
  EXPECT_EQ(system.open_descriptors(), 0U);
  EXPECT_TRUE(system.opened_for_writing.empty());
  for (const ProbeFinding& row : out) {
    EXPECT_EQ(row.platform, Platform::amd_sev_snp);
    EXPECT_EQ(row.usable, row.why_not.empty()) << row.interface_path;
    EXPECT_TRUE(row.present || !row.usable) << row.interface_path;
  }
  return out;
}
const ProbeFinding& row(const std::vector<ProbeFinding>& rows, std::string_view path) {
  return *std::ranges::find(rows, path, &ProbeFinding::interface_path);
}
void expect_why_not(const ProbeFinding& finding, std::string_view part) {
  EXPECT_FALSE(finding.usable);
  EXPECT_NE(finding.why_not.find(part), std::string::npos) << finding.why_not;
}

TEST(SnpSurvey, ListsEverythingInAFixedOrderWhereThereIsNothing) {
  FakeSystem system;
  const auto rows = look(system);
  std::vector<std::string> names;
  for (const ProbeFinding& finding : rows) {
    names.push_back(finding.interface_path);
    EXPECT_FALSE(finding.present) << finding.interface_path;
    expect_why_not(finding, "not there: ");
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"CPUID leaf 0x8000001f", "/sys/kernel/config/tsm/report", "/dev/sev-guest",
                                      "/sys/devices/platform/sev-guest", "/sys/devices/system/cpu/sev/vmpl", "SVSM"}));
}

TEST(SnpSurvey, FindsAnOrdinaryGuest) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "sev_guest");
  add_cpuid(system, 0x3a, true);
  system.add_device("/dev/sev-guest", [] { return std::make_unique<test::FakeOpenFile>(); });
  system.add_folder("/sys/devices/platform/sev-guest");
  system.add_file("/sys/devices/system/cpu/sev/vmpl", "0\n");
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, kTsm).usable);
  EXPECT_EQ(row(rows, kTsm).detail, "provider sev_guest");
  EXPECT_TRUE(row(rows, "/dev/sev-guest").usable);
  EXPECT_TRUE(row(rows, kCpuid).present);
  EXPECT_EQ(row(rows, kCpuid).detail, "SEV, SEV-ES, SEV-SNP");
  EXPECT_TRUE(row(rows, "/sys/devices/platform/sev-guest").present);
  EXPECT_TRUE(row(rows, "/sys/devices/system/cpu/sev/vmpl").present);
  EXPECT_EQ(row(rows, "/sys/devices/system/cpu/sev/vmpl").detail, "VMPL 0");
  EXPECT_FALSE(row(rows, "SVSM").present);
}

// ATTACK(D4)
TEST(SnpSurvey, DoesNotTakeAHostForAGuest) {
  FakeSystem system;
  add_cpuid(system, 0x1a, false);
  auto rows = look(system);
  EXPECT_FALSE(row(rows, kCpuid).present);
  expect_why_not(row(rows, kCpuid), "this is a host");
  add_cpuid(system, 1, true);  // SME alone
  rows = look(system);
  EXPECT_FALSE(row(rows, kCpuid).present);
  expect_why_not(row(rows, kCpuid), "shows no SEV");
  system.cpuid_leaves.erase({1, 0});
  add_cpuid(system, 2, true);
  EXPECT_TRUE(row(look(system), kCpuid).present);
  EXPECT_EQ(row(look(system), kCpuid).detail, "SEV");
}

TEST(SnpSurvey, SaysWhoMayUseTheDevice) {
  FakeSystem system;
  system.add_device("/dev/sev-guest", [] { return std::make_unique<test::FakeOpenFile>(); });
  system.deny("/dev/sev-guest", EACCES);
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, "/dev/sev-guest").present);
  expect_why_not(row(rows, "/dev/sev-guest"), "permission denied: run as root");
}

TEST(SnpSurvey, NamesTheModuleThatIsMissing) {
  FakeSystem system;
  system.add_folder("/sys/devices/platform/sev-guest");
  expect_why_not(row(look(system), "/dev/sev-guest"), "modprobe sev-guest");
}

TEST(SnpSurvey, SeesThatAnSvsmRunsBelow) {
  FakeSystem system;
  system.add_file("/sys/devices/system/cpu/sev/vmpl", "2\n");
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, "SVSM").present);
  EXPECT_EQ(row(rows, "/sys/devices/system/cpu/sev/vmpl").detail, "VMPL 2");
  EXPECT_EQ(kernel_vmpl(system), 2U);
  for (const auto* const text : {"", "4", "-1", "12", "x"}) {
    system.add_file("/sys/devices/system/cpu/sev/vmpl", text);
    EXPECT_FALSE(kernel_vmpl(system)) << text;
    EXPECT_FALSE(row(look(system), "SVSM").present);
  }
}

TEST(SnpSurvey, LeavesAnotherPlatformsInterfaceToIt) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  const auto rows = look(system);
  EXPECT_FALSE(row(rows, kTsm).present);
  expect_why_not(row(rows, kTsm), "its provider is tdx_guest, not sev_guest");
}

TEST(SnpSurvey, CountsAnInterfaceThatDoesNotSayWhoseItIsByTheOtherSigns) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "sev_guest");
  tsm->mkdir_fails = {EACCES};
  add_cpuid(system, 0x1a, true);
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, kTsm).present);
  expect_why_not(row(rows, kTsm), "only root may make entries");
}

}  // namespace
}  // namespace tenzro::tee::snp
