// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/verify.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "verify/admission.hpp"
#include "verify/azure_guest.hpp"
#include "verify/denials.hpp"
#include "verify/policy_entries.hpp"
#include "verify/tdx/collateral.hpp"
#include "verify/tdx/enclave_checks.hpp"
#include "verify/tdx/event_log.hpp"
#include "verify/tdx/quote_signatures.hpp"
#include "verify/tdx/rules.hpp"
#include "verify/tdx/tcb_evaluation.hpp"
#include "verify/vtpm_rules.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kVendor;

/// What Intel's own rules and the caller say about the kind of evidence.
void judge_kind(const Quote& quote, Platform platform, const AttestationReport& report, const Question& question,
                VerdictBuilder& verdict) {
  judge_wanted_platform(platform, "an SGX enclave", report, question, verdict);
  if (quote.is_tdx() && !report.runtime_data.empty()) {
    judge_enclosures({Enclosure::event_log, Enclosure::runtime_data, Enclosure::tpm_quote}, report, verdict);
  } else if (quote.is_tdx()) {
    judge_enclosures({Enclosure::event_log, Enclosure::runtime_data}, report, verdict);
  } else {
    judge_enclosures({}, report, verdict);
  }
  if (quote.trailing_bytes > 0) {
    verdict.pass("trailing_bytes", kVendor, {}, concat(quote.trailing_bytes, " unsigned bytes dropped"));
  }
}

std::optional<Quote> read_quote(ByteView evidence, VerdictBuilder& verdict) {
  if (evidence.size() > kMaxQuoteSize) {
    verdict.fail("format", kVendor,
                 {"format", "evidence_too_large",
                  concat("the evidence has ", evidence.size(), " bytes, at most ", kMaxQuoteSize, " are accepted")});
    return std::nullopt;
  }
  auto parsed = parse_quote(evidence);
  if (!parsed) {
    verdict.fail(
        "format", kVendor,
        {"format", parsed.error().code() == ErrorCode::unsupported ? "unsupported_evidence" : "malformed_evidence",
         parsed.error().message()});
    return std::nullopt;
  }
  return *std::move(parsed);
}

/// What the quote says of itself, all but its chain: cheap, and without it nothing else means anything. The PCK chain,
/// whose leaf signed it and which nothing vouches for yet.
std::optional<std::vector<x509::CertificatePtr>> judge_signatures(const Quote& quote, Platform platform,
                                                                  const Question& question, VerdictBuilder& verdict) {
  if (!judge_constants(quote, verdict) || !judge_quote_signature(quote, verdict)) {
    return std::nullopt;
  }
  auto chain = read_pck_chain(quote, known_roots(question, platform), *question.recall, verdict);
  if (!chain) {
    return std::nullopt;
  }
  question.recall->set_anchors(choose_anchors(question, platform, chain->back()->der()).id());
  if (!judge_qe_report_signature(quote, *chain->front(), question.recall->checks(), verdict)) {
    return std::nullopt;
  }
  verdict.mark_signature_verified();
  return chain;
}

/// The claims that stand in the PCK certificate.
void add_pck_claims(const PckExtension& pck, Claims& claims) {
  if (auto* td = std::get_if<TdxClaims>(&claims)) {
    td->fmspc = pck.fmspc;
    td->pce_id = pck.pce_id;
  } else {
    std::get<SgxClaims>(claims).fmspc = pck.fmspc;
  }
}

/// The quoting enclave, the TDX module, the TCB.
TcbAssessment judge_platform(const Quote& quote, const Claims& claims, const PckExtension& pck,
                             const TrustedCollateral& collateral, VerdictBuilder& verdict) {
  const SgxReport qe = read_qe_report(quote);
  bool genuine = judge_qe(qe, *collateral.qe_identity, verdict);
  if (quote.is_tdx()) {
    genuine &= judge_tdx_module(quote, *collateral.tcb_info, verdict);
  }
  PlatformSvns svns{pck.tcb_components, pck.pce_svn, qe.isv_svn, {}, {}};
  if (const auto* td = std::get_if<TdxClaims>(&claims)) {
    svns.tee_tcb_svn = td->tee_tcb_svn;
    svns.tee_tcb_svn2 = td->tee_tcb_svn2;
  }
  TcbAssessment tcb = assess_tcb(svns, *collateral.tcb_info, *collateral.qe_identity);
  verdict.set_tcb(tcb.verdict);
  if (genuine && !verdict.has_failure_in("platform", 0)) {
    verdict.mark_platform_verified();
  }
  return tcb;
}

