// SPDX-License-Identifier: Apache-2.0
#include "provider/survey_parts.hpp"

#include <gtest/gtest.h>

#include "device/files.hpp"
#include "fakes/tsm.hpp"
#include "provider/detect.hpp"

namespace tenzro::tee::provider {
namespace {

TEST(SurveyParts, KeepWhatTheInterfaceSaidOfItself) {
  device::TsmState usable;
  usable.present = usable.may_have_driver = usable.usable = true;
  usable.provider = "tdx_guest";
  auto row = tsm_finding(Platform::intel_tdx, "tdx_guest", usable, false);
  EXPECT_TRUE(row.present && row.usable);
  row = tsm_finding(Platform::amd_sev_snp, "sev_guest", usable, true);
  EXPECT_FALSE(row.present || row.usable);
  EXPECT_EQ(row.why_not, "its provider is tdx_guest, not sev_guest");

  device::TsmState unknown;
  unknown.present = unknown.may_have_driver = true;
  unknown.why_not = "needs root";
  row = tsm_finding(Platform::intel_tdx, "tdx_guest", unknown, true);
  EXPECT_TRUE(row.present);
  EXPECT_FALSE(row.usable);
  EXPECT_EQ(row.why_not, "needs root");
  EXPECT_FALSE(tsm_finding(Platform::intel_tdx, "tdx_guest", unknown, false).present);
  EXPECT_FALSE(tsm_finding(Platform::intel_tdx, "tdx_guest", {}, true).present);
}

// Another request is under way: where other signs say whose interface it is, ours will wait its turn.
TEST(SurveyParts, TakeABusyInterfaceForUsableWhereItsPlatformShows) {
  device::TsmState busy;
  busy.present = busy.may_have_driver = busy.busy = true;
  busy.why_not = "busy";
  auto row = tsm_finding(Platform::intel_tdx, "tdx_guest", busy, true);
  EXPECT_TRUE(row.present && row.usable);
  EXPECT_EQ(row.why_not, "");
  row = tsm_finding(Platform::intel_tdx, "tdx_guest", busy, false);
  EXPECT_FALSE(row.present || row.usable);
  EXPECT_TRUE(foreign_tsm_finding(busy, std::vector{row}).front().present) << "and it keeps simulation away";
}

/// A machine that has nothing but the interface, where everything may be simulated that can be.
struct TsmAlone {
  std::shared_ptr<test::FakeSystem> machine = std::make_shared<test::FakeSystem>();
  std::shared_ptr<test::FakeTsm> tsm = test::FakeTsm::into(*machine, "");

