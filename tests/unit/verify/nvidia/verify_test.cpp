// SPDX-License-Identifier: Apache-2.0
// Whole judgements of made devices, and attacks on them.
#include "verify/nvidia/verify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "binding/formulas.hpp"
#include "unit/verify/nvidia/judged_device.hpp"

namespace tenzro::tee::test {
namespace {

const MadeDevice& good() { return good_gpu(); }

VerificationResult judge(const AttestationReport& report, const VerifyOptions& options,
                         const std::shared_ptr<CollateralSource>& source) {
  return judge_device(report, options, source);
}
VerificationResult judge(const MadeDevice& device) { return judge_device(device); }
/// The codes of a device that differs from the good one; what its certificates say is made anew.
Codes judged_with(const std::function<void(MadeDevice&)>& change) {
  MadeDevice device;
  change(device);
  device.make();
  return codes_in(judge(device).failures());
}
/// The same for what its report says alone: the certificates are the good ones.
Codes reported_with(const std::function<void(MadeDevice&)>& change) {
  MadeDevice device = good();
  change(device);
  return codes_in(judge(device).failures());
}
/// The same under other rules.
Codes ruled_by(const std::function<void(NvidiaDeviceRules&)>& change, const MadeDevice& device = good()) {
  return codes_in(judge_device(device, change).failures());
}
const NvidiaClaims& claims_of(const VerificationResult& verdict) { return nvidia_claims_of(verdict); }

TEST(NvidiaVerify, AcceptsAGoodDevice) {
  const VerificationResult verdict = judge(good());
  ASSERT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
  EXPECT_TRUE(verdict.freshness_verified());
  EXPECT_EQ(verdict.nonce_verified(), std::optional(true));
  EXPECT_EQ(verdict.user_data_verified(), std::nullopt);
  EXPECT_EQ(verdict.platform(), Platform::nvidia_gpu);
  EXPECT_EQ(verdict.trust_anchors(), TrustAnchors::custom);
  EXPECT_EQ(verdict.firmware_version(), "96.00.9F.00.01");
  EXPECT_EQ(verdict.valid_until(), kNow + std::chrono::hours{23}) << "when the OCSP answers end";
  EXPECT_EQ(verdict.certificates().size(), 5U);
  EXPECT_EQ(codes_in(verdict.warnings()), Codes{"gpu_platform_unknown"});
  const NvidiaClaims& claims = claims_of(verdict);
  EXPECT_EQ(claims.hwmodel, "GH100");
  EXPECT_EQ(claims.pdi, "431d480fe5e87274");
  EXPECT_EQ(claims.ueid, "84");
  EXPECT_EQ(claims.driver_version, "550.90.07");
  EXPECT_EQ(claims.measurements, MeasurementResult::match);
  EXPECT_EQ(claims.secure_boot, std::optional(true));
  EXPECT_EQ(claims.debug, std::optional(false));
  EXPECT_EQ(claims.verified_by, "local");
  const auto proof = verdict.verified();
  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->devices().size(), 1U);
}

TEST(NvidiaVerify, JudgesALoneReportByItsEnvelopesOrTheCallersCertificates) {
  AttestationReport report;
  report.evidence = good().report();
  report.certificate_chain = good().chain();
  EXPECT_TRUE(judge(report, good().options(), good().source()).valid());
  report.certificate_chain.pop_back();
  EXPECT_TRUE(judge(report, good().options(), good().source()).valid()) << "the root may be missing";

  report.certificate_chain.clear();
  EXPECT_EQ(codes_in(judge(report, good().options(), good().source()).failures()), Codes{"collateral_missing"});
  // Among the certificates of another device, in any order.
  const MadeDevice other = MadeDevice().make();
  const auto source = good().source();
  for (const MadeDevice* device : {&other, &good()}) {
    const std::vector<Bytes> chain = device->chain();
    for (auto certificate = chain.rbegin(); certificate != chain.rend(); ++certificate) {
      source->add_certificate(*certificate);
    }
  }
  const VerificationResult verdict = judge(report, good().options(), source);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  report.evidence.back() ^= 1U;
  EXPECT_FALSE(judge(report, good().options(), source).valid());
}

TEST(NvidiaVerify, TakesNoLongerChainsThanDevicesHave) {
  AttestationReport report;
  report.evidence = good().report();
  report.certificate_chain = std::vector<Bytes>(7, good().leaf.der);
  const VerificationResult verdict = judge(report, good().options(), good().source());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"chain_length"});
  EXPECT_NE(words_in(verdict.failures()).find("the device's chain has 7 certificates, expected 1 to 6"),
            std::string::npos)
      << words_in(verdict.failures());
}

