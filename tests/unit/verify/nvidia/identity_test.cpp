// SPDX-License-Identifier: Apache-2.0
// Which device it is: names, ids and firmware that contradict one another.
#include "verify/nvidia/identity.hpp"

#include <gtest/gtest.h>

#include "unit/verify/nvidia/judged_device.hpp"

namespace tenzro::tee::test {
namespace {

VerificationResult judged_as_made(MadeDevice device) { return judge_device(device.make()); }

TEST(NvidiaIdentity, OfASwitch) {
  const VerificationResult verdict = judged_as_made(made_switch());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(nvidia_claims_of(verdict).hwmodel, "LS10");
  EXPECT_EQ(nvidia_claims_of(verdict).pdi, "431d480fe5e87274");
  EXPECT_EQ(codes_in(verdict.warnings()), (Codes{"gpu_evidence_missing", "gpu_platform_unknown"}));
}

// ATTACK(V3): the report of one switch under the certificates of another would be signed by the other's key; one that
// names another all the same is not believed.
TEST(NvidiaIdentity, OfASwitchStandsInItsReportToo) {
  for (const Bytes& own_id : {Bytes(8, 0x11), Bytes(7, 0x43), Bytes()}) {
    MadeDevice device = made_switch();
    device.opaque[22] = own_id;
    const VerificationResult verdict = judged_as_made(std::move(device));
    EXPECT_EQ(codes_in(verdict.failures()), Codes{"device_id_mismatch"});
    EXPECT_EQ(nvidia_claims_of(verdict).pdi, "") << "nothing more is said of it";
  }
  MadeDevice silent = made_switch();
  silent.opaque.erase(22);
  EXPECT_EQ(codes_in(judged_as_made(std::move(silent)).failures()), Codes{"device_id_mismatch"});
}

TEST(NvidiaIdentity, IsOfTheArchitectureThatItsSenderSays) {
  for (const char* architecture : {"HOPPER", "BLACKWELL"}) {
    MadeDevice device = made_switch();
    device.arch = architecture;
    EXPECT_EQ(codes_in(judged_as_made(std::move(device)).failures()), Codes{"device_kind_mismatch"}) << architecture;
  }
  MadeDevice hopper = good_gpu();
  hopper.arch = "BLACKWELL";
  EXPECT_EQ(codes_in(judge_device(hopper).failures()), Codes{"device_kind_mismatch"});
}

// A GPU's key under a report that reads as a switch's.
TEST(NvidiaIdentity, IsOfTheKindThatTheReportReadsAs) {
  MadeDevice device = good_gpu();
  device.opaque[6] = MadeDevice::text("96.10.55.00.01");
  EXPECT_EQ(codes_in(judge_device(device).failures()), Codes{"device_kind_mismatch"});
  MadeDevice other = made_switch();
  other.opaque = good_gpu().opaque;
  EXPECT_EQ(codes_in(judged_as_made(std::move(other)).failures()), Codes{"device_kind_mismatch"});
}

// ATTACK(V3)
TEST(NvidiaIdentity, FirmwareIdsAreReadStrictlyAndAgree) {
  MadeDevice device;
  device.firmware_extension = ExtensionSpec{"2.23.133.5.4.1", {}, false, Bytes{0x30, 0x00}};
  EXPECT_EQ(codes_in(judged_as_made(device).failures()), Codes{"firmware_id_mismatch"});

  device.firmware_extension.reset();
  const auto with_second = [&device](const Bytes& digest) {
    MadeDevice out = device;
    out.leaf_spec.extensions.push_back(ExtensionSpec{"2.23.133.5.4.1.1", {}, false, der_tcb_info(digest)});
    return codes_in(judged_as_made(std::move(out)).failures());
  };
  EXPECT_EQ(with_second(device.fwid), Codes{}) << "twice the same";
  EXPECT_EQ(with_second(Bytes(48, 0xf2)), Codes{"firmware_id_mismatch"});
  // The second is the one that the report names.
  device.fwid = Bytes(48, 0xf2);
  EXPECT_EQ(with_second(Bytes(48, 0xf1)), Codes{"firmware_id_mismatch"});
}

}  // namespace
}  // namespace tenzro::tee::test