  TsmAlone() {
    for (const char* variable : {"TDX", "SEV", "NITRO", "NVIDIA"}) {
      machine->variables[std::string("TENZRO_SIMULATE_") + variable] = "true";
    }
  }
  std::vector<ProbeFinding> rows_of_no_platform() const {
    auto out = survey_machine(machine).findings;
    std::erase_if(out, [](const ProbeFinding& row) { return row.platform != Platform::unknown; });
    return out;
  }
};

// ATTACK(D5): whoever sets the environment of a TEE that this library does not know must not make it imitate another.
TEST(SurveyParts, CountTheInterfaceOfAnotherTeeAsHardware) {
  for (const std::string provider : {"arm_cca_guest", "tdx_guest2", "\x1b[31m"}) {
    const TsmAlone alone;
    alone.tsm->provider = provider;
    const auto rows = alone.rows_of_no_platform();
    ASSERT_EQ(rows.size(), 1U) << provider;
    EXPECT_EQ(rows.front().interface_path, device::kTsmReports);
    EXPECT_TRUE(rows.front().present);
    EXPECT_FALSE(rows.front().usable);
    EXPECT_EQ(rows.front().why_not, "the driver of a TEE that this library has no provider for");
    EXPECT_EQ(rows.front().detail.find('\x1b'), std::string::npos);
    EXPECT_TRUE(detect_all_tees_on(alone.machine, {}).empty());
    const auto none = detect_tee_on(alone.machine, {});
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message().find("has no effect where hardware shows"), std::string::npos);
  }
}

TEST(SurveyParts, CountAnInterfaceThatNobodyMayAskAsHardware) {
  for (const int number : {EACCES, EPERM, EROFS, EIO}) {
    const TsmAlone alone;
    alone.tsm->mkdir_fails.assign(16, number);
    const auto rows = alone.rows_of_no_platform();
    ASSERT_EQ(rows.size(), 1U) << number;
    EXPECT_TRUE(rows.front().present);
    EXPECT_NE(rows.front().why_not.find("nobody can tell whose: "), std::string::npos) << rows.front().why_not;
    EXPECT_TRUE(detect_all_tees_on(alone.machine, {}).empty());
  }
  const TsmAlone silent;
  silent.tsm->provider = "tdx_guest";
  silent.tsm->attribute_fails["provider"] = EIO;
  EXPECT_EQ(silent.rows_of_no_platform().size(), 1U);
  EXPECT_TRUE(detect_all_tees_on(silent.machine, {}).empty());
}

TEST(SurveyParts, DoNotCountAnInterfaceWithoutDriver) {
  const TsmAlone alone;
  EXPECT_TRUE(alone.rows_of_no_platform().empty());
  EXPECT_FALSE(survey_machine(alone.machine).shows_hardware());
#if TENZRO_TEE_SIMULATION
  EXPECT_EQ(detect_all_tees_on(alone.machine, {}).size(), 4U);
#endif
}

TEST(SurveyParts, CountAnInterfaceOnce) {
  const TsmAlone tdx;
  tdx.tsm->provider = "tdx_guest";
  EXPECT_TRUE(tdx.rows_of_no_platform().empty());
  EXPECT_TRUE(survey_machine(tdx.machine).shows_hardware());
  const TsmAlone denied;  // and a device says whose it is
  denied.tsm->mkdir_fails.assign(16, EACCES);
  denied.machine->add_device("/dev/sev-guest", [] { return std::make_unique<test::FakeOpenFile>(); });
  EXPECT_TRUE(denied.rows_of_no_platform().empty());
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

// ATTACK(D4): signs that contradict each other pick a provider at most, and none makes room for an imitation.
TEST(SurveyParts, PickAProviderByWhatCanBeUsed) {
  const auto with_variable = [] {
    auto machine = std::make_shared<test::FakeSystem>();
    machine->variables["TENZRO_SIMULATE_NITRO"] = "true";
    return machine;
  };
  const auto no_device = with_variable();
  no_device->cpuid_leaves[{0x21, 0}] = {.ebx = 0x65746e49, .ecx = 0x20202020, .edx = 0x5844546c};
  const auto none = detect_tee_on(no_device, {});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message().find("CPUID leaf 0x21 shows intel-tdx: a sign only"), std::string::npos)
      << none.error().message();
  EXPECT_NE(none.error().message().find("/dev/tdx_guest: not there"), std::string::npos) << none.error().message();

  const auto no_cpuid = with_variable();
  const auto tsm = test::FakeTsm::into(*no_cpuid, "sev_guest");
  EXPECT_EQ(detect_tee_on(no_cpuid, {}).value()->tee_type(), Platform::amd_sev_snp);

  no_cpuid->add_file("/etc/tdx-attest.conf", "port = 4050\n");
  no_cpuid->add_device("/dev/tdx_guest", [] { return std::make_unique<test::FakeOpenFile>(); });
  const auto both = detect_all_tees_on(no_cpuid, {});
  ASSERT_EQ(both.size(), 2U);
  EXPECT_FALSE(both[0]->simulated() || both[1]->simulated());
}

TEST(SurveyParts, NameTheGroupThatMayUseADevice) {
  struct Case {
    device::PathOwner owner;
    std::string words;
  };
  for (const auto& [owner, words] :
       {Case{{.group = 991, .mode = 0660, .group_name = "tdx"}, "permission denied: join group 'tdx' or run as root"},
        Case{{.group = 991, .mode = 0660}, "permission denied: join group with id 991 or run as root"},
        Case{{.group = 991, .mode = 0640, .group_name = "tdx"}, "permission denied: run as root"},
        Case{{.group = 991, .mode = 0600, .group_name = "tdx"}, "permission denied: run as root"},
        Case{{.group = 0, .mode = 0660, .group_name = "root"}, "permission denied: run as root"}}) {
    test::FakeSystem system;
    system.add_device("/dev/x", [] { return std::make_unique<test::FakeOpenFile>(); });
    system.deny("/dev/x", EACCES);
    system.owners["/dev/x"] = owner;
    EXPECT_EQ(device_finding(system, Platform::intel_tdx, "/dev/x", "load it").why_not, words);
    EXPECT_EQ(device::device_error(system, "/dev/x", EACCES).message(), "/dev/x: " + words);
  }
}

// ATTACK(D1): something else under the name of a device.
TEST(SurveyParts, DoNotUseWhatIsNoDevice) {
  test::FakeSystem system;
  for (const auto kind : {0, 1, 2}) {
    system.remove("/dev/x");
    if (kind == 0) {
      system.add_file("/dev/x", "");
    } else if (kind == 1) {
      system.add_folder("/dev/x");
    } else {
      system.add_link("/dev/x", "/tmp/file");
    }
    const auto row = device_finding(system, Platform::intel_tdx, "/dev/x", "load it");
    EXPECT_FALSE(row.present || row.usable) << kind;
    EXPECT_EQ(row.why_not, "there, but not a character device");
  }
  system.add_device_link("/dev/x", "/dev/y");  // a sign, since a device is there, and no way to evidence
  const auto row = device_finding(system, Platform::intel_tdx, "/dev/x", "load it");
  EXPECT_TRUE(row.present);
  EXPECT_FALSE(row.usable);
  EXPECT_NE(row.why_not.find("links are not followed"), std::string::npos);
}

}  // namespace
}  // namespace tenzro::tee::provider