// Each is a signature to check.
TEST(NvidiaVerify, TriesTheCertificatesOfAFewDevicesOnly) {
  AttestationReport report;
  report.evidence = good().report();
  const auto judged_with = [&](std::size_t leaves) {
    const auto source = good().source();
    for (const Bytes& certificate : good().chain()) {
      source->add_certificate(certificate);
    }
    for (std::size_t i = 1; i < leaves; ++i) {
      source->add_certificate(good().leaf.der);
    }
    return codes_in(judge(report, good().options(), source).failures());
  };
  EXPECT_EQ(judged_with(64), Codes{});
  EXPECT_EQ(judged_with(65), Codes{"chain_length"});
}

TEST(NvidiaVerify, TakesChainsOfCertificatesAlone) {
  MadeDevice device = good();
  device.last_label = "X509 CRL";
  const VerificationResult verdict = judge(device);
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"certificate_malformed"});
  EXPECT_NE(words_in(verdict.failures()).find("the certificate chain holds a \"X509 CRL\""), std::string::npos)
      << words_in(verdict.failures());
}

// --- Binding.

// ATTACK(V1)
TEST(NvidiaVerify, AnswersTheCallersNonceAlone) {
  const auto options = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(Bytes(32, 0x5b)))
                           .at(kNow)
                           .replace_trust_anchors(good().anchors());
  const VerificationResult verdict = judge(good().evidence(), options, good().source());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"nonce_mismatch"});
  EXPECT_EQ(verdict.nonce_verified(), std::optional(false));
  EXPECT_FALSE(verdict.freshness_verified());
  EXPECT_FALSE(verdict.verified());
  const auto shorter = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(Bytes(31, 0x5a)))
                           .at(kNow)
                           .replace_trust_anchors(good().anchors());
  EXPECT_EQ(codes_in(judge(good().evidence(), shorter, good().source()).failures()), Codes{"nonce_mismatch"});
}

TEST(NvidiaVerify, UserDataStandForTheHashOfTheirSixtyFourByteForm) {
  const Bytes mine = {'m', 'i', 'n', 'e'};
  const ReportData data = *ReportData::from_caller_data(mine);
  MadeDevice device = good();
  const auto nonce = binding::nvidia_nonce(data.bytes());
  device.nonce.assign(nonce.begin(), nonce.end());
  const auto options = VerifyOptions::bound_to_caller_data(data).at(kNow).replace_trust_anchors(device.anchors());
  const VerificationResult verdict = judge(device.evidence(), options, device.source());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(verdict.user_data_verified(), std::optional(true));
  EXPECT_EQ(codes_in(judge(good().evidence(), options, good().source()).failures()), Codes{"user_data_mismatch"});
}

TEST(NvidiaVerify, UnboundEvidenceIsNoProof) {
  const auto options = VerifyOptions::unbound_replay_possible().at(kNow).replace_trust_anchors(good().anchors());
  const VerificationResult verdict = judge(good().evidence(), options, good().source());
  EXPECT_TRUE(verdict.valid());
  EXPECT_FALSE(verdict.freshness_verified());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("replay_not_ruled_out"));
  EXPECT_FALSE(verdict.verified());
}

TEST(NvidiaVerify, TheNonceBesideAReportIsTheReports) {
  AttestationReport report = good().evidence();
  std::string text(report.evidence.begin(), report.evidence.end());
  const std::string nonce = to_hex(good().nonce);
  text.replace(text.find(nonce), nonce.size(), to_hex(Bytes(32, 0x5b)));
  report.evidence.assign(text.begin(), text.end());
  EXPECT_EQ(codes_in(judge(report, good().options(), good().source()).failures()), Codes{"evidence_nonce_mismatch"});
}

// --- Whose key, and which firmware's.

TEST(NvidiaVerify, RefusesOtherDevicesOfTheSameRoot) {
  // ATTACK(V3)
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.device = "BF3 A01 GSP"; }), Codes{"device_unknown"});
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.device = "GH100 A01 FSP"; }), Codes{"device_unknown"});
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.device = "GB100 A01 GSP"; }), Codes{"device_kind_mismatch"});
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.arch = "LS10"; }), Codes{"device_kind_mismatch"});
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.serial_number = "50431D480FE5E87274"; }),
            Codes{"device_unknown"});
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.serial_number = ""; }), Codes{"device_unknown"});
}

// ATTACK(X1) ATTACK(X2)
TEST(NvidiaVerify, RefusesAChainOfTheSameNames) {
  const auto options = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(good().nonce)).at(kNow);
  const VerificationResult verdict = judge(good().evidence(), options, good().source());
  EXPECT_FALSE(verdict.valid());
  EXPECT_FALSE(verdict.certificate_chain_verified());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"root_mismatch"}) << words_in(verdict.failures());
}

