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
#include "verify/tdx/collateral.hpp"
#include "verify/tdx/enclave_checks.hpp"
#include "verify/tdx/event_log.hpp"
#include "verify/tdx/quote_signatures.hpp"
#include "verify/tdx/rules.hpp"
#include "verify/tdx/tcb_evaluation.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kCaller;
using demanded_by::kDefault;
using demanded_by::kPolicy;
using demanded_by::kVendor;

template <class Rules>
constexpr Platform kPlatformOf = std::is_same_v<Rules, TdxRules> ? Platform::intel_tdx : Platform::intel_sgx;

/// What Intel's own rules and the caller say about the kind of evidence.
void judge_kind(const Quote& quote, Platform platform, const AttestationReport& report, const Question& question,
                VerdictBuilder& verdict) {
  const std::string is(to_string(platform));
  if (report.platform != Platform::unknown && report.platform != platform) {
    verdict.fail("platform", kVendor,
                 {"platform", "platform_mismatch",
                  concat("the envelope says ", to_string(report.platform), ", its evidence is ", is)},
                 std::string(to_string(report.platform)), is);
  }
  if (question.required_platform && *question.required_platform != platform) {
    verdict.fail("platform", kCaller,
                 {"platform", "platform_mismatch",
                  concat("the evidence is ", is, ", ", to_string(*question.required_platform), " was asked for")},
                 std::string(to_string(*question.required_platform)), is);
  }
  const bool named = question.required_platform == platform;
  const bool in_policy =
      question.policy != nullptr &&
      std::any_of(question.policy->any_of.begin(), question.policy->any_of.end(), [&](const PlatformRules& entry) {
        return std::visit([&](const auto& rules) { return kPlatformOf<std::decay_t<decltype(rules)>> == platform; },
                          entry);
      });
  if (platform == Platform::intel_sgx && !named && !in_policy) {
    verdict.fail("platform", kDefault,
                 {"platform", "platform_not_accepted", "this is an SGX enclave, which nobody asked for by name"}, {},
                 is);
  }
  for (const auto& [what, bytes] : {std::pair<std::string_view, const Bytes&>{"event_log", report.event_log},
                                    {"runtime_data", report.runtime_data},
                                    {"tpm_quote", report.tpm_quote},
                                    {"device_evidence", report.device_evidence}}) {
    if (bytes.empty() || (what == "event_log" && quote.is_tdx())) {
      continue;
    }
    verdict.fail(
        what, kDefault,
        {what == "event_log" ? "event_log" : (what == "device_evidence" ? "device" : "platform"),
         concat(what, "_not_supported"), concat("the envelope carries ", what, ", which this version cannot judge")});
  }
  if (quote.trailing_bytes > 0) {
    verdict.pass("trailing_bytes", kVendor, {}, concat(quote.trailing_bytes, " unsigned bytes dropped"));
  }
}

std::vector<x509::CertificatePtr> known_roots(const Question& question, Platform platform) {
  std::vector<x509::CertificatePtr> out;
  for (const x509::AnchorSet* set :
       {question.custom_anchors, &x509::AnchorSet::pinned(), x509::AnchorSet::simulated()}) {
    if (set == nullptr) {
      continue;
    }
    const auto roots = set->roots(platform, ChainRole::evidence_signer);
    out.insert(out.end(), roots.begin(), roots.end());
  }
  return out;
}

/// Custom roots where the caller gave some; else whichever compiled-in set the root in the quote belongs to.
const x509::AnchorSet& choose_anchors(const Question& question, Platform platform,
                                      const std::vector<x509::CertificatePtr>& chain) {
  if (question.custom_anchors != nullptr) {
    return *question.custom_anchors;
  }
  const x509::AnchorSet* simulated = x509::AnchorSet::simulated();
  if (simulated != nullptr && simulated->has_root(platform, ChainRole::evidence_signer, chain.back()->der())) {
    return *simulated;
  }
  return x509::AnchorSet::pinned();
}

