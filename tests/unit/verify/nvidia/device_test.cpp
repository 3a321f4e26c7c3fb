// SPDX-License-Identifier: Apache-2.0
// What one defect of a device leaves unsaid of it: its own verdict marks nothing that the defect speaks against.
#include "verify/nvidia/device.hpp"

#include <gtest/gtest.h>

#include "unit/verify/nvidia/judged_device.hpp"

namespace tenzro::tee::test {
namespace {

MadeDevice changed(const std::function<void(MadeDevice&)>& change) {
  MadeDevice device = good_gpu();
  change(device);
  return device;
}

TEST(NvidiaDevice, WhoseNamesLeadToNoManifestIsRefused) {
  EXPECT_EQ(codes_in(judge_device(changed([](MadeDevice& device) {
                       device.opaque[3] = MadeDevice::text("550/90");
                     })).failures()),
            Codes{"device_field_malformed"});
  EXPECT_EQ(codes_in(judge_device(changed([](MadeDevice& device) {
                       device.opaque[35] = MadeDevice::text("GB/100");
                     })).failures()),
            Codes{"device_field_malformed"});
  EXPECT_EQ(codes_in(judge_device(changed([](MadeDevice& device) { device.opaque[35] = Bytes(3, 0xff); })).failures()),
            Codes{"device_field_malformed"});
}

TEST(NvidiaDevice, WhoseNeighboursCannotBeReadIsRefused) {
  EXPECT_EQ(codes_in(judge_device(changed([](MadeDevice& device) { device.opaque[22] = Bytes(8); })).failures()),
            Codes{"malformed_evidence"});
}

// What could not be compared, or did not match, is the reason; a rule on what no manifest lists has nothing to add.
TEST(NvidiaDevice, IsRefusedForWhatWasFoundAlone) {
  const auto relaxed = [](NvidiaDeviceRules& rules) {
    rules.require_rim = false;
    rules.uncovered_measurements = UncoveredMeasurements::refuse;
  };
  const VerificationResult unknown =
      judge_device(changed([](MadeDevice& device) { device.opaque[11] = {0x00}; }), relaxed);
  EXPECT_EQ(codes_in(unknown.failures()), Codes{"decoder_status_unknown"});
  EXPECT_FALSE(codes_in(unknown.warnings()).contains("measurements_not_compared"));

  const MadeDevice altered = changed([](MadeDevice& device) { device.measurements[7] = Bytes(48, 0x71); });
  const auto source = altered.source();
  source->remove(CollateralKind::rim);
  source->add(CollateralKind::rim, altered.rim_signer.signing(altered.driver_rim).bytes());
  PolicyRules rules;
  relaxed(rules.devices.nvidia_gpu.emplace());
  const VerificationResult mismatch =
      judge_device(altered.evidence(), altered.options().with_policy(*Policy::from_rules(rules)), source);
  EXPECT_EQ(codes_in(mismatch.failures()), Codes{"measurement_mismatch"});
  EXPECT_FALSE(codes_in(mismatch.warnings()).contains("measurements_not_compared"));
}

// ATTACK(V3)
TEST(NvidiaDevice, OfOtherFirmwareIsNotGenuine) {
  const VerificationResult verdict =
      judge_device(changed([](MadeDevice& device) { device.opaque[20] = Bytes(48, 0xf2); }));
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"firmware_id_mismatch"});
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_FALSE(verdict.platform_verified());
}

// ATTACK(P9)
TEST(NvidiaDevice, SaidToBeSimulatedIsNotGenuineByItselfEither) {
  AttestationReport report = good_gpu().evidence();
  report.simulated = true;
  const VerificationResult verdict = judge_device(report, good_gpu().options(), good_gpu().source());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"simulated_mismatch"});
  ASSERT_EQ(verdict.devices().size(), 1U);
  EXPECT_FALSE(verdict.devices()[0].platform_verified());
  EXPECT_TRUE(judge_device(good_gpu()).devices()[0].platform_verified());
}

// ATTACK(V8)
TEST(NvidiaDevice, WhoseChainIsNotCurrentDoesNotSayThatItHolds) {
  const auto revoking = good_gpu().source();
  revoking->remove(CollateralKind::ocsp);
  const VerificationResult missing = judge_device(good_gpu().evidence(), good_gpu().options(), revoking);
  EXPECT_EQ(codes_in(missing.failures()), Codes{"revocation_missing"});
  ASSERT_EQ(missing.devices().size(), 1U);
  EXPECT_FALSE(missing.devices()[0].certificate_chain_verified());
  EXPECT_TRUE(judge_device(good_gpu()).devices()[0].certificate_chain_verified());
}

// ATTACK(V6): what is wrong with a manifest's chain is a defect of the chains that the verdict rests on.
TEST(NvidiaDevice, WhoseManifestsStandUnderAnotherRootDoesNotSayThatItsChainsHold) {
  const auto source = std::make_shared<MadeSource>();
  good_gpu().add_statuses(*source);
  source->add(CollateralKind::rim, MadeRimSigner().make().signing(good_gpu().driver_rim).bytes());
  source->add(CollateralKind::rim, good_gpu().rim_signer.signing(good_gpu().vbios_rim).bytes());
  const VerificationResult verdict = judge_device(good_gpu().evidence(), good_gpu().options(), source);
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"root_mismatch"}) << words_in(verdict.failures());
  ASSERT_EQ(verdict.devices().size(), 1U);
  EXPECT_FALSE(verdict.devices()[0].certificate_chain_verified());
}

}  // namespace
}  // namespace tenzro::tee::test
