// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/survey.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fakes/tsm.hpp"

namespace tenzro::tee::tdx {
namespace {

using test::FakeSystem;
using test::FakeTsm;

constexpr std::string_view kSignOnly = "a sign only; evidence comes through the interfaces";

/// "IntelTDX    " in EBX, EDX, ECX.
void add_cpuid(FakeSystem& system) {
  system.cpuid_leaves[{0x21, 0}] = {.eax = 0, .ebx = 0x65746e49, .ecx = 0x20202020, .edx = 0x5844546c};
}
std::string ccel_table(char type) {
  std::string table(56, '\0');
  table.replace(0, 4, "CCEL");
  table[36] = type;
  table[41] = 1;  // 256 bytes
  return table;
}
void add_guest_device(FakeSystem& system, const std::string& path = "/dev/tdx_guest") {
  system.add_device(path, [] { return std::make_unique<test::FakeOpenFile>(); });
}

std::vector<ProbeFinding> look(FakeSystem& system) {
  auto out = survey(system, device::tsm_state(system));
  EXPECT_EQ(system.open_descriptors(), 0U);
  EXPECT_TRUE(system.opened_for_writing.empty());
  for (const ProbeFinding& row : out) {
    EXPECT_EQ(row.platform, Platform::intel_tdx);
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

TEST(TdxSurvey, ListsEverythingInAFixedOrderWhereThereIsNothing) {
  FakeSystem system;
  const auto rows = look(system);
  std::vector<std::string> names;
  for (const ProbeFinding& finding : rows) {
    names.push_back(finding.interface_path);
    EXPECT_FALSE(finding.present) << finding.interface_path;
    expect_why_not(finding, "not there: ");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"CPUID leaf 0x21", "/sys/kernel/config/tsm/report", "/dev/tdx_guest",
                                             "/dev/tdx-guest", "/dev/tdx-attest", "/sys/firmware/acpi/tables/CCEL",
                                             "/sys/devices/virtual/misc/tdx_guest/measurements"}));
}

TEST(TdxSurvey, FindsAnOrdinaryGuest) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  add_cpuid(system);
  add_guest_device(system);
  system.add_file("/sys/firmware/acpi/tables/CCEL", ccel_table(2));
  system.add_folder("/sys/devices/virtual/misc/tdx_guest/measurements");
  system.add_file("/etc/tdx-attest.conf", "# of the host\n port = 4050 \n");
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, "/sys/kernel/config/tsm/report").usable);
  EXPECT_EQ(row(rows, "/sys/kernel/config/tsm/report").detail, "provider tdx_guest");
  EXPECT_TRUE(row(rows, "/dev/tdx_guest").usable);
  EXPECT_EQ(row(rows, "/dev/tdx_guest").detail, "quoting service at vsock port 4050 of the host");
  for (const auto* const path :
       {"CPUID leaf 0x21", "/sys/firmware/acpi/tables/CCEL", "/sys/devices/virtual/misc/tdx_guest/measurements"}) {
    EXPECT_TRUE(row(rows, path).present) << path;
    EXPECT_EQ(row(rows, path).why_not, kSignOnly) << path;
  }
  EXPECT_EQ(row(rows, "/sys/firmware/acpi/tables/CCEL").detail, "event log area of 256 bytes");
  EXPECT_TRUE(tsm->entries.empty());
}

// ATTACK(D4)
TEST(TdxSurvey, TakesNoOtherWordForThatOfTheProcessor) {
  FakeSystem system;
  system.cpuid_leaves[{0x21, 0}] = {.eax = 0, .ebx = 0x65746e49, .ecx = 0x20202021, .edx = 0x5844546c};
  EXPECT_FALSE(row(look(system), "CPUID leaf 0x21").present);
}

