// SPDX-License-Identifier: Apache-2.0
// Devices that NVIDIA's remote attestation service judges: asked here, or in an answer that stands alone.
#include "verify/nvidia/remote.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "made/device.hpp"
#include "made/nras.hpp"
#include "support/findings.hpp"

namespace tenzro::tee::test {
namespace {

const MadeDevice& gpu() {
  static const MadeDevice device = MadeDevice().make();
  return device;
}

/// Who vouches for the service's keys in this world.
const Party& key_issuer() {
  static const Party issuer = made_nras_issuer();
  return issuer;
}
VerifyOptions with_service(VerifyOptions options) {
  std::vector<Bytes> anchors = gpu().anchors();
  anchors.push_back(key_issuer().der);
  return std::move(options.replace_trust_anchors(std::move(anchors)));
}

/// The service, which answers every question with what it was given, and its keys.
class MadeService final : public CollateralSource {
 public:
  MadeService() : nras(kNow) {
    nras.origin.nonce_hex = to_hex(gpu().nonce);
    nras.add_gpus(1, "3.0");
    about(nras.devices[0], "84");
    nras.key.certificates = made_nras_certificates_under(nras.key.key, key_issuer());
    keys = nras.key_set();
  }
  static void about(MadeNrasDevice& device, const std::string& ueid) {
    device.claims["ueid"] = ueid;
    device.claims["x-nvidia-gpu-driver-version"] = "550.90.07";
    device.claims["x-nvidia-gpu-vbios-version"] = "96.00.9F.00.01";
  }

  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    if (request.kind != CollateralKind::jwks || keys.empty()) {
      return std::vector<CollateralDocumentPtr>();
    }
    auto document = std::make_shared<CollateralDocument>();
    document->kind = CollateralKind::jwks;
    document->body.assign(keys.begin(), keys.end());
    document->from_bundle = from_bundle;
    return std::vector<CollateralDocumentPtr>{std::move(document)};
  }
  Result<Bytes> appraise_remotely(const AppraisalRequest& request) override {
    asked.push_back({request.devices, request.version, std::string(request.body), request.allow_certificate_hold});
    if (only_version != 0 && request.version != only_version) {
      return Error(ErrorCode::unsupported, "404");
    }
    if (failure) {
      return *failure;
    }
    const std::string answer = nras.answer();
    return Bytes(answer.begin(), answer.end());
  }
  std::string token_issuer() const override { return issuer; }

  MadeNras nras;
  std::string keys, issuer;
  bool from_bundle = false;
  std::optional<Error> failure;
  unsigned only_version = 0;
  struct Asked {
    RemoteDevices devices;
    unsigned version;
    std::string body;
    bool hold;
  };
  std::vector<Asked> asked;
};

class NrasAsked : public testing::Test {
 protected:
  VerificationResult judge(const AttestationReport& report, VerifyOptions options) const {
    return AttestationVerifier(service_).verify(report, with_service(options).gpu_verifier(GpuVerifier::nras));
  }
  VerificationResult judge() const { return judge(gpu().evidence(), gpu().options()); }
  Codes codes() const { return codes_in(judge().failures()); }
  NrasJson& claims() const { return service_->nras.devices[0].claims; }

  const std::shared_ptr<MadeService> service_ = std::make_shared<MadeService>();
};

TEST_F(NrasAsked, JudgesWhatNeedsManifestsAndRevocation) {
  AttestationReport report;
  report.evidence = gpu().report();
  report.certificate_chain = gpu().chain();
  const VerificationResult verdict = judge(report, gpu().options());
  ASSERT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.signature_verified() && verdict.certificate_chain_verified() && verdict.freshness_verified());
  const auto& claims = std::get<NvidiaClaims>(*verdict.claims_for_display());
  EXPECT_EQ(claims.verified_by, "nras");
  EXPECT_EQ(claims.measurements, MeasurementResult::match);
  EXPECT_EQ(claims.debug, std::optional(false));
  EXPECT_EQ(verdict.valid_until(), kNow + std::chrono::hours{1});
  ASSERT_EQ(service_->asked.size(), 1U);
  EXPECT_EQ(service_->asked[0].devices, RemoteDevices::gpus);
  const NrasJson request = NrasJson::parse(service_->asked[0].body);
  EXPECT_EQ(request["nonce"], to_hex(gpu().nonce));
  EXPECT_EQ(request["arch"], "HOPPER");
  ASSERT_EQ(request["evidence_list"].size(), 1U);
  EXPECT_EQ(request["evidence_list"][0]["evidence"], to_base64(report.evidence));
}