// ATTACK(V3)
TEST(NvidiaVerify, HoldsTheFirmwareIdAgainstTheCertificate) {
  const Codes mismatch = {"firmware_id_mismatch"};
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.opaque[20] = Bytes(48, 0xf2); }), mismatch);
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.opaque.erase(20); }), Codes{"firmware_id_missing"});
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.opaque[20] = Bytes(47, 0xf1); }),
            Codes{"malformed_evidence"});
  EXPECT_EQ(judged_with([](MadeDevice& device) { device.firmware_extension = ExtensionSpec{}; }), mismatch);
  EXPECT_EQ(judged_with([](MadeDevice& device) {
              const MadeRimSigner other = MadeRimSigner().make();
              const auto certificate = parsed(other.leaf.der);
              const ByteView key = certificate->public_key_info();
              device.firmware_extension = ExtensionSpec{
                  "2.23.133.5.4.1", {}, false, der_composite_device_id(Bytes(key.begin(), key.end()), device.fwid)};
            }),
            mismatch)
      << "vouched for by another key";
}

// ATTACK(V10): firmware that its own certificate calls one for debugging, under the most lenient policy too.
TEST(NvidiaVerify, RefusesFirmwareForDebuggingWhateverThePolicySays) {
  const auto blackwell = [](std::uint8_t flags) {
    return [flags](MadeDevice& device) {
      device.firmware_extension = ExtensionSpec{"2.23.133.5.4.1.1", {}, false, der_tcb_info(device.fwid, flags)};
    };
  };
  const auto lenient = [](NvidiaDeviceRules& rules) {
    rules.allow_debug = true;
    rules.allow_missing_fwid = true;
    rules.require_rim = false;
  };
  EXPECT_EQ(judged_with(blackwell(0x80)), Codes{});
  for (const std::uint8_t flag : Bytes{0x40, 0x20, 0x10, 0x70}) {
    EXPECT_EQ(judged_with(blackwell(flag)), Codes{"device_debug"}) << unsigned{flag};
    MadeDevice device = good();
    blackwell(flag)(device);
    device.make();
    EXPECT_EQ(ruled_by(lenient, device), Codes{"device_debug"}) << unsigned{flag};
  }
}

TEST(NvidiaVerify, APolicyMayDoWithoutFirmwareIds) {
  MadeDevice device = good();
  device.opaque.erase(20);
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.allow_missing_fwid = true; }, device), Codes{});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules&) {}, device), Codes{"firmware_id_missing"});
  device.opaque[20] = Bytes(48, 0xf2);
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.allow_missing_fwid = true; }, device),
            Codes{"firmware_id_mismatch"});
}

// --- Measurements.

// ATTACK(V4)
TEST(NvidiaVerify, RefusesEveryMeasurementThatNvidiaDidNotPublish) {
  const Codes mismatch = {"measurement_mismatch"};
  const auto measured = [](std::size_t index, const Bytes& value) {
    return reported_with([&](MadeDevice& device) { device.measurements[index] = value; });
  };
  EXPECT_EQ(measured(7, Bytes(48, 0x70)), Codes{}) << "the other alternative";
  EXPECT_EQ(measured(7, Bytes(48, 0x71)), mismatch);
  EXPECT_EQ(measured(7, Bytes(48)), mismatch);
  EXPECT_EQ(measured(1, Bytes(48, 0x12)), mismatch);
  EXPECT_EQ(measured(0, Bytes(48, 0x01)), mismatch) << "zero is a value like any other";
  EXPECT_EQ(measured(2, Bytes(48, 0x01)), Codes{"measurement_uncovered"});
  MadeDevice device = good();
  device.measurements[7] = Bytes(48, 0x71);
  const VerificationResult verdict = judge(device);
  EXPECT_EQ(claims_of(verdict).measurements, MeasurementResult::mismatch);
  EXPECT_FALSE(claims_of(verdict).secure_boot.value_or(false));
  EXPECT_EQ(claims_of(verdict).debug, std::nullopt);
  EXPECT_NE(verdict.failures().front().message.find("NV_GPU_DRIVER_GH100_550.90.07"), std::string::npos);
}

TEST(NvidiaVerify, TheDecoderCountsWhileItIsOn) {
  const auto decoder = [](Bytes status, std::uint8_t measured) {
    return reported_with([&](MadeDevice& device) {
      device.opaque[11] = status;
      device.measurements[35] = Bytes(48, measured);
    });
  };
  EXPECT_EQ(decoder({0x55}, 0x99), Codes{});
  EXPECT_EQ(decoder({0xaa}, 0x35), Codes{});
  EXPECT_EQ(decoder({0xaa}, 0x99), Codes{"measurement_mismatch"});
  EXPECT_EQ(decoder({0x00}, 0x35), Codes{"decoder_status_unknown"});
  EXPECT_EQ(decoder({0x55, 0x55}, 0x35), Codes{"decoder_status_unknown"});
  EXPECT_EQ(reported_with([](MadeDevice& device) {
              device.opaque.erase(11);
              device.measurements[35] = Bytes(48, 0x99);
            }),
            Codes{"measurement_mismatch"})
      << "where nothing is said, it counts";
}

