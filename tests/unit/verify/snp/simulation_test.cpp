// SPDX-License-Identifier: Apache-2.0
// Simulated SEV-SNP evidence: judged like any other with permission, refused without, and never mixed with anything.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "collateral/bundle.hpp"
#include "collateral/contents_source.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "provider/simulated/snp_evidence.hpp"
#include "provider/simulated/snp_layout.hpp"
#include "support/alterations.hpp"
#include "support/findings.hpp"
#include "support/snp_vectors.hpp"
#include "tenzro/tee.hpp"
#include "verify/snp/verify.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::test {
namespace {

using simulated::SnpEvidenceMaker;
using simulated::SnpReportSpec;
using simulated::vlek_report_spec;

const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");
const UtcTime kIssued = kNow - std::chrono::hours{24};
const InsecureSimulation kPermission = InsecureSimulation::for_development_only();

const SnpEvidenceMaker& simulation() {
  static const SnpEvidenceMaker maker;
  return maker;
}
/// Of the same names, under keys of its own.
const SnpEvidenceMaker& another() {
  static const SnpEvidenceMaker maker("another");
  return maker;
}

VerifyOptions plain() { return VerifyOptions::unbound_replay_possible().at(kNow); }
VerifyOptions permitted() { return plain().accept_simulated(kPermission); }
/// Evidence of the other hierarchy is good under its own root.
VerifyOptions trusting_another() { return plain().replace_trust_anchors({another().hierarchy().ark().certificate}); }

VerificationResult judge(const AttestationReport& report, const VerifyOptions& options,
                         std::vector<CollateralDocument> documents = {}) {
  collateral::Contents files;
  files.documents = std::move(documents);
  return AttestationVerifier(std::make_shared<collateral::ContentsSource>(files)).verify(report, options);
}
Codes refusals(const AttestationReport& report, const VerifyOptions& options,
               std::vector<CollateralDocument> documents = {}) {
  const VerificationResult verdict = judge(report, options, std::move(documents));
  EXPECT_FALSE(verdict.valid());
  EXPECT_FALSE(verdict.verified());
  return codes_in(verdict.failures());
}

CollateralDocument amd_list(Bytes body) {
  CollateralDocument out;
  out.kind = CollateralKind::amd_crl;
  out.body = std::move(body);
  out.source = "crl.der";
  return out;
}
CollateralDocument list_of(const SnpEvidenceMaker& maker, std::vector<Bytes> revoked = {}) {
  return amd_list(simulated::make_amd_crl(
      {.this_update = kIssued, .next_update = kIssued + std::chrono::days{45}, .revoked_serials = std::move(revoked)},
      maker.hierarchy().ark()));
}
/// Without the list that makers enclose.
AttestationReport bare(AttestationReport report) {
  report.collateral.clear();
  return report;
}

Bytes table_of(const SnpReportSpec& spec, const SnpEvidenceMaker& leaf_of, const Bytes& ask, const Bytes& ark) {
  const Bytes table = leaf_of.certificate_table(spec);
  const ByteView leaf = snp::parse_certificate_table(table)->vcek;
  return simulated::write_certificate_table(
      {{snp::kVcekGuid, Bytes(leaf.begin(), leaf.end())}, {snp::kAskGuid, ask}, {snp::kArkGuid, ark}});
}

Bytes genuine_root() {
  const ByteView der = x509::AnchorSet::pinned().roots(Platform::amd_sev_snp, ChainRole::vcek)[1]->der();
  return Bytes(der.begin(), der.end());
}

// Everybody has the key of the simulated root: what nobody asked for may not fill a verifier's memory.
TEST(SnpSimulation, LeavesNothingInAMemoryUnlessAskedFor) {
  Memory memory{MemoryLimits{}};
  const AttestationReport report = simulation().report(SnpReportSpec{}, kIssued);
  const auto worked_out = [&](bool accepted) {
    Recollection recall(memory);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.revocation = Revocation::off;
    question.accept_simulated = accepted;
    VerdictBuilder verdict(kNow);
    EXPECT_TRUE(snp::judge_report(report, question, verdict));
    return recall.checks().worked_out();
  };
  const std::size_t all = worked_out(false);
  EXPECT_GT(all, 0U);
  EXPECT_EQ(worked_out(false), all);
  EXPECT_EQ(worked_out(true), all);
  EXPECT_EQ(worked_out(true), 0U) << "asked for, it is evidence like any other";
}

// ATTACK(B16): no verdict without the permission, and none with it that does not say so.
TEST(SnpSimulation, IsRefusedWithoutPermissionAndMarkedWithIt) {
  for (const std::uint32_t version : {3U, 4U, 5U}) {
    for (SnpReportSpec spec : {SnpReportSpec{}, vlek_report_spec()}) {
      spec.version = version;
      const AttestationReport report = simulation().report(spec, kIssued);
      EXPECT_EQ(refusals(report, plain()), Codes{"simulated_not_accepted"});
      EXPECT_TRUE(judge(report, plain()).simulated());

      const VerificationResult accepted = judge(report, permitted());
      EXPECT_TRUE(accepted.valid()) << words_in(accepted.failures());
      EXPECT_TRUE(accepted.simulated());
      EXPECT_EQ(accepted.trust_anchors(), TrustAnchors::simulated);
      EXPECT_EQ(accepted.platform(), Platform::amd_sev_snp);
      EXPECT_TRUE(accepted.platform_verified() && accepted.signature_verified() &&
                  accepted.certificate_chain_verified());
      EXPECT_EQ(accepted.tcb()->status, TcbStatus::up_to_date);
      EXPECT_EQ(codes_in(accepted.warnings()), (Codes{"simulated", "replay_not_ruled_out"}));
      EXPECT_EQ(accepted.valid_until(), kIssued + std::chrono::days{45});
    }
  }
}

TEST(SnpSimulation, ProvesWhatABoundReportSays) {
  const auto data = ReportData::from_caller_data(Bytes{'h', 'e', 'l', 'l', 'o'}).value();
  for (const std::uint32_t version : {3U, 5U}) {
    SnpReportSpec spec;
    spec.version = version;
    std::ranges::copy(data.bytes(), spec.report_data.begin());
    const AttestationReport report = simulation().report(spec, kIssued);
    const VerificationResult verdict =
        judge(report, VerifyOptions::bound_to_caller_data(data).at(kNow).accept_simulated(kPermission));
    EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
    const auto proof = verdict.verified();
    ASSERT_TRUE(proof) << proof.error().message();
    EXPECT_EQ(std::get<SnpClaims>(proof->claims()).measurement, spec.measurement);
    const auto other = ReportData::from_caller_data(Bytes{'w', 'o', 'r', 'l', 'd'}).value();
    EXPECT_EQ(refusals(report, VerifyOptions::bound_to_caller_data(other).at(kNow).accept_simulated(kPermission)),
              Codes{"user_data_mismatch"});
  }
}

TEST(SnpSimulation, OfVersion2IsJudgedByItsIssuer) {
  SnpReportSpec spec;
  spec.version = 2;
  const VerificationResult verdict = judge(simulation().report(spec, kIssued), permitted());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("report_version_old")) << words_in(verdict.warnings());
}