TEST_F(NrasAsked, OlderServicesAreAskedByTheOlderVersion) {
  service_->only_version = 3;
  service_->nras.devices.clear();
  service_->nras.add_gpus(1, "2.0");
  MadeService::about(service_->nras.devices[0], "84");
  const VerificationResult verdict = judge();
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  ASSERT_EQ(service_->asked.size(), 2U);
  EXPECT_EQ(service_->asked[1].version, 3U);
  EXPECT_TRUE(NrasJson::parse(service_->asked[0].body).contains("claims_version"));
  EXPECT_FALSE(NrasJson::parse(service_->asked[1].body).contains("claims_version"));
  service_->only_version = 2;
  EXPECT_EQ(codes(), Codes{"collateral_unreachable"});
}

TEST_F(NrasAsked, IsToldThatAHoldMayPass) {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace().allow_certificate_hold = true;
  EXPECT_TRUE(judge(gpu().evidence(), gpu().options().with_policy(*Policy::from_rules(rules))).valid());
  EXPECT_TRUE(service_->asked[0].hold);
  EXPECT_TRUE(judge().valid());
  EXPECT_FALSE(service_->asked[1].hold);
}

TEST_F(NrasAsked, JudgesItselfWhatItCan) {
  AttestationReport altered = gpu().evidence();
  MadeDevice other = gpu();
  other.make_own();
  Bytes report = gpu().report();
  altered.evidence = report;
  altered.certificate_chain = other.chain();
  EXPECT_EQ(codes_in(judge(altered, gpu().options()).failures()), Codes{"report_signature_invalid"});
  EXPECT_TRUE(service_->asked.empty()) << "what is refused is not sent";
  const auto options = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(Bytes(32, 1)))
                           .at(kNow)
                           .replace_trust_anchors(gpu().anchors());
  EXPECT_TRUE(codes_in(judge(gpu().evidence(), options).failures()).contains("nonce_mismatch"));
}

// ATTACK(V7)
TEST_F(NrasAsked, TakesNoTokenThatIsNotAboutThisDevice) {
  claims()["ueid"] = "85";
  EXPECT_EQ(codes(), Codes{"nras_device_mismatch"});
  claims()["ueid"] = "84";
  claims()["hwmodel"] = "GB100";
  EXPECT_EQ(codes(), Codes{"nras_device_mismatch"});
  claims()["hwmodel"] = "GH100";
  claims()["x-nvidia-gpu-driver-version"] = "550.90.08";
  EXPECT_EQ(codes(), Codes{"nras_device_mismatch"});
  claims()["x-nvidia-gpu-driver-version"] = "550.90.07";
  claims()["x-nvidia-gpu-vbios-version"] = "96.00.9F.00.02";
  EXPECT_EQ(codes(), Codes{"nras_device_mismatch"});
}

// ATTACK(V3): what is known to be wrong is neither sent nor called genuine.
TEST_F(NrasAsked, IsNotAskedAboutADeviceOfOtherFirmware) {
  MadeDevice other = gpu();
  other.opaque[20] = Bytes(48, 0xf2);
  const VerificationResult verdict = judge(other.evidence(), other.options());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"firmware_id_mismatch"});
  EXPECT_TRUE(service_->asked.empty());
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_FALSE(verdict.platform_verified());
}

// ATTACK(V7)
TEST_F(NrasAsked, TakesNoTokenOfAnotherNonceTimeOrIssuer) {
  service_->nras.origin.nonce_hex = std::string(64, 'b');
  claims()["eat_nonce"] = std::string(64, 'b');
  EXPECT_TRUE(codes().contains("nonce_mismatch"));
  service_->nras.origin.nonce_hex = to_hex(gpu().nonce);
  claims()["eat_nonce"] = to_hex(gpu().nonce);
  EXPECT_EQ(codes(), Codes{});
  service_->issuer = "https://nras.example";
  EXPECT_TRUE(codes().contains("token_issuer_mismatch"));
  service_->issuer.clear();
  claims()["exp"] = kNow.time_since_epoch().count();
  EXPECT_TRUE(codes().contains("token_expired"));
}

TEST_F(NrasAsked, SaysWhatIsMissing) {
  service_->keys.clear();
  EXPECT_EQ(codes(), Codes{"collateral_missing"});
  service_->keys = R"({"keys":[]})";
  EXPECT_EQ(codes(), Codes{"token_key_unknown"});
  service_->keys = "{";
  EXPECT_TRUE(codes().contains("collateral_malformed"));
  service_->keys = service_->nras.key_set();
  service_->failure = Error(ErrorCode::collateral_unreachable, "no answer");
  EXPECT_EQ(codes(), Codes{"collateral_unreachable"});
  service_->failure = Error(ErrorCode::collateral_missing, "not asked");
  EXPECT_EQ(codes(), Codes{"collateral_missing"});
  EXPECT_EQ(codes_in(AttestationVerifier(gpu().source())
                         .verify(gpu().evidence(), gpu().options().gpu_verifier(GpuVerifier::nras))
                         .failures()),
            Codes{"collateral_missing"});
}