TEST(TdxSurvey, NeedsAPortForTheDevice) {
  FakeSystem system;
  add_guest_device(system);
  auto rows = look(system);
  EXPECT_TRUE(row(rows, "/dev/tdx_guest").present);
  expect_why_not(row(rows, "/dev/tdx_guest"), "cannot read /etc/tdx-attest.conf: No such file or directory");
  system.add_file("/etc/tdx-attest.conf", "# port = 4050\n");
  expect_why_not(row(look(system), "/dev/tdx_guest"), "names none");
  for (const auto* const line : {"port = x", "port = 0", "port = 4294967296", "port = 40 50", "port ="}) {
    system.add_file("/etc/tdx-attest.conf", line);
    expect_why_not(row(look(system), "/dev/tdx_guest"), "is no port");
  }
}

TEST(TdxSurvey, SaysWhoMayUseADevice) {
  FakeSystem system;
  add_guest_device(system);
  add_guest_device(system, "/dev/tdx-attest");
  system.deny("/dev/tdx_guest", EACCES);
  system.deny_writing("/dev/tdx-attest", EPERM);
  system.add_file("/dev/tdx-guest", "no device");
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, "/dev/tdx_guest").present);
  expect_why_not(row(rows, "/dev/tdx_guest"), "permission denied: run as root");
  expect_why_not(row(rows, "/dev/tdx-attest"), "permission denied: run as root");
  EXPECT_FALSE(row(rows, "/dev/tdx-guest").present);
  expect_why_not(row(rows, "/dev/tdx-guest"), "not a character device");
}

TEST(TdxSurvey, UsesLegacyDevices) {
  FakeSystem system;
  add_guest_device(system, "/dev/tdx-guest");
  EXPECT_TRUE(row(look(system), "/dev/tdx-guest").usable);
}

TEST(TdxSurvey, LeavesAnotherPlatformsInterfaceToIt) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "sev_guest");
  const auto rows = look(system);
  EXPECT_FALSE(row(rows, "/sys/kernel/config/tsm/report").present);
  expect_why_not(row(rows, "/sys/kernel/config/tsm/report"), "its provider is sev_guest, not tdx_guest");
}

TEST(TdxSurvey, CountsAnInterfaceThatDoesNotSayWhoseItIsByTheOtherSigns) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  tsm->mkdir_fails = {EACCES, EACCES};
  EXPECT_FALSE(row(look(system), "/sys/kernel/config/tsm/report").present);
  add_cpuid(system);
  const auto rows = look(system);
  EXPECT_TRUE(row(rows, "/sys/kernel/config/tsm/report").present);
  expect_why_not(row(rows, "/sys/kernel/config/tsm/report"), "only root may make entries");
}

TEST(TdxSurvey, TakesEventLogTablesOfOtherGuestsForNothing) {
  FakeSystem system;
  system.add_file("/sys/firmware/acpi/tables/CCEL", ccel_table(1));
  EXPECT_FALSE(row(look(system), "/sys/firmware/acpi/tables/CCEL").present);
  expect_why_not(row(look(system), "/sys/firmware/acpi/tables/CCEL"), "of another kind of guest (CC type 1)");
  system.add_file("/sys/firmware/acpi/tables/CCEL", ccel_table(2).substr(0, 55));
  expect_why_not(row(look(system), "/sys/firmware/acpi/tables/CCEL"), "55 bytes instead of 56");
  EXPECT_FALSE(row(look(system), "/sys/firmware/acpi/tables/CCEL").present);

  system.add_file("/sys/firmware/acpi/tables/CCEL", ccel_table(2));
  system.deny("/sys/firmware/acpi/tables/CCEL", EACCES);
  expect_why_not(row(look(system), "/sys/firmware/acpi/tables/CCEL"), "only root can read whose it is");
  EXPECT_FALSE(row(look(system), "/sys/firmware/acpi/tables/CCEL").present);
  add_cpuid(system);
  EXPECT_TRUE(row(look(system), "/sys/firmware/acpi/tables/CCEL").present);
}

}  // namespace
}  // namespace tenzro::tee::tdx
