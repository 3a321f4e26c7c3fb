// SPDX-License-Identifier: Apache-2.0
// The steps of AWS's "Verifying the root of trust", and those that it leaves to the reader: time, debug mode, binding.
#include "verify/nitro/verify.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "evidence/nitro/claims.hpp"
#include "evidence/nitro/document.hpp"
#include "verify/admission.hpp"
#include "verify/denials.hpp"
#include "verify/nitro/binding.hpp"
#include "verify/nitro/revocation.hpp"
#include "verify/nitro/rules.hpp"
#include "verify/policy_entries.hpp"
#include "verify/signed_age.hpp"

namespace tenzro::tee::nitro {

namespace {

using demanded_by::kCaller;
using demanded_by::kVendor;

std::optional<Document> read_document(const AttestationReport& report, VerdictBuilder& verdict) {
  if (report.evidence.size() > kMaxDocumentSize) {
    verdict.fail(
        "format", kVendor,
        {"format", "evidence_too_large",
         concat("the evidence has ", report.evidence.size(), " bytes, at most ", kMaxDocumentSize, " are accepted")});
    return std::nullopt;
  }
  auto parsed = parse_document(report.evidence);
  if (!parsed) {
    verdict.fail(
        "format", kVendor,
        {"format", parsed.error().code() == ErrorCode::unsupported ? "unsupported_evidence" : "malformed_evidence",
         parsed.error().message()});
    return std::nullopt;
  }
  return *std::move(parsed);
}

void judge_kind(const Document& document, Platform platform, const AttestationReport& report, const Question& question,
                VerdictBuilder& verdict) {
  judge_wanted_platform(platform, "a document of NitroTPM, not of an enclave", report, question, verdict);
  judge_enclosures({}, report, verdict);
  if (document.unknown_fields > 0) {
    verdict.pass("unknown_fields", kVendor, {}, concat(document.unknown_fields, " signed fields not looked at"));
  }
}

/// Leaf first, root last: the bundle turned round. A root that we hold is not parsed again.
std::optional<std::vector<x509::CertificatePtr>> read_chain(const Document& document,
                                                            const std::vector<x509::CertificatePtr>& known,
                                                            Recollection& recall, VerdictBuilder& verdict) {
  std::vector<ByteView> ders = {document.certificate};
  ders.insert(ders.end(), document.cabundle().rbegin(), document.cabundle().rend());
  std::vector<x509::CertificatePtr> chain;
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const auto same = [&](const x509::CertificatePtr& root) { return std::ranges::equal(root->der(), ders[i]); };
    if (const auto root = std::ranges::find_if(known, same); root != known.end()) {
      chain.push_back(*root);
      continue;
    }
    auto certificate = recall.certificate(ders[i]);
    if (!certificate) {
      verdict.fail("document_chain", kVendor,
                   {"chain", "certificate_malformed", concat("certificate ", i, ": ", certificate.error().message())});
      return std::nullopt;
    }
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

/// Over the bytes as they were received, under the key of the document's own certificate. A key of another kind is
/// left for the chain's check to name.
bool judge_signature(const Document& document, const x509::Certificate& leaf, VerdictBuilder& verdict) {
  const auto& key = leaf.ec_key();
  if (!key || key->curve() != crypto::Curve::p384) {
    verdict.skip("document_signature", kVendor, "the document's certificate has no P-384 key");
    return true;
  }
  const cose::SigStructureHead head(document.envelope.payload.size());
  if (!key->verify(crypto::Hash::sha384, {head.view(), document.envelope.payload}, document.envelope.signature)) {
    verdict.fail("document_signature", kVendor,
                 {"signature", "document_signature_invalid",
                  "the document is not signed by the key of the certificate in it: its bytes were altered"});
    return false;
  }
  verdict.pass("document_signature", kVendor);
  verdict.mark_signature_verified();
  return true;
}

/// The signed time lies in the life of the certificate that signed, and neither ahead of our clock nor too far back.
bool judge_time(const Document& document, const x509::Certificate& leaf, const Question& question,
                VerdictBuilder& verdict) {
  const std::chrono::sys_time<std::chrono::milliseconds> signed_at(
      std::chrono::milliseconds(static_cast<std::int64_t>(document.timestamp_ms)));
  const UtcTime second = std::chrono::floor<std::chrono::seconds>(signed_at);
  const std::string shown = to_rfc3339(signed_at);
  const std::string life = concat(to_rfc3339(leaf.not_before()), " to ", to_rfc3339(leaf.not_after()));
  if (second < leaf.not_before() || second > leaf.not_after()) {
    verdict.fail("timestamp", kVendor,
                 {"freshness", "timestamp_outside_certificate",
                  concat("signed at ", shown, ", while the certificate that signed is valid from ", life)},
                 life, shown);
    return false;
  }
  if (second > question.moment.at + question.moment.skew) {
    verdict.fail("timestamp", kVendor,
                 {"freshness", "evidence_not_yet_valid",
                  concat("signed at ", shown, ", which is after ", to_rfc3339(question.moment.at))},
                 concat("until ", to_rfc3339(question.moment.at)), shown);
    return false;
  }
  if (!is_young_enough(signed_at, question.moment, question.max_age)) {
    verdict.fail("timestamp", kCaller, too_old(signed_at, question.moment.at, question.max_age),
                 concat("at most ", question.max_age.count(), " s old"), shown);
    return false;
  }
  verdict.pass("timestamp", kVendor, life, shown);
  verdict.limit_valid_until(young_until(signed_at, question.moment, question.max_age));
  return true;
}

void judge_rules(const Claims& claims, const Question& question, VerdictBuilder& verdict) {
  if (const auto* enclave = std::get_if<NitroClaims>(&claims)) {
    judge_policy<NitroRules>(question, verdict, [&](const NitroRules& rules, std::string_view source) {
      return appraise(*enclave, question.moment, rules, source);
    });
  } else if (const auto* tpm = std::get_if<NitroTpmClaims>(&claims)) {
    judge_policy<NitroTpmRules>(question, verdict, [&](const NitroTpmRules& rules, std::string_view source) {
      return appraise(*tpm, question.moment, rules, source);
    });
  }
}

}  // namespace

bool judge_document(const AttestationReport& report, const Question& question, VerdictBuilder& verdict) {
  const auto document = read_document(report, verdict);
  if (!document) {
    return false;
  }
  const bool enclave = document->kind == Kind::enclave;
  const Platform platform = enclave ? Platform::aws_nitro : Platform::aws_nitro_tpm;
  const Claims claims = enclave ? Claims(nitro_claims(*document)) : Claims(nitro_tpm_claims(*document));
  verdict.set_platform(platform);
  verdict.set_claims(claims);
  judge_kind(*document, platform, report, question, verdict);

  const auto chain = read_chain(*document, known_roots(question, platform), *question.recall, verdict);
  if (!chain || !judge_signature(*document, *chain->front(), verdict)) {
    return false;
  }

  // The chain, and with it which world this evidence belongs to.
  const x509::AnchorSet& anchors = choose_anchors(question, platform, chain->back()->der());
  verdict.set_anchors(anchors.kind());
  question.recall->set_anchors(anchors.id());
  judge_simulation(report, question, anchors, verdict);
  if (!judge_envelope_chain(report, *chain, verdict) ||
      !judge_chain("document_chain", *chain, platform, anchors, question, verdict)) {
    return false;
  }
  const bool not_revoked = judge_revocation(*chain, platform, anchors, question, verdict);
  if (not_revoked) {
    verdict.mark_chain_verified();
    // Everybody has the key of the simulated root: what nobody asked for may not fill the memory.
    if (anchors.kind() != TrustAnchors::simulated || is_simulation_accepted(question)) {
      question.recall->remember();
    }
  }
  if (!verdict.has_failure_in("platform", 0)) {
    verdict.mark_platform_verified();
  }

  const bool in_time = judge_time(*document, *chain->front(), question, verdict);
  judge_rules(claims, question, verdict);
  judge_denials(claims, question, verdict);
  const bool bound = judge_binding(*document, question, verdict);
  if (in_time && bound && not_revoked) {
    verdict.mark_freshness_verified();
  }
  return true;
}

}  // namespace tenzro::tee::nitro
