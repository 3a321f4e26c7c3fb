// SPDX-License-Identifier: Apache-2.0
// Simulated evidence never passes as real, and one verdict rests on one set of roots.
#include <gtest/gtest.h>

#include "made/simulated_intel.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::test {
namespace {

const InsecureSimulation kPermission = InsecureSimulation::for_development_only();

VerifyOptions plain() {
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(kNow);
  return options;
}

AttestationReport simulated_report() {
  const simulated::TdxEvidenceMaker maker;
  return maker.report(simulated::tdx_quote_spec(), kIssued);
}

// ATTACK(B16): no verdict without the permission, and none with it that does not say so.
TEST(Simulation, IsRefusedWithoutPermissionAndMarkedWithIt) {
  const AttestationVerifier verifier(no_collateral());
  const VerificationResult refused = verifier.verify(simulated_report(), plain());
  expect_refused(refused, "platform", "simulated_not_accepted");
  EXPECT_TRUE(refused.simulated());

  const VerificationResult accepted = verifier.verify(simulated_report(), plain().accept_simulated(kPermission));
  expect_accepted(accepted);
  EXPECT_TRUE(accepted.simulated());
  EXPECT_EQ(accepted.trust_anchors(), TrustAnchors::simulated);
  EXPECT_TRUE(has_warning(accepted, "simulated"));
}

TEST(Simulation, APolicyCanRefuseWhatTheCallerPermits) {
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  const AttestationVerifier verifier(no_collateral());
  expect_refused(verifier.verify(simulated_report(),
                                 plain().accept_simulated(kPermission).with_policy(*Policy::from_rules(rules))),
                 "policy", "simulated_not_accepted");
  rules.allow_simulated = true;
  expect_accepted(verifier.verify(simulated_report(),
                                  plain().accept_simulated(kPermission).with_policy(*Policy::from_rules(rules))));
  expect_refused(verifier.verify(simulated_report(), plain().with_policy(*Policy::from_rules(rules))), "platform",
                 "simulated_not_accepted");
}

// ATTACK(P9): the root decides, never the envelope.
TEST(Simulation, TheRootDecidesNotTheEnvelope) {
  const AttestationVerifier verifier(no_collateral());
  AttestationReport report = simulated_report();
  report.simulated = false;
  expect_refused(verifier.verify(report, plain()), "platform", "simulated_not_accepted");

  IntelStage real_enough;  // under a root of the caller's, hence not simulated
  report = real_enough.report();
  report.simulated = true;
  const AttestationVerifier with_documents(std::make_shared<FixedSource>(real_enough.made_documents()));
  expect_refused(with_documents.verify(report, real_enough.options()), "platform", "simulated_mismatch");
}

// ATTACK(X18): evidence under one set of roots, collateral under another.
TEST(Simulation, AnchorSetsAreNeverMixed) {
  IntelStage custom;  // documents of the simulated hierarchy for evidence of another
  const IntelStage simulated_stage("tenzro-sim-intel-v1");
  custom.documents = simulated_stage.made_documents();
  const VerificationResult verdict = custom.judge();
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(has_failure(verdict, "chain", "anchor_set_mixed")) << describe(verdict);
  EXPECT_TRUE(has_failure(verdict, "revocation", "anchor_set_mixed")) << describe(verdict);

  // And the reverse: simulated evidence with foreign documents.
  const IntelStage foreign("another-hierarchy");
  const AttestationVerifier verifier(std::make_shared<FixedSource>(foreign.made_documents()));
  const VerificationResult reverse = verifier.verify(simulated_report(), plain().accept_simulated(kPermission));
  EXPECT_TRUE(has_failure(reverse, "chain", "root_mismatch")) << describe(reverse);
  EXPECT_TRUE(has_failure(reverse, "revocation", "crl_signature_invalid")) << describe(reverse);
  // Out of date or not: whoever mixes is told so.
  IntelStage stale("test-hierarchy");
  IntelStage expired("tenzro-sim-intel-v1");
  expired.collateral.issued = kNow - std::chrono::days{90};
  stale.documents = expired.made_documents();
  EXPECT_TRUE(has_failure(stale.judge(), "revocation", "anchor_set_mixed")) << describe(stale.judge());
  // A caller's own roots exclude the simulated ones.
  AttestationReport report = simulated_report();
  report.simulated = false;
  expect_refused(AttestationVerifier(no_collateral())
                     .verify(report, plain()
                                         .accept_simulated(kPermission)
                                         .replace_trust_anchors({foreign.maker.hierarchy().root().certificate})),
                 "chain", "root_mismatch");
}

// The permission has a name of its own; the simulated root is no anchor that a caller may name instead.
TEST(Simulation, ItsRootIsNoAnchorOfACallers) {
  AttestationReport report = simulated_report();
  report.simulated = false;
  const VerificationResult verdict =
      AttestationVerifier(no_collateral())
          .verify(report, plain().replace_trust_anchors({simulated::IntelHierarchy().root().certificate}));
  expect_refused(verdict, "chain", "trust_anchor_refused");
}

TEST(Simulation, TheCompiledInRootIsTheMakersRoot) {
  const simulated::IntelHierarchy hierarchy;
  ASSERT_NE(x509::AnchorSet::simulated(), nullptr);
  EXPECT_TRUE(x509::AnchorSet::simulated()->has_root(Platform::intel_tdx, ChainRole::evidence_signer,
                                                     hierarchy.root().certificate));
  EXPECT_FALSE(x509::AnchorSet::pinned().has_root(Platform::intel_tdx, ChainRole::evidence_signer,
                                                  hierarchy.root().certificate));
}

}  // namespace
}  // namespace tenzro::tee::test