void judge_simulation(const AttestationReport& report, const Question& question, const x509::AnchorSet& anchors,
                      VerdictBuilder& verdict) {
  const bool simulated = anchors.kind() == TrustAnchors::simulated;
  if (report.simulated && !simulated) {
    verdict.fail(
        "simulated", kVendor,
        {"platform", "simulated_mismatch", "the envelope says that its evidence is simulated, which it is not"}, "true",
        "false");
  }
  if (!simulated) {
    return;
  }
  if (!question.accept_simulated) {
    verdict.fail("simulated", kDefault,
                 {"platform", "simulated_not_accepted", "this evidence is simulated and proves nothing"}, "false",
                 "true");
  } else if (question.policy != nullptr && !question.policy->allow_simulated) {
    verdict.fail("simulated", kPolicy,
                 {"policy", "simulated_not_accepted",
                  "this evidence is simulated and the policy refuses that (allow_simulated)"},
                 "false", "true");
  } else {
    verdict.pass("simulated", kCaller, "allowed", "true");
    verdict.warn({"platform", "simulated", "this evidence is SIMULATED: it proves nothing about any machine"});
  }
}

/// What the envelope says of the chain must be what the quote says.
bool judge_envelope_chain(const AttestationReport& report, const std::vector<x509::CertificatePtr>& chain,
                          VerdictBuilder& verdict) {
  if (report.certificate_chain.empty() ||
      std::ranges::equal(report.certificate_chain, chain,
                         [](const Bytes& der, const x509::CertificatePtr& certificate) {
                           return std::ranges::equal(der, certificate->der());
                         })) {
    return true;
  }
  verdict.fail("certificate_chain", kVendor,
               {"chain", "certificate_chain_mismatch", "the envelope's certificate chain is not that of its quote"});
  return false;
}

bool judge_chain(const std::vector<x509::CertificatePtr>& chain, Platform platform, const x509::AnchorSet& anchors,
                 const Question& question, VerdictBuilder& verdict) {
  const ChainResult result = ChainChecker::check(chain, platform, ChainRole::evidence_signer, anchors, question.moment);
  verdict.set_certificates(result.certificates());
  for (const Finding& failure : result.failures()) {
    verdict.fail("pck_chain", kVendor, failure);
  }
  if (!result.valid()) {
    if (result.failures().empty()) {
      verdict.fail("pck_chain", kVendor, {"chain", "untrusted_root", "the PCK chain does not end in a trusted root"});
    }
    return false;
  }
  verdict.pass("pck_chain", kVendor, {}, concat("ends in a ", to_string(anchors.kind()), " root"));
  return true;
}

/// One entry for the platform must pass entirely; otherwise the one that came closest is reported.
template <class Rules, class PlatformClaims>
void judge_policy(const PlatformClaims& claims, const PlatformFacts& facts, const Question& question,
                  VerdictBuilder& verdict) {
  if (question.policy == nullptr) {
    std::move(appraise(claims, facts, Rules{}, kDefault)).report_to(verdict);
    return;
  }
  std::optional<Appraisal> closest;
  for (const PlatformRules& entry : question.policy->any_of) {
    const Rules* rules = std::get_if<Rules>(&entry);
    if (rules == nullptr) {
      continue;
    }
    Appraisal appraisal = appraise(claims, facts, *rules, kPolicy);
    if (!closest || appraisal.failure_count() < closest->failure_count()) {
      closest = std::move(appraisal);
    }
    if (closest->passed()) {
      break;
    }
  }
  if (!closest) {
    verdict.fail(
        "policy.platform", kPolicy,
        {"policy", "platform_not_in_policy", concat("the policy has no entry for ", to_string(kPlatformOf<Rules>))});
    return;
  }
  std::move(*closest).report_to(verdict);
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
  auto chain = read_pck_chain(quote, known_roots(question, platform), verdict);
  if (!chain || !judge_qe_report_signature(quote, *chain->front(), verdict)) {
    return std::nullopt;
  }
  verdict.mark_signature_verified();
  return chain;
}