TEST(SnpSimulation, APolicyCanRefuseWhatTheCallerPermits) {
  const AttestationReport report = simulation().report({}, kIssued);
  PolicyRules rules;
  rules.any_of.emplace_back(SnpRules{});
  EXPECT_EQ(refusals(report, permitted().with_policy(*Policy::from_rules(rules))), Codes{"simulated_not_accepted"});
  rules.allow_simulated = true;
  EXPECT_TRUE(judge(report, permitted().with_policy(*Policy::from_rules(rules))).valid());
  EXPECT_EQ(refusals(report, plain().with_policy(*Policy::from_rules(rules))), Codes{"simulated_not_accepted"});
}

// ATTACK(P9): the root decides, never the envelope.
TEST(SnpSimulation, TheRootDecidesNotTheEnvelope) {
  AttestationReport report = simulation().report({}, kIssued);
  report.simulated = false;
  EXPECT_EQ(refusals(report, plain()), Codes{"simulated_not_accepted"});
  EXPECT_TRUE(judge(report, permitted()).simulated());

  AttestationReport real_enough = bare(another().report({}, kIssued));  // under a root of the caller's
  real_enough.simulated = false;
  const VerificationResult verdict = judge(real_enough, trusting_another(), {list_of(another())});
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_FALSE(verdict.simulated());
  real_enough.simulated = true;
  EXPECT_EQ(refusals(real_enough, trusting_another(), {list_of(another())}), Codes{"simulated_mismatch"});
}

