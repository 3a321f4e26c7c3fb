// SPDX-License-Identifier: Apache-2.0
#include "verify/nitro/verify.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/nitro/document.hpp"
#include "unit/verify/simulated_aws.hpp"

namespace tenzro::tee::test {
namespace {

using namespace std::chrono_literals;

TEST(NitroVerdict, IsGoodForAGoodDocument) {
  for (const bool indefinite : {false, true}) {
    for (const bool tagged : {false, true}) {
      AwsStage stage;
      stage.spec.indefinite = indefinite;
      stage.spec.tagged = tagged;
      const VerificationResult verdict = stage.judge();
      expect_accepted(verdict);
      EXPECT_EQ(verdict.platform(), Platform::aws_nitro);
      EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
      EXPECT_TRUE(verdict.freshness_verified());
      EXPECT_FALSE(verdict.tcb().has_value());
      EXPECT_EQ(verdict.certificates().size(), 5U);
      EXPECT_EQ(verdict.valid_until(), std::chrono::floor<std::chrono::seconds>(stage.spec.timestamp) + 3h);
      EXPECT_FALSE(verdict.verified()) << "not bound to a challenge";
    }
  }
}

TEST(NitroVerdict, ProvesWhatABoundDocumentSays) {
  const AwsStage stage;
  const auto data = ReportData::from_caller_data(*stage.spec.user_data).value();
  const VerificationResult verdict = stage.judge(stage.prepared(VerifyOptions::bound_to_caller_data(data)));
  expect_accepted(verdict);
  EXPECT_EQ(verdict.user_data_verified(), true);
  const auto proof = verdict.verified();
  ASSERT_TRUE(proof) << proof.error().message();
  EXPECT_EQ(std::get<NitroClaims>(proof->claims()).pcrs, stage.spec.pcrs);
}

// Everybody has the key of the simulated root: what nobody asked for may not fill a verifier's memory.
TEST(NitroVerdict, OfASimulationLeavesNothingInAMemoryUnlessAskedFor) {
  Memory memory{MemoryLimits{}};
  const AwsStage simulation(simulated::AwsHierarchy::kSimulatedLabel);
  const AttestationReport report = simulation.report();
  const auto worked_out = [&](bool accepted) {
    Recollection recall(memory);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, 0s};
    question.revocation = Revocation::off;
    question.accept_simulated = accepted;
    VerdictBuilder verdict(kNow);
    EXPECT_TRUE(nitro::judge_document(report, question, verdict));
    return recall.checks().worked_out();
  };
  const std::size_t all = worked_out(false);
  EXPECT_GT(all, 0U);
  EXPECT_EQ(worked_out(false), all);
  EXPECT_EQ(worked_out(true), all);
  EXPECT_LT(worked_out(true), all) << "asked for, it is evidence like any other";
}

TEST(NitroVerdict, SaysNothingGoodOfWhatContradictsItsEnvelope) {
  const AwsStage stage;
  AttestationReport report = stage.report();
  report.certificate_chain = {stage.maker.hierarchy().root().certificate};
  const VerificationResult other_chain = stage.judge(report, stage.options());
  expect_refused(other_chain, "chain", "certificate_chain_mismatch");
  EXPECT_FALSE(other_chain.certificate_chain_verified() || other_chain.platform_verified());
  report = stage.report();
  report.platform = Platform::amd_sev_snp;
  const VerificationResult other_platform = stage.judge(report, stage.options());
  expect_refused(other_platform, "platform", "platform_mismatch");
  EXPECT_FALSE(other_platform.platform_verified());
}

TEST(NitroVerdict, RefusesAnotherKeysSignature) {
  AwsStage stage;
  stage.spec.signed_by_another_key = true;
  const VerificationResult verdict = stage.judge();
  expect_refused(verdict, "signature", "document_signature_invalid");
  EXPECT_FALSE(verdict.signature_verified());
}

// ATTACK(N4)
TEST(NitroVerdict, WantsTheTrustedRootFirstInTheBundle) {
  const AwsStage genuine;
  const std::vector<Bytes> bundle = genuine.maker.hierarchy().cabundle();
  const auto code_with = [](std::vector<Bytes> changed) {
    AwsStage stage;
    stage.spec.cabundle = std::move(changed);
    const VerificationResult verdict = stage.judge();
    EXPECT_FALSE(verdict.valid());
    return verdict.failures().empty() ? std::string() : verdict.failures().front().code;
  };
  EXPECT_EQ(code_with({bundle.rbegin(), bundle.rend()}), "certificate_order");
  EXPECT_EQ(code_with({bundle.begin() + 1, bundle.end()}), "root_mismatch");
  EXPECT_EQ(code_with({bundle[0]}), "certificate_order");
  EXPECT_EQ(code_with({bundle[0], bundle[1], bundle[2]}), "certificate_order");
  EXPECT_EQ(code_with({bundle[0], bundle[0], bundle[1], bundle[2], bundle[3]}), "certificate_duplicated");
  EXPECT_EQ(code_with({bundle[0], bundle[1], bundle[2], bundle[3], Bytes{0x30, 0x00}}), "certificate_malformed");
  const AwsStage other("another-aws-hierarchy");
  std::vector<Bytes> foreign_root = bundle;
  foreign_root[0] = other.maker.hierarchy().root().certificate;
  EXPECT_EQ(code_with(foreign_root), "root_mismatch");
}

// ATTACK(X2)
TEST(NitroVerdict, RefusesAHierarchyOfTheSameNames) {
  const AwsStage impostor("another-aws-hierarchy");
  const AwsStage genuine;
  expect_refused(genuine.judge(impostor.report(), genuine.options()), "chain", "root_mismatch");
  VerifyOptions pinned = VerifyOptions::unbound_replay_possible();
  expect_refused(genuine.judge(genuine.report(), pinned.at(kNow)), "chain", "root_mismatch");
}

// ATTACK(N3)
TEST(NitroVerdict, RefusesLeavesThatAreNone) {
  const auto code_with = [](const std::function<void(simulated::AwsCertificateSpec&)>& change) {
    AwsStage stage;
    change(stage.spec.leaf);
    const VerificationResult verdict = stage.judge();
    EXPECT_FALSE(verdict.valid());
    return verdict.failures().empty() ? std::string() : verdict.failures().front().code;
  };
  EXPECT_EQ(code_with([](auto& leaf) { leaf.is_ca = true; }), "leaf_is_ca");
  EXPECT_EQ(code_with([](auto& leaf) { leaf.key_usage = 0x04; }), "leaf_key_usage");
  EXPECT_EQ(code_with([](auto& leaf) { leaf.unknown_critical_extension = true; }), "unknown_critical_extension");
  EXPECT_EQ(code_with([](auto& leaf) { leaf.common_name = "i-0123.example"; }), "certificate_name");
  EXPECT_EQ(code_with([](auto& leaf) { leaf.organization = "Amazonia"; }), "certificate_name");
  EXPECT_EQ(code_with([](auto& leaf) { leaf.signature_hash = crypto::Hash::sha256; }),
            "signature_algorithm_not_allowed");
}

// ATTACK(N7)
TEST(NitroVerdict, JudgesTheLeafByItsLifeAndTheTimeByTheLeaf) {
  AwsStage stage;
  const UtcTime second = std::chrono::floor<std::chrono::seconds>(stage.spec.timestamp);
  stage.spec.leaf_not_after = kNow;
  expect_refused(stage.judge(), "chain", "certificate_expired");
  stage.spec.leaf_not_after.reset();
  stage.spec.leaf_not_before = kNow + 1s;
  expect_refused(stage.judge(), "chain", "certificate_not_yet_valid");
  // Judged at now, 120 s of skew on notBefore would do; the signed time must still lie in the leaf's life.
  expect_refused(stage.judge(stage.options().clock_skew(120s)), "freshness", "timestamp_outside_certificate");
  stage.spec.leaf_not_before = second;
  expect_accepted(stage.judge());
  stage.spec.leaf_not_before = second + 1s;
  expect_refused(stage.judge(), "freshness", "timestamp_outside_certificate");
}

TEST(NitroVerdict, TakesADocumentFromAClockAheadWithinTheSkewOnly) {
  AwsStage stage;
  stage.spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kNow) + 999ms;
  expect_accepted(stage.judge());
  stage.spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kNow) + 2s;
  expect_refused(stage.judge(), "freshness", "evidence_not_yet_valid");
  expect_accepted(stage.judge(stage.options().clock_skew(2s)));
  expect_refused(stage.judge(stage.options().clock_skew(1s)), "freshness", "evidence_not_yet_valid");
}