TEST(NvidiaVerify, UncoveredMeasurementsOfNewDriversAreAWarning) {
  MadeDevice device = good();
  device.opaque[3] = MadeDevice::text("570.86.10");
  device.driver_rim.version = "570.86.10";
  device.measurements[41] = Bytes(48, 0x41);
  const VerificationResult verdict = judge(device);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("measurement_uncovered"));
  EXPECT_EQ(
      ruled_by([](NvidiaDeviceRules& rules) { rules.uncovered_measurements = UncoveredMeasurements::refuse; }, device),
      Codes{"measurement_uncovered"});
}

TEST(NvidiaVerify, RefusesManifestsThatContradictOneAnother) {
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.driver_rim.golden.push_back({0, true, {Bytes(48)}}); }),
            Codes{"rim_index_conflict"});
}

TEST(NvidiaVerify, AReportMayMeasureLessThanAManifestLists) {
  // ATTACK(V4): a device that leaves a block out does not pass for one that matches.
  MadeDevice device = good();
  device.driver_rim.golden.push_back({63, true, {Bytes(48)}});
  EXPECT_EQ(codes_in(judge(device).failures()), Codes{});
  MadeSpdmReport fewer;
  fewer.measurements = 60;
  fewer.nonce = device.nonce;
  for (std::size_t number = 1; number <= fewer.measurements; ++number) {
    fewer.values[number] = Bytes(48);
  }
  fewer.values[2] = Bytes(48, 0x11);
  fewer.values[8] = Bytes(48, 0x77);
  fewer.opaque.assign(device.opaque.begin(), device.opaque.end());
  fewer.sign = [&](ByteView data) { return sign_raw_p384(device.leaf.key, data); };
  AttestationReport report;
  report.evidence = fewer.bytes();
  report.certificate_chain = device.chain();
  const VerificationResult verdict = judge(report, device.options(), device.source());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"measurement_mismatch"}) << words_in(verdict.failures());
  EXPECT_NE(words_in(verdict.failures()).find("absent"), std::string::npos);
}

// --- Manifests.

// ATTACK(V6)
TEST(NvidiaVerify, TakesOnlyManifestsOfThisDriverAndVbios) {
  const Codes missing = {"collateral_missing"};
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.driver_rim.version = "550.90.08"; }), missing);
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.vbios_rim.version = "96.00.9F.00.02"; }), missing);
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.vbios_rim.version = "96.00.9f.00.01"; }), Codes{})
      << "hexadecimal digits in lower case say the same";
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.driver_rim.product = "GB100"; }), missing);
  EXPECT_EQ(reported_with([](MadeDevice& device) { device.driver_rim.edition = "SWITCH"; }), missing);
}

TEST(NvidiaVerify, AFileUnderAnotherIdIsAnotherManifest) {
  const auto source = std::make_shared<MadeSource>();
  good().add_statuses(*source);
  source->add(CollateralKind::rim, good().rim_signer.signing(good().driver_rim).bytes(),
              "rims/NV_GPU_DRIVER_GH100_550.90.07.swidtag");
  source->add(CollateralKind::rim, good().rim_signer.signing(good().vbios_rim).bytes(),
              "https://rim.example/v1/rim/NV_GPU_VBIOS_1010_0201_882_96009F0001 (cached)");
  EXPECT_EQ(codes_in(judge(good().evidence(), good().options(), source).failures()), Codes{"collateral_missing"});
  source->add(CollateralKind::rim, good().rim_signer.signing(good().vbios_rim).bytes(),
              "https://rim.example/v1/rim/NV_GPU_VBIOS_1010_0200_882_96009F0001 (cached)");
  EXPECT_EQ(codes_in(judge(good().evidence(), good().options(), source).failures()), Codes{});
}

// ATTACK(V6)
TEST(NvidiaVerify, RefusesManifestsThatNvidiaDidNotSign) {
  const MadeRimSigner stranger = MadeRimSigner().make();
  const auto source = std::make_shared<MadeSource>();
  good().add_statuses(*source);
  source->add(CollateralKind::rim, stranger.signing(good().driver_rim).bytes());
  source->add(CollateralKind::rim, good().rim_signer.signing(good().vbios_rim).bytes());
  const VerificationResult verdict = judge(good().evidence(), good().options(), source);
  EXPECT_FALSE(verdict.valid());
  EXPECT_EQ(verdict.failures().front().check, "chain");
  EXPECT_EQ(claims_of(verdict).measurements, MeasurementResult::not_compared);
  EXPECT_TRUE(verdict.signature_verified());
}