TEST(SnpSimulation, ItsRootIsNoAnchorOfACallers) {
  AttestationReport report = simulation().report({}, kIssued);
  report.simulated = false;
  EXPECT_EQ(refusals(report, plain().replace_trust_anchors({simulation().hierarchy().ark().certificate})),
            Codes{"trust_anchor_refused"});
  // And a caller's own roots exclude it.
  EXPECT_EQ(refusals(report, trusting_another().accept_simulated(kPermission)), Codes{"root_mismatch"});
}

// ATTACK(X2): the names are nothing, the permission is for one root.
TEST(SnpSimulation, PermissionIsForTheCompiledInRootOnly) {
  EXPECT_EQ(refusals(bare(another().report({}, kIssued)), permitted(), {list_of(another())}),
            (Codes{"root_mismatch", "simulated_mismatch"}));
}

// ATTACK(X18): evidence under one set of roots, its list under another.
TEST(SnpSimulation, ListsOfOtherHierarchiesAreRefused) {
  const AttestationReport report = simulation().report({}, kIssued);
  EXPECT_EQ(refusals(report, permitted(), {list_of(another())}), Codes{"crl_signature_invalid"});
  EXPECT_EQ(refusals(bare(report), permitted(), {list_of(another())}), Codes{"crl_signature_invalid"});
  // A caller who relaxes revocation gets no further.
  EXPECT_EQ(refusals(report, permitted().revocation(Revocation::if_available), {list_of(another())}),
            Codes{"crl_signature_invalid"});
  // And the reverse.
  AttestationReport others = bare(another().report({}, kIssued));
  others.simulated = false;
  EXPECT_EQ(refusals(others, trusting_another(), {list_of(simulation())}), Codes{"anchor_set_mixed"});
  others.collateral = report.collateral;  // enclosed by the sender
  EXPECT_EQ(refusals(others, trusting_another()), Codes{"anchor_set_mixed"});
}

// ATTACK(X18): chains put together from two hierarchies.
TEST(SnpSimulation, ChainsOfTwoHierarchiesAreRefused) {
  const auto with_table = [](const SnpEvidenceMaker& signer, Bytes table) {
    SnpReportSpec spec;
    spec.certificate_table = std::move(table);
    AttestationReport report = signer.report(spec, kIssued);
    report.simulated = false;
    return report;
  };
  const Bytes& ask = simulation().hierarchy().ask().certificate;
  const Bytes& ark = simulation().hierarchy().ark().certificate;
  const Bytes& other_ask = another().hierarchy().ask().certificate;
  const Bytes& other_ark = another().hierarchy().ark().certificate;
  EXPECT_TRUE(judge(with_table(simulation(), table_of({}, simulation(), ask, ark)), permitted()).valid());
  // A foreign leaf, whose key signed the report, under the simulated authorities.
  EXPECT_EQ(refusals(with_table(another(), table_of({}, another(), ask, ark)), permitted()),
            Codes{"certificate_signature_invalid"});
  EXPECT_EQ(refusals(with_table(another(), table_of({}, another(), other_ask, ark)), permitted()),
            Codes{"untrusted_root"});
  // A simulated leaf under authorities of another.
  EXPECT_EQ(refusals(with_table(simulation(), table_of({}, simulation(), other_ask, other_ark)), permitted()),
            Codes{"root_mismatch"});
  EXPECT_EQ(refusals(with_table(simulation(), table_of({}, simulation(), ask, genuine_root())), permitted()),
            Codes{"untrusted_root"});
  // The right chain, and a report that another key signed.
  EXPECT_EQ(refusals(with_table(another(), table_of({}, simulation(), ask, ark)), permitted(), {list_of(simulation())}),
            Codes{"report_signature_invalid"});
}