// ATTACK(N7)
TEST(NitroVerdict, CountsTheAgeFromTheSignedTime) {
  AwsStage stage;  // 30 s old
  expect_accepted(stage.judge(stage.options().max_age(30s)));
  const VerificationResult strict = stage.judge(stage.options().max_age(29s));
  expect_refused(strict, "freshness", "evidence_too_old");
  EXPECT_FALSE(strict.freshness_verified());
  expect_refused(stage.judge(stage.options().max_age(-1s)), "freshness", "evidence_too_old");
  // A day is the default; only leaves that no genuine hierarchy issues live that long.
  stage.spec.leaf_not_after = kNow + 48h;
  expect_accepted(
      stage.judge(stage.options().at(std::chrono::floor<std::chrono::seconds>(stage.spec.timestamp) + 24h)));
  expect_refused(
      stage.judge(stage.options().at(std::chrono::floor<std::chrono::seconds>(stage.spec.timestamp) + 24h + 1s)),
      "freshness", "evidence_too_old");
}

// Judged at now, clocks may disagree by 120 s; at a given time they may not.
TEST(NitroVerdict, AddsTheSkewToTheAge) {
  const AwsStage stage;  // 30 s old
  for (const auto& [age, skew, accepted] : {std::tuple{29s, 1s, true}, {28s, 1s, false}, {0s, 30s, true}}) {
    NitroRules rules;
    rules.max_age = std::max(age, 1s);
    for (const VerifyOptions& options :
         {stage.options().max_age(age), stage.options().max_age(age).with_policy(nitro_policy(rules))}) {
      const VerificationResult verdict = stage.judge(VerifyOptions(options).clock_skew(skew));
      EXPECT_EQ(verdict.valid(), accepted) << describe(verdict);
      EXPECT_EQ(verdict.freshness_verified(), accepted);
      if (accepted) {
        EXPECT_EQ(verdict.valid_until(), std::chrono::floor<std::chrono::seconds>(stage.spec.timestamp) + age + skew);
      }
    }
  }
  expect_refused(stage.judge(stage.options().max_age(-1s).clock_skew(120s)), "freshness", "evidence_too_old");
  // Now.
  AwsStage present;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  present.spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(now) - 60s;
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.replace_trust_anchors({present.maker.hierarchy().root().certificate}).max_age(1s);
  expect_accepted(present.judge(options));
  expect_refused(present.judge(VerifyOptions(options).at(now)), "freshness", "evidence_too_old");
}