// ATTACK(X18)
TEST(NvidiaVerify, ManifestsStandUnderTheAnchorsOfTheEvidence) {
  auto options = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(good().nonce))
                     .at(kNow)
                     .replace_trust_anchors({good().root.der});
  EXPECT_FALSE(judge(good().evidence(), options, good().source()).valid());
}

TEST(NvidiaVerify, WithoutManifestsThePolicyDecides) {
  const auto source = good().source();
  source->remove(CollateralKind::rim);
  const auto judged = [&](const std::function<void(NvidiaDeviceRules&)>& change) {
    PolicyRules rules;
    change(rules.devices.nvidia_gpu.emplace());
    return judge(good().evidence(), good().options().with_policy(*Policy::from_rules(rules)), source);
  };
  EXPECT_EQ(codes_in(judge(good().evidence(), good().options(), source).failures()), Codes{"collateral_missing"});
  EXPECT_EQ(codes_in(judged([](NvidiaDeviceRules&) {}).failures()), Codes{"collateral_missing"});
  const VerificationResult verdict = judged([](NvidiaDeviceRules& rules) { rules.require_rim = false; });
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("measurements_not_compared"));
  EXPECT_FALSE(claims_of(verdict).secure_boot.value_or(false));
  EXPECT_EQ(codes_in(judged([](NvidiaDeviceRules& rules) {
                       rules.require_rim = false;
                       rules.secure_boot = true;
                     }).failures()),
            Codes{"secure_boot_not_shown"});
  EXPECT_EQ(codes_in(judged([](NvidiaDeviceRules& rules) {
                       rules.require_rim = false;
                       rules.uncovered_measurements = UncoveredMeasurements::refuse;
                     }).failures()),
            Codes{"rule_not_applicable"});
  // What is there must match all the same.
  source->add(CollateralKind::rim, good().rim_signer.signing(good().driver_rim).bytes());
  EXPECT_TRUE(judged([](NvidiaDeviceRules& rules) { rules.require_rim = false; }).valid());
  MadeDevice altered = good();
  altered.measurements[7] = Bytes(48, 0x71);
  PolicyRules relaxed;
  relaxed.devices.nvidia_gpu.emplace().require_rim = false;
  EXPECT_EQ(
      codes_in(
          judge(altered.evidence(), altered.options().with_policy(*Policy::from_rules(relaxed)), source).failures()),
      Codes{"measurement_mismatch"});
  source->remove(CollateralKind::rim);
  // And one that is there must be good.
  source->add(CollateralKind::rim, MadeRimSigner().make().signing(good().driver_rim).bytes());
  EXPECT_FALSE(judged([](NvidiaDeviceRules& rules) { rules.require_rim = false; }).valid());
}

// --- Revocation.

/// The judgement with one of the answers replaced.
VerificationResult judged_with_status(const Party& certificate, const Party& issuer, int status,
                                      std::optional<int> reason, const VerifyOptions& options) {
  const auto source = std::make_shared<MadeSource>();
  good().add_rims(*source);
  for (const auto& pairs : {good().device_pairs(), good().signer_pairs()}) {
    for (const auto& [one, above] : pairs) {
      if (one->der != certificate.der) {
        source->add(CollateralKind::ocsp, MadeDevice::status_of(*one, *above));
      }
    }
  }
  if (status >= 0) {
    source->add(CollateralKind::ocsp, MadeDevice::status_of(certificate, issuer, status, reason));
  }
  return judge(good().evidence(), options, source);
}

// ATTACK(V8) ATTACK(X11)
TEST(NvidiaVerify, AsksAboutEveryCertificateButTheDevicesOwn) {
  for (const auto& pairs : {good().device_pairs(), good().signer_pairs()}) {
    for (const auto& [certificate, issuer] : pairs) {
      const auto judged = [&](int status, std::optional<int> reason = std::nullopt) {
        return codes_in(judged_with_status(*certificate, *issuer, status, reason, good().options()).failures());
      };
      EXPECT_EQ(judged(-1), Codes{"revocation_missing"});
      EXPECT_EQ(judged(V_OCSP_CERTSTATUS_GOOD), Codes{});
      EXPECT_EQ(judged(V_OCSP_CERTSTATUS_UNKNOWN), Codes{"certificate_status_unknown"});
      EXPECT_EQ(judged(V_OCSP_CERTSTATUS_REVOKED, OCSP_REVOKED_STATUS_KEYCOMPROMISE), Codes{"certificate_revoked"});
      EXPECT_EQ(judged(V_OCSP_CERTSTATUS_REVOKED, OCSP_REVOKED_STATUS_CERTIFICATEHOLD), Codes{"certificate_on_hold"});
    }
  }
}