// ATTACK(X18): real evidence with what is simulated, and the reverse.
TEST(SnpSimulation, IsNeverMixedWithTheRealThing) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence";
  }
  const nlohmann::json one = snp_entry("cases", "s06");
  AttestationReport real;
  real.platform = Platform::amd_sev_snp;
  real.evidence = snp_report(one);
  real.certificate_chain = snp_certificates(one);
  const UtcTime at{std::chrono::seconds{one["verify_at_unix"].get<std::int64_t>()}};
  const auto options = [at] { return VerifyOptions::unbound_replay_possible().at(at); };
  const VerificationResult alone = judge(real, options().revocation(Revocation::off));
  EXPECT_TRUE(alone.valid()) << words_in(alone.failures());

  // A real report with a simulated list, from the caller or enclosed.
  const simulated::CrlSpec dates{.this_update = at - std::chrono::days{1}, .next_update = at + std::chrono::days{1}};
  const auto simulated_list = amd_list(make_amd_crl(dates, simulation().hierarchy().ark()));
  for (const bool permission : {false, true}) {
    const VerifyOptions how = permission ? options().accept_simulated(kPermission) : options();
    EXPECT_EQ(refusals(real, how, {simulated_list}), Codes{"anchor_set_mixed"});
    AttestationReport enclosing = real;
    const std::string bundle = collateral::bundle_to_json({simulated_list});
    enclosing.collateral.assign(bundle.begin(), bundle.end());
    EXPECT_EQ(refusals(enclosing, how), Codes{"anchor_set_mixed"});
  }

  // A real report with a simulated chain for its very chip and TCB.
  const snp::Report report = snp::parse_report(real.evidence).value();
  SnpReportSpec spec;
  std::ranges::copy(report.chip_id(), spec.chip_id.begin());
  spec.reported_tcb = report.reported_tcb();
  AttestationReport forged = real;
  forged.certificate_chain.clear();
  const Bytes table = simulation().certificate_table(spec);
  forged.evidence.insert(forged.evidence.end(), table.begin(), table.end());
  EXPECT_EQ(refusals(forged, options().accept_simulated(kPermission), {simulated_list}),
            Codes{"report_signature_invalid"});
  EXPECT_EQ(refusals(forged, options(), {simulated_list}),
            (Codes{"report_signature_invalid", "simulated_not_accepted"}));

  // A simulated report with AMD's list, which is current.
  const auto genuine_list = amd_list(read_vector("sev-snp/crl/genoa_vcek_crl_2026-08.der"));
  EXPECT_TRUE(judge(real, options(), {genuine_list}).valid());
  EXPECT_EQ(refusals(simulation().report({}, kIssued), options().accept_simulated(kPermission), {genuine_list}),
            Codes{"anchor_set_mixed"});
  // And under AMD's own chain of another chip.
  AttestationReport under_amd = bare(simulation().report({.certificate_table = Bytes(24, 0)}, kIssued));
  under_amd.simulated = false;
  under_amd.certificate_chain = real.certificate_chain;
  EXPECT_EQ(refusals(under_amd, options().accept_simulated(kPermission), {genuine_list}),
            Codes{"report_signature_invalid"});
}