TEST(NitroVerdict, TakesTheStricterAgeOfCallerAndPolicy) {
  const AwsStage stage;  // 30 s old
  for (const auto& [caller, policy, entry, accepted] :
       {std::tuple{60s, 60s, 60s, true}, {29s, 60s, 60s, false}, {60s, 29s, 60s, false}, {60s, 60s, 29s, false}}) {
    PolicyRules rules;
    rules.freshness.max_age = policy;
    NitroRules nitro;
    nitro.max_age = entry;
    rules.any_of.emplace_back(nitro);
    const VerificationResult verdict =
        stage.judge(stage.options().max_age(caller).with_policy(Policy::from_rules(rules).value()));
    EXPECT_EQ(verdict.valid(), accepted) << describe(verdict);
    if (accepted) {
      EXPECT_EQ(verdict.valid_until(), std::chrono::floor<std::chrono::seconds>(stage.spec.timestamp) + 60s);
    } else {
      EXPECT_TRUE(has_failure(verdict, "freshness", "evidence_too_old")) << describe(verdict);
      EXPECT_EQ(verdict.policy_verified(), false);
    }
  }
}

// Design D7: none needed by default; what was demanded and is not there is a failure.
TEST(NitroVerdict, NeedsNoRevocationListsUnlessTheyAreDemanded) {
  const AwsStage stage;
  const VerificationResult demanded = stage.judge(stage.options().revocation(Revocation::require));
  expect_refused(demanded, "revocation", "revocation_missing");
  EXPECT_FALSE(demanded.certificate_chain_verified());
  expect_accepted(stage.judge(stage.options().revocation(Revocation::if_available)));
  const VerificationResult off = stage.judge(stage.options().revocation(Revocation::off));
  expect_accepted(off);
  EXPECT_TRUE(has_warning(off, "revocation_not_checked"));
  // A policy that says nothing of it demands what is the default here.
  const VerificationResult under_policy = stage.judge(stage.options().with_policy(nitro_policy({})));
  expect_accepted(under_policy);
  EXPECT_FALSE(has_warning(under_policy, "revocation_not_checked"));
}

// ATTACK(N11)
TEST(NitroVerdict, TakesATpmOnlyWhenAskedForByName) {
  AwsStage stage;
  stage.spec.tpm = true;
  expect_accepted(stage.judge());
  VerifyOptions unnamed = VerifyOptions::unbound_replay_possible();
  unnamed.at(kNow).replace_trust_anchors({stage.maker.hierarchy().root().certificate});
  expect_refused(stage.judge(unnamed), "platform", "platform_not_accepted");
  PolicyRules rules;
  rules.any_of.emplace_back(NitroTpmRules{});
  expect_accepted(stage.judge(VerifyOptions(unnamed).with_policy(Policy::from_rules(rules).value())));
  // An enclave's entry says nothing of it, however its PCRs look.
  VerifyOptions enclave_policy = unnamed;
  enclave_policy.with_policy(nitro_policy({}));
  const VerificationResult verdict = stage.judge(enclave_policy);
  EXPECT_TRUE(has_failure(verdict, "platform", "platform_not_accepted"));
  EXPECT_TRUE(has_failure(verdict, "policy", "platform_not_in_policy"));
  AwsStage enclave;
  expect_refused(enclave.judge(enclave.options().require_platform(Platform::aws_nitro_tpm)), "platform",
                 "platform_mismatch");
}