/// What the caller wants of it. tcb: null where it could not be evaluated.
/// Returns the entry of the policy that was met, for TDX.
const TdxRules* judge_claims(const AttestationReport& report, const Quote& quote, const Claims& claims,
                             const PckExtension& pck, const TcbAssessment* tcb, const Question& question,
                             VerdictBuilder& verdict) {
  const auto extension = quote.is_tdx() ? read_td_report(quote).extension : std::nullopt;
  PlatformFacts facts{pck, tcb, question.moment.at, extension ? &*extension : nullptr, nullptr};
  const auto* td = std::get_if<TdxClaims>(&claims);
  if (td == nullptr) {
    judge_policy<SgxRules>(question, verdict, [&](const SgxRules& rules, std::string_view source) {
      return appraise(std::get<SgxClaims>(claims), facts, rules, source);
    });
    return nullptr;
  }
  const auto event_log = judge_event_log(report.event_log, *td, verdict);
  facts.event_log = event_log ? &*event_log : nullptr;
  const bool azure = td->azure.has_value();
  return judge_policy<TdxRules>(
      question, verdict,
      [&](const TdxRules& rules, std::string_view source) { return appraise(*td, facts, rules, source); },
      [&](const TdxRules& rules) { return !azure || lets_paravisor_answer(&rules, question.accept_paravisor); });
}

}  // namespace

bool judge_quote(const AttestationReport& report, const Question& question, VerdictBuilder& verdict) {
  const auto parsed = read_quote(report.evidence, verdict);
  if (!parsed) {
    return false;
  }
  const Quote& quote = *parsed;
  const Platform platform = quote.is_tdx() ? Platform::intel_tdx : Platform::intel_sgx;
  verdict.set_platform(platform);
  verdict.set_firmware_version(firmware_version(quote));
  Claims claims = quote.is_tdx() ? Claims(tdx_claims(quote)) : Claims(sgx_claims(quote));
  verdict.set_claims(claims);
  judge_kind(quote, platform, report, question, verdict);

  const auto chain = judge_signatures(quote, platform, question, verdict);
  if (!chain) {
    return false;
  }

  // The chain, and with it which world this evidence belongs to.
  const x509::AnchorSet& anchors = choose_anchors(question, platform, chain->back()->der());
  verdict.set_anchors(anchors.kind());
  judge_simulation(report, question, anchors, verdict);
  if (!judge_envelope_chain(report, *chain, verdict) ||
      !judge_chain("pck_chain", *chain, platform, anchors, question, verdict)) {
    return false;
  }

  const x509::CertificatePtr& leaf = (*chain)[0];
  const x509::CertificatePtr& intermediate = (*chain)[1];
  const auto pck = read_pck_extension(*leaf, *intermediate, verdict);
  if (!pck) {
    return false;
  }
  add_pck_claims(*pck, claims);
  AzureOutcome azure;
  if (auto* td = std::get_if<TdxClaims>(&claims)) {
    azure = judge_azure_guest(report, {azure::HclKind::tdx, {}, {}, report_data(quote)}, verdict);
    td->azure = azure.guest ? std::optional(azure.guest->claims) : std::nullopt;
  }
  verdict.set_claims(claims);

  // Collateral: asked for only now, since only an anchored chain may say which is needed.
  const std::size_t failures_before = verdict.failure_count();
  const CollateralNeeds needs{platform, pck->fmspc, pck->pce_id, leaf, intermediate, (*chain)[2]};
  const auto collateral = judge_collateral(question, needs, anchors, verdict);
  const bool not_revoked = !verdict.has_failure_in("revocation", failures_before);
  if (not_revoked) {
    verdict.mark_chain_verified();
    // Everybody has the key of the simulated root: what nobody asked for may not fill the memory.
    if (anchors.kind() != TrustAnchors::simulated || is_simulation_accepted(question)) {
      question.recall->remember();
    }
  }
  std::optional<TcbAssessment> tcb;
  if (collateral) {
    tcb = judge_platform(quote, claims, *pck, *collateral, verdict);
  }

  const TdxRules* const entry = judge_claims(report, quote, claims, *pck, tcb ? &*tcb : nullptr, question, verdict);
  judge_denials(claims, question, verdict);
  // Fresh means that all of it is: lists that were not looked at, or not there, are not known to be.
  const bool all_current = collateral && not_revoked && collateral->lists_judged;
  judge_user_data(report_data(quote), azure, paravisor_standing(question, entry), question, all_current, verdict);
  return true;
}

}  // namespace tenzro::tee::tdx