// ATTACK(V11)
TEST_F(NrasAsked, KeysNeedAnIssuerThatIsTrusted) {
  service_->from_bundle = true;
  EXPECT_EQ(codes(), Codes{}) << "it is the caller's own issuer that vouches";
  service_->nras.key.certificates.clear();
  service_->keys = service_->nras.key_set();
  EXPECT_EQ(codes(), Codes{"anchor_set_mixed"});
  service_->nras.key.certificates = made_nras_certificates_under(service_->nras.key.key, made_nras_issuer());
  service_->keys = service_->nras.key_set();
  EXPECT_EQ(codes(), Codes{"anchor_set_mixed"});
  EXPECT_FALSE(judge().certificate_chain_verified());
}

TEST_F(NrasAsked, AnAnswerWithMoreOrFewerDevicesIsNone) {
  service_->nras.add_gpus(1, "3.0");
  service_->nras.devices[1].name = "GPU-1";
  EXPECT_TRUE(codes().contains("token_submodules_mismatch"));
}

// --- An answer that stands alone.

class NrasAnswer : public NrasAsked {
 protected:
  AttestationReport answer() const {
    AttestationReport out;
    const std::string text = service_->nras.answer();
    out.evidence.assign(text.begin(), text.end());
    return out;
  }
  static VerifyOptions options() {
    return VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(gpu().nonce)).at(kNow);
  }
  VerificationResult judge_answer(const VerifyOptions& options) const {
    return AttestationVerifier(service_).verify(answer(), options);
  }
};

TEST_F(NrasAnswer, IsBoundByItsNonce) {
  const VerificationResult verdict = judge_answer(options());
  ASSERT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.verified());
  EXPECT_EQ(verdict.nonce_verified(), std::optional(true));
  ASSERT_EQ(verdict.devices().size(), 1U);
  const auto other = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(Bytes(32, 1))).at(kNow);
  EXPECT_EQ(codes_in(judge_answer(other).failures()), Codes{"nonce_mismatch"});
  EXPECT_FALSE(judge_answer(VerifyOptions::unbound_replay_possible().at(kNow)).verified());
}

// ATTACK(V7)
TEST_F(NrasAnswer, OneFailedDeviceFailsTheWhole) {
  service_->nras.add_gpus(2);
  service_->nras.devices.erase(service_->nras.devices.begin());
  EXPECT_TRUE(judge_answer(options()).valid());
  service_->nras.devices[1].claims["measres"] = "fail";
  const VerificationResult verdict = judge_answer(options());
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(codes_in(verdict.failures()).contains("nras_measurement_failed")) << words_in(verdict.failures());
  EXPECT_FALSE(verdict.verified());
  ASSERT_EQ(verdict.devices().size(), 2U);
  for (const VerificationResult& device : verdict.devices()) {
    EXPECT_FALSE(device.verified()) << "a proof is the whole's alone";
    EXPECT_FALSE(codes_in(device.failures()).contains("verification_incomplete"));
  }
}

TEST_F(NrasAnswer, RulesThatTokensCannotMeetAreNotMet) {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace();
  const auto judged = [&] {
    return codes_in(judge_answer(options().with_policy(*Policy::from_rules(rules))).failures());
  };
  EXPECT_EQ(judged(), Codes{});
  rules.devices.nvidia_gpu->nvswitch = NvSwitchRule::require;
  EXPECT_EQ(judged(), Codes{"rule_not_applicable"});
  rules.devices.nvidia_gpu->nvswitch = NvSwitchRule::automatic;
  rules.devices.nvidia_gpu->uncovered_measurements = UncoveredMeasurements::refuse;
  EXPECT_EQ(judged(), Codes{"rule_not_applicable"});
  EXPECT_EQ(codes_in(judge(gpu().evidence(), gpu().options().with_policy(*Policy::from_rules(rules))).failures()),
            Codes{"rule_not_applicable"});
}

TEST_F(NrasAnswer, GpusAndSwitchesOfTokensMayBeOfDifferentMachines) {
  service_->nras.add_switches(1, "3.0");
  const VerificationResult verdict = judge_answer(options());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("topology_not_judged"));
}

// ATTACK(V2)
TEST_F(NrasAnswer, SwitchesAreNoGpus) {
  service_->nras.devices.clear();
  service_->nras.add_switches(1, "3.0");
  EXPECT_TRUE(judge_answer(options()).valid());
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace();
  EXPECT_EQ(codes_in(judge_answer(options().with_policy(*Policy::from_rules(rules))).failures()),
            Codes{"device_evidence_missing"});
  rules.devices.nvidia_gpu.reset();
  rules.any_of.emplace_back(SnpRules{});
  EXPECT_EQ(codes_in(judge_answer(options().with_policy(*Policy::from_rules(rules))).failures()),
            Codes{"platform_not_in_policy"})
      << "a policy for machines misses a machine, and no GPU";
}

