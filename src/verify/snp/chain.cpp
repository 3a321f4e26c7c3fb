// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/chain.hpp"

#include <algorithm>
#include <string>

#include "collateral/contents_source.hpp"
#include "core/text.hpp"
#include "verify/revocation_list.hpp"
#include "x509/chain_checker.hpp"
#include "x509/known_intermediates.hpp"

namespace tenzro::tee::snp {

namespace {

using demanded_by::kVendor;
using x509::CertificatePtr;

constexpr Platform kPlatform = Platform::amd_sev_snp;
constexpr std::string_view kCheck = "amd_chain";
// A hostile file could hold any number of intermediates of one name.
constexpr std::size_t kMaxIntermediates = 8;

bool same(const x509::Certificate& a, const x509::Certificate& b) { return std::ranges::equal(a.der(), b.der()); }

ChainRole role_of(const Leaf& leaf) { return leaf.vlek ? ChainRole::vlek : ChainRole::vcek; }

/// The self-issued certificate that came with the evidence; null when none did.
CertificatePtr enclosed_root(const Evidence& evidence) {
  const auto found = std::ranges::find_if(evidence.certificates,
                                          [](const CertificatePtr& certificate) { return certificate->self_issued(); });
  return found == evidence.certificates.end() ? nullptr : *found;
}

/// Every intermediate that bears the name of the leaf's issuer: those that were come by with the leaf, those that are
/// known, those of the callers' files.
std::vector<CertificatePtr> intermediates_for(const Leaf& leaf, const std::vector<CertificatePtr>& issuers,
                                              const Question& question) {
  std::vector<CertificatePtr> out;
  const auto consider = [&](const CertificatePtr& certificate) {
    if (out.size() < kMaxIntermediates && !certificate->self_issued() &&
        std::ranges::equal(certificate->subject(), leaf.certificate->issuer()) &&
        std::ranges::none_of(out, [&](const CertificatePtr& known) { return same(*known, *certificate); })) {
      out.push_back(certificate);
    }
  };
  std::ranges::for_each(issuers, consider);
  std::ranges::for_each(x509::known_intermediates(), consider);
  for (const CollateralSource* const source : question.sources) {
    for (const Bytes& der : source->loose_certificates()) {
      if (const auto certificate = question.recall->certificate(der)) {
        consider(*certificate);
      }
    }
  }
  return out;
}

/// The first that holds, else the first that does not.
struct Attempt {
  CertificatePtr intermediate;
  ChainResult result;
};
std::optional<Attempt> try_intermediates(const Leaf& leaf, const std::vector<CertificatePtr>& intermediates,
                                         const CertificatePtr& root, const x509::AnchorSet& anchors,
                                         const Question& question) {
  std::optional<Attempt> failed;
  for (const CertificatePtr& intermediate : intermediates) {
    std::vector<CertificatePtr> path = {leaf.certificate, intermediate};
    if (root) {
      path.push_back(root);
    }
    Attempt attempt{intermediate, ChainChecker::check(path, kPlatform, role_of(leaf), anchors, question.moment,
                                                      &question.recall->checks())};
    if (attempt.result.valid()) {
      return attempt;
    }
    failed = failed ? std::move(failed) : std::optional(std::move(attempt));
  }
  return failed;
}

/// The anchor that a good path ends in.
CertificatePtr anchor_of(const ChainResult& result, const Leaf& leaf, const x509::AnchorSet& anchors) {
  const auto roots = anchors.roots(kPlatform, role_of(leaf));
  const auto found = std::ranges::find_if(
      roots, [&](const CertificatePtr& root) { return root->sha256() == result.certificates().back().sha256; });
  return found == roots.end() ? nullptr : *found;
}

/// Each certificate that came with the report, in its table or its envelope, has its place in the path that was judged.
/// But hosts leave a VCEK in the table that firmware has outgrown, or one beside a VLEK: a leaf is no use to anybody
/// whose key did not sign, and says nothing against the one whose did.
bool judge_enclosed(const Evidence& evidence, const Leaf& leaf, const Chain& chain, VerdictBuilder& verdict) {
  for (std::size_t i = 0; i < evidence.certificates.size(); ++i) {
    const x509::Certificate& one = *evidence.certificates[i];
    const bool is_spare_leaf =
        i < evidence.table_certificates && (one.common_name() == "SEV-VCEK" || one.common_name() == "SEV-VLEK");
    if (!same(one, *leaf.certificate) && !same(one, *chain.intermediate) && !same(one, *chain.root)) {
      if (is_spare_leaf) {
        verdict.warn({"chain", "certificate_unused",
                      concat("the certificate table also holds a ", one.common_name(),
                             " certificate that the report was not signed under; it was not used")});
        continue;
      }
      verdict.fail("certificate_chain", kVendor,
                   {"chain", "certificate_chain_mismatch",
                    concat(i < evidence.table_certificates
                               ? "the certificate table holds a certificate that the report was not signed under: \""
                               : "the envelope's certificate chain is not the one that the report was signed under: \"",
                           printable(one.common_name()), "\" has no place in it")});
      return false;
    }
  }
  return true;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// AMD keeps a list for VCEK chains and one for VLEK chains, both of the same issuer, and neither says which it is:
/// only where it lies does.
bool lies_with_vlek(std::string_view source) {
  // As whole folders of a path or URL, absolute or not, alone or among other words ("bundle.json (from https://...)").
  constexpr std::string_view kFolders = "vlek/v1/";
  constexpr std::string_view kBefore = "/ (";
  const std::string text = lowered(source);
  for (std::size_t at = text.find(kFolders); at != std::string::npos; at = text.find(kFolders, at + 1)) {
    if (at == 0 || kBefore.find(text[at - 1]) != std::string_view::npos) {
      return true;
    }
  }
  const std::size_t slash = text.rfind('/');
  return text.find("vlek", slash == std::string::npos ? 0 : slash) != std::string::npos;
}

/// Lists of this root for this path. Those that came with the report cannot be told apart.
DocumentKind<x509::RevocationList> lists_of_path(const x509::Certificate& root, bool vlek) {
  DocumentKind<x509::RevocationList> kind = lists_of(root);
  kind.lies_right = [vlek](const CollateralDocument& document) {
    return document.source.starts_with(kEnclosedSource) || lies_with_vlek(document.source) == vlek;
  };
  return kind;
}

bool is_known(const x509::Certificate& intermediate) {
  return std::ranges::any_of(x509::known_intermediates(),
                             [&](const CertificatePtr& known) { return same(*known, intermediate); });
}

}  // namespace

const x509::AnchorSet& anchors_for(const Evidence& evidence, const Question& question) {
  if (question.custom_anchors != nullptr) {
    return *question.custom_anchors;
  }
  const CertificatePtr root = enclosed_root(evidence);
  const x509::AnchorSet* const simulated = x509::AnchorSet::simulated();
  if (root && simulated != nullptr && simulated->has_root(kPlatform, ChainRole::evidence_signer, root->der())) {
    return *simulated;
  }
  return x509::AnchorSet::pinned();
}

std::optional<Chain> judge_chain(const Evidence& evidence, const Leaf& leaf, const std::vector<CertificatePtr>& issuers,
                                 const x509::AnchorSet& anchors, const Question& question, VerdictBuilder& verdict) {
  const auto attempt =
      try_intermediates(leaf, intermediates_for(leaf, issuers, question), enclosed_root(evidence), anchors, question);
  if (!attempt) {
    verdict.set_certificates({leaf.certificate->info()});
    verdict.fail(kCheck, kVendor,
                 {"chain", "collateral_missing",
                  concat("no certificate of the leaf's issuer (", leaf.vlek ? "ASVK" : "ASK", ")")});
    return std::nullopt;
  }
  verdict.set_certificates(attempt->result.certificates());
  for (const Finding& failure : attempt->result.failures()) {
    verdict.fail(kCheck, kVendor, failure);
  }
  if (!attempt->result.valid()) {
    return std::nullopt;
  }
  Chain chain{attempt->intermediate, anchor_of(attempt->result, leaf, anchors)};
  if (!chain.root) {
    verdict.fail(kCheck, kVendor, {"chain", "untrusted_root", "the chain does not end in a trusted root"});
    return std::nullopt;
  }
  if (!judge_enclosed(evidence, leaf, chain, verdict)) {
    return std::nullopt;
  }
  verdict.pass(kCheck, kVendor, {}, concat("ends in a ", to_string(anchors.kind()), " root"));
  question.recall->learn(leaf.certificate);
  question.recall->learn(chain.intermediate);
  return chain;
}

RevocationOutcome judge_revocation(const Evidence& evidence, const Leaf& leaf, const Chain& chain,
                                   const x509::AnchorSet& anchors, const Question& question, VerdictBuilder& verdict) {
  const std::string_view id = to_string(CollateralKind::amd_crl);
  if (question.revocation == Revocation::off) {
    verdict.skip(id, switched_off_by(question), "revocation is switched off");
    verdict.warn({"revocation", "revocation_not_checked",
                  "revocation is switched off: a withdrawn certificate would go unnoticed"});
    return {};
  }
  // The sender's list may be of the other path, which names other certificates. Against an intermediate that is known
  // to have been good it says something; of any other it proves nothing, and nothing to who insists on a list.
  Question asked = question;
  collateral::Contents table;
  if (evidence.revocation_list) {
    CollateralDocument list;
    list.kind = CollateralKind::amd_crl;
    list.body = *evidence.revocation_list;
    list.source = kEnclosedSource;
    table.documents.push_back(std::move(list));
  }
  collateral::ContentsSource own(std::move(table));
  const bool simulated = anchors.kind() == TrustAnchors::simulated;
  const bool says_something = is_known(*chain.intermediate) || anchors.kind() == TrustAnchors::custom;
  const bool counts = simulated || (says_something && question.revocation_named != Revocation::require);
  if (counts) {
    asked.sources.push_back(&own);
  } else {
    std::erase(asked.sources, question.enclosed);
  }

  const Wording wording = {CollateralKind::amd_crl, "revocation",
                           leaf.vlek ? "AMD revocation list of VLEK chains" : "AMD revocation list of VCEK chains",
                           "revocation_missing"};
  const auto request = [&](CollateralKind kind) {
    CollateralRequest out = request_for(kind, evidence.report, leaf.product);
    out.root = chain.root->der();
    out.issuer = chain.root->der();
    out.simulated = anchors.kind() == TrustAnchors::simulated;
    return out;
  };
  DocumentFinder finder(asked, request, verdict);
  const ListNeeded needed{wording, *chain.root, kPlatform, anchors, lists_of_path(*chain.root, leaf.vlek)};
  const ChosenList chosen = judge_list(needed, asked, finder, verdict);
  if (!chosen) {
    if (!counts && (evidence.revocation_list || question.enclosed != nullptr)) {
      verdict.warn({"revocation", "revocation_list_by_sender",
                    "a revocation list that came with the report does not count here: the sender may have chosen it"});
    }
    return {};
  }
  judge_not_revoked(chosen->parsed, *chain.root, "not_revoked.ark", "root certificate", verdict);
  judge_not_revoked(chosen->parsed, *chain.intermediate, leaf.vlek ? "not_revoked.asvk" : "not_revoked.ask",
                    leaf.vlek ? "ASVK certificate" : "ASK certificate", verdict);
  const bool by_sender = chosen->source == &own || chosen->source == question.enclosed;
  if (!by_sender) {
    finder.accept(*chosen);
  } else if (!simulated) {  // simulated evidence brings its own, and proves nothing either way
    verdict.warn(
        {"revocation", "revocation_list_by_sender",
         "the revocation list came with the report: AMD's lists for VCEK and for VLEK chains look alike, and the "
         "sender may have chosen"});
  }
  return {simulated || !by_sender};
}

}  // namespace tenzro::tee::snp
