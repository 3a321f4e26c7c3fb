// SPDX-License-Identifier: Apache-2.0
#include "verify/nitro/revocation.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "verify/revocation_list.hpp"
#include "x509/asn1_parts.hpp"

namespace tenzro::tee::nitro {

namespace {

using demanded_by::kDefault;
using x509::CertificatePtr;

/// A policy's `require` is what it says when it says nothing: it demands no more than what is usual, which is nothing.
Revocation mode_of(const Question& question) {
  return question.revocation_named == Revocation::require ? Revocation::require : Revocation::if_available;
}

bool is_wanted(const x509::Certificate& subject, const Question& question) {
  const bool asked = question.revocation == Revocation::if_available ||
                     question.revocation_named == Revocation::require ||
                     question.revocation_named == Revocation::if_available;
  return asked && subject.extension(x509::oid::kCrlDistributionPoints) != nullptr;
}

/// Every certificate of the chain that bears the name of its issuer: the next one, and a root itself.
void look_up(const x509::RevocationListPtr& list, std::span<const CertificatePtr> chain, VerdictBuilder& verdict) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (std::ranges::equal(chain[i]->issuer(), list->issuer())) {
      judge_not_revoked(list, *chain[i], concat("not_revoked.", i), "certificate", verdict);
    }
  }
}

}  // namespace

bool judge_revocation(std::span<const CertificatePtr> chain, Platform platform, const x509::AnchorSet& anchors,
                      const Question& question, VerdictBuilder& verdict) {
  if (question.revocation == Revocation::off) {
    verdict.skip("revocation", switched_off_by(question), "revocation is switched off");
    verdict.warn({"revocation", "revocation_not_checked",
                  "revocation is switched off: a withdrawn certificate would go unnoticed"});
    return true;
  }
  Question asked = question;
  asked.revocation = mode_of(question);
  const std::size_t failures_before = verdict.failure_count();
  std::vector<std::pair<DocumentFinder, ChosenDocument<x509::RevocationList>>> used;
  bool any_wanted = false;
  for (std::size_t i = chain.size() - 1; i > 0; --i) {  // from the root down; a leaf issues nothing
    const x509::Certificate& issuer = *chain[i];
    const bool wanted = is_wanted(*chain[i - 1], question);
    any_wanted = any_wanted || wanted;
    const std::string id = concat(to_string(CollateralKind::nitro_crl), ".", i);
    const Wording wording = {CollateralKind::nitro_crl, "revocation", "AWS revocation list",
                             wanted ? "revocation_missing" : "", id};
    DocumentFinder finder(
        asked,
        [&, platform](CollateralKind) {
          CollateralRequest out;
          out.platform = platform;
          out.root = chain.back()->der();
          out.issuer = issuer.der();
          out.simulated = anchors.kind() == TrustAnchors::simulated;
          return out;
        },
        verdict);
    auto list = judge_list({wording, issuer, platform, anchors, lists_of(issuer)}, asked, finder, verdict);
    if (list) {
      look_up(list->parsed, chain, verdict);
      used.emplace_back(std::move(finder), *std::move(list));
    }
  }
  const bool good = verdict.failure_count() == failures_before;
  if (good && used.empty() && !any_wanted) {
    verdict.skip("revocation", kDefault, "AWS's certificates need no list, and none of theirs was supplied");
  }
  for (auto& [finder, list] : used) {
    if (good) {
      finder.accept(list);
    }
  }
  return good;
}

}  // namespace tenzro::tee::nitro