/// The claims that stand in the PCK certificate.
void add_pck_claims(const PckExtension& pck, Claims& claims) {
  std::visit([&pck](auto& platform_claims) { platform_claims.fmspc = pck.fmspc; }, claims);
  if (auto* td = std::get_if<TdxClaims>(&claims)) {
    td->pce_id = pck.pce_id;
  }
}

/// The quoting enclave, the TDX module, the TCB.
TcbAssessment judge_platform(const Quote& quote, const Claims& claims, const PckExtension& pck,
                             const TrustedCollateral& collateral, VerdictBuilder& verdict) {
  const SgxReport qe = read_qe_report(quote);
  bool genuine = judge_qe(qe, collateral.qe_identity, verdict);
  if (quote.is_tdx()) {
    genuine &= judge_tdx_module(quote, collateral.tcb_info, verdict);
  }
  PlatformSvns svns{pck.tcb_components, pck.pce_svn, qe.isv_svn, {}, {}};
  if (const auto* td = std::get_if<TdxClaims>(&claims)) {
    svns.tee_tcb_svn = td->tee_tcb_svn;
    svns.tee_tcb_svn2 = td->tee_tcb_svn2;
  }
  TcbAssessment tcb = assess_tcb(svns, collateral.tcb_info, collateral.qe_identity);
  tcb.verdict.collateral_expires = collateral.expires;
  verdict.set_tcb(tcb.verdict);
  if (genuine && !verdict.has_failure_in("platform", 0)) {
    verdict.mark_platform_verified();
  }
  return tcb;
}

/// What the caller wants of it. tcb: null where it could not be evaluated.
void judge_claims(const AttestationReport& report, const Quote& quote, const Claims& claims, const PckExtension& pck,
                  const TcbAssessment* tcb, const Question& question, VerdictBuilder& verdict) {
  const auto extension = quote.is_tdx() ? read_td_report(quote).extension : std::nullopt;
  PlatformFacts facts{pck, tcb, question.moment.at, extension ? &*extension : nullptr, nullptr};
  const auto* td = std::get_if<TdxClaims>(&claims);
  if (td == nullptr) {
    judge_policy<SgxRules>(std::get<SgxClaims>(claims), facts, question, verdict);
    return;
  }
  const auto event_log = judge_event_log(report.event_log, *td, verdict);
  facts.event_log = event_log ? &*event_log : nullptr;
  judge_policy<TdxRules>(*td, facts, question, verdict);
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
  const x509::AnchorSet& anchors = choose_anchors(question, platform, *chain);
  verdict.set_anchors(anchors.kind());
  judge_simulation(report, question, anchors, verdict);
  if (!judge_envelope_chain(report, *chain, verdict) || !judge_chain(*chain, platform, anchors, question, verdict)) {
    return false;
  }

  const x509::CertificatePtr& leaf = (*chain)[0];
  const x509::CertificatePtr& intermediate = (*chain)[1];
  const auto pck = read_pck_extension(*leaf, *intermediate, verdict);
  if (!pck) {
    return false;
  }
  add_pck_claims(*pck, claims);
  verdict.set_claims(claims);

  // Collateral: asked for only now, since only an anchored chain may say which is needed.
  const std::size_t failures_before = verdict.failure_count();
  const CollateralNeeds needs{platform, pck->fmspc, pck->pce_id, leaf, intermediate, (*chain)[2]};
  const auto collateral = judge_collateral(question, needs, anchors, verdict);
  const bool not_revoked = !verdict.has_failure_in("revocation", failures_before);
  if (not_revoked) {
    verdict.mark_chain_verified();
  }
  std::optional<TcbAssessment> tcb;
  if (collateral) {
    tcb = judge_platform(quote, claims, *pck, *collateral, verdict);
  }

  judge_claims(report, quote, claims, *pck, tcb ? &*tcb : nullptr, question, verdict);
  // Fresh means that all of it is: lists that were not looked at, or not there, are not known to be.
  const bool all_current = collateral && not_revoked && collateral->lists_judged;
  judge_user_data(quote, question, all_current, verdict);
  return true;
}

}  // namespace tenzro::tee::tdx
