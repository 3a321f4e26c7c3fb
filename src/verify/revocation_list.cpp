// SPDX-License-Identifier: Apache-2.0
#include "verify/revocation_list.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"

namespace tenzro::tee {

using demanded_by::kPolicy;
using demanded_by::kVendor;
using x509::RevocationList;
using x509::RevocationListPtr;

namespace {

/// The compiled-in set, other than the evidence's own, whose root signed this list; null when none did. Whoever mixes
/// hierarchies of the same names deserves to be told so, whatever else is wrong with the list.
const x509::AnchorSet* other_signer(const RevocationListPtr& list, Platform platform, const x509::AnchorSet& anchors) {
  for (const x509::AnchorSet* set : {&x509::AnchorSet::pinned(), x509::AnchorSet::simulated()}) {
    if (set == nullptr || set->kind() == anchors.kind()) {
      continue;
    }
    for (const x509::CertificatePtr& root : set->roots(platform, ChainRole::evidence_signer)) {
      if (list->check_signature(*root).empty()) {
        return set;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::string_view switched_off_by(const Question& question) {
  return question.revocation_named == Revocation::off ? demanded_by::kCaller : kPolicy;
}

DocumentKind<RevocationList> lists_of(const x509::Certificate& issuer) {
  DocumentKind<RevocationList> kind;
  kind.parse = [](const CollateralDocumentPtr& document) { return RevocationList::parse(document->body); };
  kind.fits = [&issuer](const RevocationList& list) { return std::ranges::equal(list.issuer(), issuer.subject()); };
  kind.describe = [](const RevocationList& list) { return concat("a list of ", printable(list.issuer_common_name())); };
  kind.rank = [](const RevocationList& list) {
    return Rank{list.this_update(), list.next_update(), list.number().value_or(Bytes{})};
  };
  return kind;
}

ChosenList judge_list(const ListNeeded& needed, const Question& question, DocumentFinder& finder,
                      VerdictBuilder& verdict) {
  const auto& [wording, issuer, platform, anchors, kind] = needed;
  auto chosen = finder.find(wording, kind, issuer.common_name());
  if (!chosen) {
    return std::nullopt;
  }
  const RevocationListPtr& list = chosen->parsed;
  finder.note_use(*chosen->document, list->sha256(), list->this_update(), list->next_update());
  std::vector<Finding> failures =
      list->check(issuer, question.moment.at, question.moment.skew, &question.recall->checks());
  std::string_view source = kVendor;
  if (failures.empty() && finder.is_too_old(list->this_update())) {
    source = kPolicy;
    failures.push_back({"revocation", "collateral_too_old",
                        concat("issued ", to_rfc3339(list->this_update()), ", longer ago than the policy allows")});
  }
  if (failures.empty()) {
    verdict.pass(wording.check_id(), kVendor, {}, concat(list->revoked_count(), " certificates revoked"));
    return chosen;
  }
  if (!list->check_signature(issuer, &question.recall->checks()).empty()) {
    if (const x509::AnchorSet* other = other_signer(list, platform, anchors)) {
      failures = {{"revocation", "anchor_set_mixed",
                   concat("signed under the ", to_string(other->kind()), " roots, while the evidence stands under the ",
                          to_string(anchors.kind()), " ones; one verdict uses one set")}};
    }
  }
  for (Finding& failure : failures) {
    failure.message = concat(wording.name, " (", printable(chosen->document->source), "): ", failure.message);
    verdict.fail(wording.check_id(), source, std::move(failure));
  }
  return std::nullopt;
}

void judge_not_revoked(const RevocationListPtr& list, const x509::Certificate& certificate, std::string_view id,
                       std::string_view what, VerdictBuilder& verdict) {
  if (!list) {
    return;
  }
  const std::string serial = to_hex(certificate.serial());
  if (!list->revokes(certificate.serial())) {
    verdict.pass(id, kVendor, "not revoked", concat("serial ", serial));
    return;
  }
  verdict.fail(id, kVendor,
               {"revocation", "certificate_revoked",
                concat("the ", what, " \"", printable(certificate.common_name()), "\", serial ", serial,
                       ", is revoked by ", printable(list->issuer_common_name()))},
               "not revoked", "revoked");
}

}  // namespace tenzro::tee