// ATTACK(V8)
TEST(NvidiaVerify, HoldIsForgivenToSignersOfManifestsAlone) {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace().allow_certificate_hold = true;
  const auto options = good().options().with_policy(*Policy::from_rules(rules));
  const int hold = OCSP_REVOKED_STATUS_CERTIFICATEHOLD;
  const VerificationResult signer =
      judged_with_status(good().rim_signer.leaf, good().rim_signer.l3, V_OCSP_CERTSTATUS_REVOKED, hold, options);
  EXPECT_TRUE(signer.valid()) << words_in(signer.failures());
  EXPECT_TRUE(codes_in(signer.warnings()).contains("certificate_on_hold"));
  EXPECT_FALSE(signer.freshness_verified());
  EXPECT_EQ(
      codes_in(judged_with_status(good().ica, good().identity, V_OCSP_CERTSTATUS_REVOKED, hold, options).failures()),
      Codes{"certificate_on_hold"});
}

// ATTACK(V6): a withdrawn issuer that vouches for itself under its own name.
TEST(NvidiaVerify, NoIssuerStandsBetweenAnIssuerAndWhatIsSaidOfIt) {
  MadeDevice device = MadeDevice().make();
  MadeRimSigner& signer = device.rim_signer;
  // leaf <- CA' <- CA <- root, where CA' bears the CA's name.
  signer.ca = issue(signer.ca_spec, ec_key("P-384"), &signer.root);
  CertificateSpec again = signer.ca_spec;
  again.serial = {0x29};
  signer.l3 = issue(again, ec_key("P-384"), &signer.ca);
  signer.leaf = issue(signer.leaf_spec, ec_key("P-384"), &signer.l3);
  const auto source = std::make_shared<MadeSource>();
  device.add_rims(*source);
  for (const auto& [certificate, issuer] : device.device_pairs()) {
    source->add(CollateralKind::ocsp, MadeDevice::status_of(*certificate, *issuer));
  }
  source->add(CollateralKind::ocsp, MadeDevice::status_of(signer.leaf, signer.l3));
  source->add(CollateralKind::ocsp, MadeDevice::status_of(signer.l3, signer.ca));
  source->add(CollateralKind::ocsp, MadeDevice::status_of(signer.ca, signer.root, V_OCSP_CERTSTATUS_REVOKED));
  const VerificationResult verdict = judge(device.evidence(), device.options(), source);
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(codes_in(verdict.failures()).contains("certificate_name")) << words_in(verdict.failures());
}

TEST(NvidiaVerify, WhatIsFoundOfTheWholeUnmarksIt) {
  const VerificationResult other =
      judge(good().evidence(), good().options().require_platform(Platform::intel_tdx), good().source());
  EXPECT_FALSE(other.platform_verified());
  MadeDevice altered = good();
  altered.measurements[7] = Bytes(48, 0x71);
  EXPECT_FALSE(judge(altered).platform_verified());
  EXPECT_TRUE(judge(good()).platform_verified());
}

TEST(NvidiaVerify, MissingAnswersAreForTheCaller) {
  const auto source = good().source();
  source->remove(CollateralKind::ocsp);
  const auto judged = [&](Revocation mode) {
    return judge(good().evidence(), good().options().revocation(mode), source);
  };
  EXPECT_EQ(codes_in(judged(Revocation::require).failures()), Codes{"revocation_missing"});
  const VerificationResult relaxed = judged(Revocation::if_available);
  EXPECT_TRUE(relaxed.valid()) << words_in(relaxed.failures());
  EXPECT_TRUE(codes_in(relaxed.warnings()).contains("revocation_missing"));
  EXPECT_FALSE(relaxed.freshness_verified());
  const VerificationResult off = judged(Revocation::off);
  EXPECT_TRUE(off.valid());
  EXPECT_TRUE(codes_in(off.warnings()).contains("revocation_not_checked"));
  EXPECT_FALSE(off.freshness_verified());
  source->requests.clear();
  EXPECT_TRUE(judged(Revocation::off).valid());
  EXPECT_EQ(std::ranges::count(source->requests, CollateralKind::ocsp), 0);
}

// --- Rules.

