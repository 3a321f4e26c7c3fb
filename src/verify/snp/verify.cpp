// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/verify.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "evidence/snp/claims.hpp"
#include "verify/admission.hpp"
#include "verify/azure_guest.hpp"
#include "verify/denials.hpp"
#include "verify/policy_entries.hpp"
#include "verify/snp/chain.hpp"
#include "verify/snp/evidence.hpp"
#include "verify/snp/leaf.hpp"
#include "verify/snp/report_checks.hpp"
#include "verify/snp/rules.hpp"
#include "verify/vtpm_rules.hpp"

namespace tenzro::tee::snp {

namespace {

using demanded_by::kVendor;

/// The product that the signed processor id says; false when it says one that has no root among ours.
bool read_product(const Report& report, std::optional<Product>& out, VerdictBuilder& verdict) {
  const auto cpu = report.cpu_id();
  if (!cpu) {
    return true;
  }
  out = product_of(*cpu);
  if (out) {
    return true;
  }
  const std::string actual = concat("family ", unsigned{cpu->family}, ", model ", unsigned{cpu->model}, ", stepping ",
                                    unsigned{cpu->stepping});
  verdict.fail("product", kVendor,
               {"platform", "product_unknown",
                concat("the report is of a processor whose product has no root here (", actual, ")")},
               "Milan, Genoa or Turin", actual);
  return false;
}

PlatformTcb tcb_of(const Report& report, Product product) {
  PlatformTcb out;
  out.product = product;
  if (const auto cpu = report.cpu_id()) {
    out.line = silicon_line_of(*cpu);
  }
  out.reported = read_tcb(report.reported_tcb(), product);
  out.committed = read_tcb(report.committed_tcb(), product);
  out.current = read_tcb(report.current_tcb(), product);
  out.launch = read_tcb(report.launch_tcb(), product);
  out.smt_off = !bit_of(report.policy(), policy_bit::kSmt) && !bit_of(report.platform_info(), platform_bit::kSmtEn);
  return out;
}

/// All that can be said of a report once its chain and signature hold.
void judge_content(const AttestationReport& report, const Evidence& evidence, const Leaf& leaf, Product product,
                   const LeafExtensions& extensions, SnpClaims claims, const Question& question, bool all_current,
                   VerdictBuilder& verdict) {
  const PlatformTcb tcb = tcb_of(evidence.report, product);
  judge_policy_constants(evidence.report, verdict);
  judge_tcb_relations(evidence.report, tcb, verdict);
  const TcbAssessment assessment = assess_tcb(tcb);
  verdict.set_tcb(assessment.verdict);

  const AzureOutcome azure = judge_azure_guest(
      report, {azure::HclKind::snp, evidence.paravisor, evidence.report.whole(), evidence.report.report_data()},
      verdict);
  if (azure.guest) {
    claims.azure = azure.guest->claims;
  }
  claims.csp_id = leaf.vlek ? extensions.csp_id : std::nullopt;
  verdict.set_claims(claims);
  if (!verdict.has_failure_in("platform", 0)) {
    verdict.mark_platform_verified();
  }

  const PlatformFacts facts{tcb,
                            assessment,
                            evidence.report.author_key_enabled(),
                            is_provisional(evidence.report, tcb),
                            leaf.vlek ? extensions.csp_id : std::nullopt,
                            evidence.report.current_version(),
                            evidence.report.committed_version()};
  const auto* const entry = judge_policy<SnpRules>(
      question, verdict,
      [&](const SnpRules& rules, std::string_view source) { return appraise(claims, facts, rules, source); },
      [&](const SnpRules& rules) { return !azure.guest || lets_paravisor_answer(&rules, question.accept_paravisor); });
  judge_denials(claims, question, verdict);
  judge_user_data(evidence.report.report_data(), azure, paravisor_standing(question, entry), question, all_current,
                  verdict);
}

}  // namespace

bool judge_report(const AttestationReport& report, const Question& question, VerdictBuilder& verdict) {
  verdict.set_platform(Platform::amd_sev_snp);
  const auto evidence = read_evidence(report, *question.recall, verdict);
  if (!evidence) {
    return false;
  }
  verdict.set_firmware_version(firmware_version(evidence->report));
  SnpClaims claims = snp_claims(evidence->report);
  verdict.set_claims(claims);
  judge_wanted_platform(Platform::amd_sev_snp, "an SEV-SNP guest", report, question, verdict);
  if (evidence->paravisor || !report.runtime_data.empty()) {
    judge_enclosures({Enclosure::runtime_data, Enclosure::tpm_quote}, report, verdict);
  } else {
    judge_enclosures({Enclosure::runtime_data}, report, verdict);
  }

  std::optional<Product> by_cpu;
  if (!judge_constants(evidence->report, verdict) || !read_product(evidence->report, by_cpu, verdict) ||
      !judge_signature_form(evidence->report, verdict)) {
    return false;
  }
  const x509::AnchorSet& anchors = anchors_for(*evidence, question);
  verdict.set_anchors(anchors.kind());
  question.recall->set_anchors(anchors.id());
  std::vector<x509::CertificatePtr> issuers;
  const auto leaf = choose_leaf(evidence->report, by_cpu, evidence->certificates, anchors, question, issuers, verdict);
  if (!leaf || !judge_signing_key(evidence->report, *leaf, verdict)) {
    return false;
  }
  const auto product = judge_product(by_cpu, *leaf, verdict);
  if (!product) {
    return false;
  }
  claims.product = to_string(*product);
  verdict.set_claims(claims);

  judge_simulation(report, question, anchors, verdict);
  const auto chain = judge_chain(*evidence, *leaf, issuers, anchors, question, verdict);
  if (!chain) {
    return false;
  }
  const std::size_t failures_before = verdict.failure_count();
  const RevocationOutcome revocation = judge_revocation(*evidence, *leaf, *chain, anchors, question, verdict);
  const bool not_revoked = !verdict.has_failure_in("revocation", failures_before);
  if (not_revoked) {
    verdict.mark_chain_verified();
  }
  if (!judge_report_signature(*leaf, verdict)) {
    return false;
  }
  // Not before the signature: AMD hands the certificate of any chip to anybody, and a report costs nothing to make up.
  if (not_revoked && (anchors.kind() != TrustAnchors::simulated || is_simulation_accepted(question))) {
    question.recall->remember();
  }
  const LeafExtensions* const extensions = judge_leaf_binding(evidence->report, *leaf, *product, verdict);
  if (extensions == nullptr) {
    return false;
  }
  // A memory is raised only by what nothing speaks against.
  if (leaf->document && question.at_now && not_revoked) {
    CollateralRequest request = request_for(CollateralKind::amd_chain, evidence->report, leaf->product);
    request.root = chain->root->der();
    request.simulated = anchors.kind() == TrustAnchors::simulated;
    request.at_now = true;
    leaf->source->accepted(request, *leaf->document);
  }
  judge_content(report, *evidence, *leaf, *product, *extensions, std::move(claims), question,
                not_revoked && revocation.list_judged, verdict);
  return true;
}

}  // namespace tenzro::tee::snp