// ATTACK(V7): each device's own verdict marks nothing that its token, or the answer, speaks against.
TEST_F(NrasAnswer, MarksNothingThatATokenSpeaksAgainst) {
  const auto device = [&] { return judge_answer(options()).devices().at(0); };
  const VerificationResult good = device();
  EXPECT_TRUE(good.signature_verified() && good.certificate_chain_verified() && good.platform_verified() &&
              good.freshness_verified());
  claims()["measres"] = "fail";
  const VerificationResult altered = device();
  EXPECT_TRUE(altered.signature_verified() && altered.certificate_chain_verified());
  EXPECT_FALSE(altered.platform_verified());
  EXPECT_FALSE(judge_answer(options()).platform_verified());
  claims()["measres"] = "success";
  const VerificationResult old =
      judge_answer(options().at(kNow + std::chrono::minutes{10}).max_age(std::chrono::minutes{5})).devices().at(0);
  EXPECT_TRUE(codes_in(old.failures()).contains("evidence_too_old"));
  EXPECT_EQ(old.nonce_verified(), std::optional(true));
  EXPECT_FALSE(old.freshness_verified());
  service_->issuer = "https://nras.example";
  const VerificationResult of_another = device();
  EXPECT_EQ(codes_in(of_another.failures()), Codes{"token_issuer_mismatch"});
  EXPECT_FALSE(of_another.signature_verified() || of_another.certificate_chain_verified() ||
               of_another.platform_verified());
}

TEST_F(NrasAnswer, WithoutDevicesNeedsNoKeys) {
  service_->keys.clear();
  service_->nras.devices.clear();
  EXPECT_EQ(codes_in(judge_answer(options()).failures()), Codes{"nras_device_token_missing"});
}

// That no key set is at hand is said only of tokens that a key is looked for.
TEST_F(NrasAnswer, IsRefusedForItsAlgorithmBeforeKeysAreMissed) {
  service_->keys.clear();
  EXPECT_EQ(codes_in(judge_answer(options()).failures()), Codes{"collateral_missing"});
  service_->nras.header["alg"] = "ES256";
  EXPECT_EQ(codes_in(judge_answer(options()).failures()), Codes{"token_algorithm_not_allowed"});
}

TEST_F(NrasAnswer, IsFreshForNobodyElse) {
  const auto other = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(Bytes(32, 1))).at(kNow);
  EXPECT_FALSE(judge_answer(other).freshness_verified());
  EXPECT_TRUE(judge_answer(options()).freshness_verified());
}

TEST_F(NrasAnswer, IsNothingWhenItIsOldOrBroken) {
  EXPECT_TRUE(codes_in(judge_answer(options().at(kNow + std::chrono::hours{1})).failures()).contains("token_expired"));
  EXPECT_TRUE(
      codes_in(judge_answer(options().at(kNow + std::chrono::minutes{10}).max_age(std::chrono::minutes{5})).failures())
          .contains("evidence_too_old"));
  AttestationReport broken = answer();
  broken.evidence.resize(broken.evidence.size() - 1);
  const VerificationResult verdict = AttestationVerifier(service_).verify(broken, options());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"malformed_evidence"});
  EXPECT_EQ(verdict.nonce_verified(), std::optional(false));
}

TEST_F(NrasAnswer, IsUnderThePolicyOfDevices) {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace().min_driver_version = {"570.1"};
  EXPECT_EQ(codes_in(judge_answer(options().with_policy(*Policy::from_rules(rules))).failures()),
            Codes{"driver_version_too_low"});
  rules.devices.nvidia_gpu->min_driver_version.clear();
  rules.devices.nvidia_gpu->count = 2;
  EXPECT_EQ(codes_in(judge_answer(options().with_policy(*Policy::from_rules(rules))).failures()),
            Codes{"device_count_not_allowed"});
}

// ATTACK(X18)
TEST_F(NrasAnswer, KeysOfNvidiaAreNotThoseOfAnotherWorld) {
  EXPECT_TRUE(judge_answer(with_service(options())).valid());
  EXPECT_FALSE(judge_answer(options().replace_trust_anchors({})).valid()) << "an empty list refuses all";
  const VerificationResult verdict = judge_answer(options().replace_trust_anchors(gpu().anchors()));
  EXPECT_TRUE(codes_in(verdict.failures()).contains("anchor_set_mixed")) << words_in(verdict.failures());
}

}  // namespace
}  // namespace tenzro::tee::test