TEST(NvidiaVerify, KeepsThePolicysVersions) {
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.hwmodel = {{"GB100"}}; }), Codes{"hwmodel_not_allowed"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.hwmodel = {{"GB100", "GH100"}}; }), Codes{});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.min_driver_version = {"550.90.07"}; }), Codes{});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.min_driver_version = {"550.144"}; }),
            Codes{"driver_version_too_low"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.min_driver_version = {"570.1"}; }),
            Codes{"driver_version_too_low"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.driver_version = {{"570.1"}}; }),
            Codes{"driver_version_not_allowed"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.deny_driver_version = {{"550.90.07"}}; }), Codes{"denied"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.vbios_version = {{"96.00.9f.00.01"}}; }), Codes{});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.vbios_version = {{"96.00.A0.00.01"}}; }),
            Codes{"vbios_version_not_allowed"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.min_vbios_version = "96.00.A0.00.00"; }),
            Codes{"vbios_version_too_low"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.count = 2; }), Codes{"device_count_not_allowed"});
  EXPECT_EQ(ruled_by([](NvidiaDeviceRules& rules) { rules.secure_boot = true; }), Codes{});
}

TEST(NvidiaVerify, APolicyForMachinesIsNotMetByDevicesAlone) {
  PolicyRules rules;
  rules.any_of.emplace_back(SnpRules{});
  const auto judged = [&] {
    return judge(good().evidence(), good().options().with_policy(*Policy::from_rules(rules)), good().source());
  };
  EXPECT_EQ(codes_in(judged().failures()), Codes{"platform_not_in_policy"});
  rules.devices.nvidia_gpu.emplace();
  EXPECT_EQ(codes_in(judged().failures()), Codes{"platform_not_in_policy"});
  rules.any_of.clear();
  EXPECT_TRUE(judged().valid());
  EXPECT_EQ(judged().policy_verified(), std::optional(true));
  EXPECT_FALSE(Policy::from_rules(rules)->pins_code());
}

TEST(NvidiaVerify, RefusesWhatGpusDoNotHave) {
  auto options = good().options();
  options.expect_public_key(Bytes(3, 1));
  EXPECT_EQ(codes_in(judge(good().evidence(), options, good().source()).failures()), Codes{"public_key_not_supported"});
  AttestationReport report = good().evidence();
  report.event_log = Bytes(3, 1);
  EXPECT_EQ(codes_in(judge(report, good().options(), good().source()).failures()), Codes{"event_log_not_supported"});
  EXPECT_EQ(
      codes_in(
          judge(good().evidence(), good().options().require_platform(Platform::intel_tdx), good().source()).failures()),
      Codes{"platform_mismatch"});
}

// ATTACK(P8)
TEST(NvidiaVerify, LooksAtNoMoreThanAMebibyte) {
  AttestationReport report = good().evidence();
  report.evidence.resize((std::size_t{1} << 20) + 1, ' ');
  EXPECT_EQ(codes_in(judge(report, good().options(), good().source()).failures()), Codes{"evidence_too_large"});
  report.evidence.resize(std::size_t{1} << 20);
  EXPECT_TRUE(judge(report, good().options(), good().source()).valid());
}

TEST(NvidiaVerify, KnowsAgainWhatItHasJudged) {
  const AttestationVerifier verifier(good().source());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verifier.verify(good().evidence(), good().options()).valid());
    AttestationReport altered = good().evidence();
    MadeDevice device = good();
    device.measurements[7] = Bytes(48, 0x71);
    EXPECT_EQ(codes_in(verifier.verify(device.evidence(), device.options()).failures()), Codes{"measurement_mismatch"});
  }
}

// ATTACK(V8): of a device whose revocation nobody answers for, nothing is kept.
TEST(NvidiaVerify, RemembersNothingOfAChainThatIsNotKnownToHold) {
  Memory memory{MemoryLimits{}};
  const x509::AnchorSet anchors = *x509::AnchorSet::custom(good().anchors());
  const auto worked_out = [&](CollateralSource& source) {
    Recollection recall(memory);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.custom_anchors = &anchors;
    question.sources = {&source};
    VerdictBuilder verdict(kNow);
    static_cast<void>(nvidia::judge_devices(good().evidence(), question, verdict));
    return recall.checks().worked_out();
  };
  const auto whole = good().source(), without = good().source();
  without->remove(CollateralKind::ocsp);
  const std::size_t some = worked_out(*without);
  EXPECT_GT(some, 0U);
  EXPECT_EQ(worked_out(*without), some);
  EXPECT_GT(worked_out(*whole), some);
  EXPECT_EQ(worked_out(*whole), 0U);
}