// ATTACK(X11)
TEST(SnpSimulation, HonoursTheListThatItEncloses) {
  const auto revoking = [](const simulated::Identity& who) {
    return list_of(simulation(), {simulated::serial_of(who.certificate)});
  };
  const simulated::AmdHierarchy& amd = simulation().hierarchy();
  const AttestationReport vcek = bare(simulation().report({}, kIssued));
  const AttestationReport vlek = bare(simulation().report(vlek_report_spec(), kIssued));
  EXPECT_EQ(refusals(vcek, permitted()), Codes{"revocation_missing"});
  EXPECT_EQ(refusals(vcek, permitted(), {revoking(amd.ask())}), Codes{"certificate_revoked"});
  EXPECT_EQ(refusals(vcek, permitted(), {revoking(amd.ark())}), Codes{"certificate_revoked"});
  EXPECT_TRUE(judge(vcek, permitted(), {revoking(amd.asvk())}).valid());
  AttestationReport enclosing = vlek;
  const std::string bundle = collateral::bundle_to_json({revoking(amd.asvk())});
  enclosing.collateral.assign(bundle.begin(), bundle.end());
  EXPECT_EQ(refusals(enclosing, permitted()), Codes{"certificate_revoked"});
  // Out of date at either end.
  const AttestationReport whole = simulation().report({}, kIssued);
  EXPECT_EQ(refusals(whole, permitted().at(kIssued + std::chrono::days{45})), Codes{"collateral_expired"});
  EXPECT_EQ(refusals(whole, permitted().at(kIssued - std::chrono::seconds{1})), Codes{"collateral_not_yet_valid"});
}

// ATTACK(S1) ATTACK(S2)
TEST(SnpSimulation, IsHeldToItsChipTcbAndProduct) {
  const auto codes = [](const SnpReportSpec& spec) {
    return refusals(simulation().report(spec, kIssued), permitted());
  };
  EXPECT_EQ(codes({.leaf_chip_id = ByteArray<64>{1}}), Codes{"certificate_hwid_mismatch"});
  EXPECT_EQ(codes({.leaf_tcb = ByteArray<8>{10, 0, 0, 0, 0, 0, 0x1a, 0x56}}), Codes{"certificate_tcb_mismatch"});
  EXPECT_EQ(codes({.cpu_id = {0x19, 0x01, 1}}), Codes{"product_mismatch"});
  EXPECT_EQ(codes({.signed_by_another_key = true}), Codes{"report_signature_invalid"});
  EXPECT_EQ(codes({.policy = 0xb0000}), Codes{"guest_debug"});
  EXPECT_EQ(codes({.leaf_not_after = kNow}), Codes{"certificate_expired"});
}

/// Remembers what it was asked, and has nothing.
class AskedSource final : public CollateralSource {
 public:
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    all_simulated = all_simulated && request.simulated;
    ++asked;
    return std::vector<CollateralDocumentPtr>{};
  }
  bool all_simulated = true;
  std::size_t asked = 0;
};

// Sources that would ask a service are told not to (online/online_source.cpp).
TEST(SnpSimulation, AsksNoServiceForAnything) {
  const auto source = std::make_shared<AskedSource>();
  const AttestationVerifier verifier(source);
  EXPECT_TRUE(verifier.verify(simulation().report({}, kIssued), permitted()).valid());
  EXPECT_FALSE(verifier.verify(bare(simulation().report({}, kIssued)), permitted()).valid());
  SnpReportSpec without_leaf;
  without_leaf.certificate_table =
      simulated::write_certificate_table({{snp::kArkGuid, simulation().hierarchy().ark().certificate}});
  EXPECT_EQ(codes_in(verifier.verify(simulation().report(without_leaf, kIssued), permitted()).failures()),
            Codes{"collateral_missing"});
  EXPECT_GT(source->asked, 0U);
  EXPECT_TRUE(source->all_simulated);
}

// ATTACK(P2): over the report, its signature and the certificate table.
TEST(SnpSimulation, NoFlippedBitIsAccepted) {
  const AttestationVerifier verifier(no_collateral());
  for (const SnpReportSpec& spec : {SnpReportSpec{}, vlek_report_spec()}) {
    const AttestationReport report = simulation().report(spec, kIssued);
    ASSERT_TRUE(verifier.verify(report, permitted()).valid());
    const std::size_t step = stride(32);
    const std::size_t accepted = count_accepted(report.evidence.size() * 8 / step, [&](std::size_t i) {
      AttestationReport altered = report;
      altered.evidence = with_flipped_bit(report.evidence, i, step);
      return verifier.verify(altered, permitted()).valid();
    });
    EXPECT_EQ(accepted, 0U);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