TEST(NitroVerdict, ReportsUnknownFieldsAndGoesOn) {
  AwsStage stage;
  stage.spec.more_fields = {{"later", Bytes{1}}, {"even_later", Bytes{2}}};
  const VerificationResult verdict = stage.judge();
  expect_accepted(verdict);
  EXPECT_TRUE(std::ranges::any_of(verdict.checks(), [](const Check& check) {
    return check.id == "unknown_fields" && check.actual.starts_with("2 ");
  }));
}

// ATTACK(P9) ATTACK(G6) ATTACK(B16)
TEST(NitroVerdict, TakesSimulatedEvidenceWithPermissionOnly) {
  const simulated::NitroEvidenceMaker maker;
  simulated::NitroDocumentSpec spec;
  spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kNow);
  const AttestationReport report = maker.report(spec);
  const AttestationVerifier verifier(no_collateral());
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(kNow);
  const VerificationResult refused = verifier.verify(report, options);
  expect_refused(refused, "platform", "simulated_not_accepted");
  EXPECT_TRUE(refused.simulated());
  const VerificationResult allowed =
      verifier.verify(report, VerifyOptions(options).accept_simulated(InsecureSimulation::for_development_only()));
  expect_accepted(allowed);
  EXPECT_TRUE(allowed.simulated());
  EXPECT_TRUE(has_warning(allowed, "simulated"));
  const VerificationResult as_anchor =
      verifier.verify(report, VerifyOptions(options).replace_trust_anchors({maker.hierarchy().root().certificate}));
  expect_refused(as_anchor, "chain", "trust_anchor_refused");
}

TEST(NitroVerdict, HoldsTheEnvelopeToTheDocument) {
  const AwsStage stage;
  AttestationReport report = stage.report();
  report.platform = Platform::aws_nitro_tpm;
  expect_refused(stage.judge(report, stage.options()), "platform", "platform_mismatch");
  report = stage.report();
  report.simulated = true;
  expect_refused(stage.judge(report, stage.options()), "platform", "simulated_mismatch");
  report = stage.report();
  report.event_log = {1};
  report.tpm_quote = {1};
  const VerificationResult verdict = stage.judge(report, stage.options());
  EXPECT_TRUE(has_failure(verdict, "event_log", "event_log_not_supported"));
  EXPECT_TRUE(has_failure(verdict, "platform", "tpm_quote_not_supported"));
  report = stage.report();
  report.certificate_chain = {stage.maker.leaf(stage.spec)};
  expect_refused(stage.judge(report, stage.options()), "chain", "certificate_chain_mismatch");
}

TEST(NitroVerdict, CallsBrokenDocumentsMalformed) {
  const AwsStage stage;
  AttestationReport report = stage.report();
  report.evidence.push_back(0);
  expect_refused(stage.judge(report, stage.options()), "format", "malformed_evidence");
  report.evidence = Bytes(1000, 0x01);
  report.platform = Platform::aws_nitro;
  expect_refused(stage.judge(report, stage.options()), "format", "malformed_evidence");
  report.evidence = stage.report().evidence;
  report.evidence.resize(nitro::kMaxDocumentSize + 1);
  expect_refused(stage.judge(report, stage.options()), "format", "evidence_too_large");
  AwsStage other_digest;
  other_digest.spec.digest = "SHA512";
  expect_refused(other_digest.judge(), "format", "unsupported_evidence");
}

TEST(NitroVerdict, NeedsAChallengeWhereThePolicyDemandsOne) {
  const AwsStage stage;
  PolicyRules rules;
  rules.freshness.require_challenge = true;
  rules.any_of.emplace_back(NitroRules{});
  const Policy policy = Policy::from_rules(rules).value();
  expect_refused(stage.judge(stage.options().with_policy(policy)), "freshness", "challenge_required");
  const auto nonce = EvidenceNonce::from_caller_data(*stage.spec.nonce).value();
  expect_accepted(stage.judge(stage.prepared(VerifyOptions::bound_to_nonce(nonce)).with_policy(policy)));
}

}  // namespace
}  // namespace tenzro::tee::test
