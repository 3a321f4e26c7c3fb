// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/derivation.hpp"

#include <gtest/gtest.h>

#include "fakes/hyper_v.hpp"

namespace tenzro::tee::tpm {
namespace {

using test::FakeSystem;

void set_features(FakeSystem& system, bool hypervisor) {
  system.cpuid_leaves[{1, 0}] = {.eax = 0, .ebx = 0, .ecx = hypervisor ? 1U << 31U : 0, .edx = 0};
}

TpmSealingEntry entry_of_template() {
  TpmSealingEntry out;
  out.key_template = "ecc-p256";
  out.pcrs = {7, 11};
  return out;
}

TEST(TpmDerivation, NamesParentPcrsAndWhoseTpmItIs) {
  FakeSystem bare_metal;
  set_features(bare_metal, false);
  TpmSealingEntry entry = entry_of_template();
  EXPECT_EQ(derivation_of(bare_metal, entry).text(), "tpm2;parent=ecc-p256;pcrs=sha256:7,11;host=0");
  entry.key_template.clear();
  entry.handle = 0x81000001;
  entry.pcrs = {0};
  EXPECT_EQ(derivation_of(bare_metal, entry).text(), "tpm2;parent=0x81000001;pcrs=sha256:0;host=0");
  FakeSystem guest;
  set_features(guest, true);
  EXPECT_EQ(derivation_of(guest, entry).text(), "tpm2;parent=0x81000001;pcrs=sha256:0;host=1");
  for (const std::uint32_t isolation : {2U, 3U}) {
    test::add_hyper_v(guest, isolation);
    EXPECT_EQ(derivation_of(guest, entry).text(), "azure-vtpm;parent=0x81000001;pcrs=sha256:0;host=1");
  }
  test::add_hyper_v(guest, 0);
  EXPECT_EQ(derivation_of(guest, entry).name(), "tpm2");
}

TEST(TpmDerivation, TakesATpmForAProgramUnlessAllSpeaksForADevice) {
  FakeSystem system;
  TpmSealingEntry entry = entry_of_template();
  EXPECT_TRUE(may_be_made_up(system, entry)) << "a CPU that cannot say";
  set_features(system, true);
  EXPECT_TRUE(may_be_made_up(system, entry));
  set_features(system, false);
  EXPECT_FALSE(may_be_made_up(system, entry));
  for (const char* const tcti : {"swtpm:path=/a", "mssim", "device:", "device", "cmd:nc", "/dev/tpmrm0", "device:a"}) {
    entry.tcti = tcti;
    EXPECT_TRUE(may_be_made_up(system, entry)) << tcti;
  }
}

TEST(TpmDerivation, BelievesNoHostThatHidesItsHypervisorFromAConfidentialGuest) {
  const TpmSealingEntry entry = entry_of_template();
  for (const char* const node : {"/dev/sev-guest", "/dev/tdx_guest", "/dev/tdx-guest"}) {
    FakeSystem system;
    set_features(system, false);
    system.add_device(node, [] { return std::make_unique<test::FakeOpenFile>(); });
    EXPECT_TRUE(may_be_made_up(system, entry)) << node;
  }
  FakeSystem system;
  set_features(system, false);
  system.cpuid_leaves[{0x21, 0}] = {.eax = 0, .ebx = 0x65746e49, .ecx = 0x20202020, .edx = 0x5844546c};
  EXPECT_TRUE(may_be_made_up(system, entry));
  // What only resembles it is some other CPU's business.
  for (std::uint32_t device::CpuidRegisters::* const part :
       {&device::CpuidRegisters::ebx, &device::CpuidRegisters::ecx, &device::CpuidRegisters::edx}) {
    FakeSystem other;
    other.cpuid_leaves = system.cpuid_leaves;
    other.cpuid_leaves[{0x21, 0}].*part ^= 1U;
    EXPECT_FALSE(may_be_made_up(other, entry));
  }
}

TEST(TpmDerivation, DemandsTheStatementWhereATpmMayBeMadeUp) {
  FakeSystem system;
  set_features(system, true);
  TpmSealingEntry entry = entry_of_template();
  const auto refused = demand_statement(system, entry);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::not_available);
  EXPECT_NE(refused.error().message().find("allow_host_vtpm"), std::string::npos);
  entry.allow_host_vtpm = true;
  EXPECT_TRUE(demand_statement(system, entry));
  entry.allow_host_vtpm = false;
  set_features(system, false);
  EXPECT_TRUE(demand_statement(system, entry));
}

TEST(TpmDerivation, RefusesEntriesThatNoConfigurationCouldHold) {
  EXPECT_TRUE(check_entry(entry_of_template()));
  const auto refuses = [](auto change) {
    TpmSealingEntry entry = entry_of_template();
    change(entry);
    const auto checked = check_entry(entry);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::invalid_argument) << checked.error().message();
  };
  refuses([](TpmSealingEntry& entry) { entry.handle = 0x81000001; });
  refuses([](TpmSealingEntry& entry) { entry.key_template.clear(); });
  refuses([](TpmSealingEntry& entry) { entry.key_template = "rsa-2048"; });
  for (const std::uint32_t handle : {0U, 0x40000001U, 0x80ffffffU, 0x82000000U}) {
    refuses([handle](TpmSealingEntry& entry) {
      entry.key_template.clear();
      entry.handle = handle;
    });
  }
  for (const std::vector<unsigned>& pcrs : {std::vector<unsigned>{}, {24}, {7, 7}, {11, 7}, {0, 0xffffffff}}) {
    refuses([&pcrs](TpmSealingEntry& entry) { entry.pcrs = pcrs; });
  }
  refuses([](TpmSealingEntry& entry) { entry.tcti.clear(); });
  refuses([](TpmSealingEntry& entry) { entry.tcti = std::string("device:/dev/tpmrm0\0x", 20); });
  refuses([](TpmSealingEntry& entry) { entry.counter = 0x81000001; });
  refuses([](TpmSealingEntry& entry) { entry.counter = 0; });
}

}  // namespace
}  // namespace tenzro::tee::tpm