// ATTACK(V6)
TEST(NvidiaVerify, OneIdMayStandForTwoProducts) {
  MadeDevice first;
  first.device = "GB100 A01 GSP";
  first.arch = "BLACKWELL";
  first.driver_rim.product = first.vbios_rim.product = "GB100";
  first.make();
  MadeDevice second = first;
  second.device = "GB102 A01 GSP";
  second.serial_number = "4100000000000000AA";
  second.brom_spec.serial = {0x63};
  second.make_own();
  for (const bool first_one_first : {true, false}) {
    const auto source = first.source();
    source->add(CollateralKind::ocsp, MadeDevice::status_of(second.brom, second.ica));
    const MadeDevice& a = first_one_first ? first : second;
    const MadeDevice& b = first_one_first ? second : first;
    const std::string text = "[" + a.evidence_element() + "," + b.evidence_element() + "]";
    AttestationReport report;
    report.evidence.assign(text.begin(), text.end());
    EXPECT_EQ(codes_in(judge(report, first.options(), source).failures()), Codes{"collateral_missing"});
  }
}

TEST(NvidiaVerify, OnlyTheWholeGivesAProof) {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace().count = 2;
  const VerificationResult verdict =
      judge(good().evidence(), good().options().with_policy(*Policy::from_rules(rules)), good().source());
  EXPECT_FALSE(verdict.valid());
  ASSERT_EQ(verdict.devices().size(), 1U);
  EXPECT_TRUE(verdict.devices()[0].valid()) << "by itself it is good";
  EXPECT_FALSE(verdict.devices()[0].verified());
  EXPECT_FALSE(judge(good()).devices()[0].verified());
  EXPECT_TRUE(judge(good()).verified());
}

TEST(NvidiaVerify, NoVerdictOutlivesADay) {
  const VerificationResult verdict =
      judge(good().evidence(), good().options().revocation(Revocation::off), good().source());
  EXPECT_TRUE(verdict.valid());
  EXPECT_LE(verdict.valid_until(), kNow + std::chrono::hours{24});
  EXPECT_LE(verdict.devices()[0].valid_until(), kNow + std::chrono::hours{24});
}

// ATTACK(V2)
TEST(NvidiaVerify, SeveralGpusAreJudgedTogether) {
  const auto judged = [](std::vector<const MadeDevice*> devices) {
    std::string text;
    const auto source = good().source();
    for (const MadeDevice* device : devices) {
      text += (text.empty() ? "[" : ",") + device->evidence_element();
      source->add(CollateralKind::ocsp, MadeDevice::status_of(device->brom, device->ica));
    }
    text += "]";
    AttestationReport report;
    report.evidence.assign(text.begin(), text.end());
    return judge(report, good().options(), source);
  };
  MadeDevice other = good();
  other.serial_number = "4100000000000000AA";
  other.brom_spec.serial = {0x63};
  other.make_own();
  const VerificationResult both = judged({&good(), &other});
  EXPECT_TRUE(both.valid()) << words_in(both.failures());
  ASSERT_EQ(both.devices().size(), 2U);
  EXPECT_EQ(claims_of(both).pdi, "") << "they have none in common";
  EXPECT_EQ(claims_of(both).hwmodel, "GH100");
  EXPECT_EQ(claims_of(both.devices()[1]).pdi, "00000000000000aa");
  EXPECT_TRUE(both.certificates().empty());
  EXPECT_EQ(both.verified()->devices().size(), 2U);

  EXPECT_EQ(codes_in(judged({&good(), &good()}).failures()), Codes{"device_duplicated"});
  MadeDevice same_id = other;
  same_id.serial_number = good().serial_number;
  same_id.make_own();
  EXPECT_EQ(codes_in(judged({&good(), &same_id}).failures()), Codes{"device_duplicated"});

  MadeDevice altered = other;
  altered.measurements[7] = Bytes(48, 0x71);
  const VerificationResult one_bad = judged({&good(), &altered});
  EXPECT_EQ(codes_in(one_bad.failures()), Codes{"measurement_mismatch"});
  EXPECT_TRUE(one_bad.failures().front().message.starts_with("GPU-1: "));
  EXPECT_TRUE(one_bad.devices()[0].valid());
  EXPECT_FALSE(one_bad.devices()[1].valid());
  EXPECT_FALSE(one_bad.verified());
  EXPECT_EQ(claims_of(one_bad).measurements, MeasurementResult::mismatch);

  MadeDevice elsewhere = other;
  elsewhere.nonce = Bytes(32, 0x5b);
  EXPECT_EQ(codes_in(judged({&good(), &elsewhere}).failures()), (Codes{"device_nonces_differ", "nonce_mismatch"}));
  MadeDevice in_mode = other;
  in_mode.opaque[34] = {1, 0};
  in_mode.opaque[36] = {1, 0};
  EXPECT_EQ(codes_in(judged({&good(), &in_mode}).failures()), Codes{"device_modes_differ"});
}

}  // namespace
}  // namespace tenzro::tee::test
