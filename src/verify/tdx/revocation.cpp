// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/revocation.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kPolicy;
using demanded_by::kVendor;
using x509::RevocationListPtr;

constexpr Wording kRootCrl = {CollateralKind::root_crl, "revocation", "Intel root CA's revocation list",
                              "revocation_missing"};
constexpr Wording kPckCrl = {CollateralKind::pck_crl, "revocation", "PCK CA's revocation list", "revocation_missing"};

DocumentKind<RevocationListPtr> lists_of(const x509::Certificate& issuer) {
  DocumentKind<RevocationListPtr> kind;
  kind.parse = [](const CollateralDocument& document) { return x509::RevocationList::parse(document.body); };
  kind.fits = [&issuer](const RevocationListPtr& list) { return std::ranges::equal(list->issuer(), issuer.subject()); };
  kind.describe = [](const RevocationListPtr& list) {
    return concat("a list of ", printable(list->issuer_common_name()));
  };
  kind.rank = [](const RevocationListPtr& list) {
    return Rank{list->this_update(), list->next_update(), list->number().value_or(Bytes{})};
  };
  return kind;
}

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

using ChosenList = std::optional<ChosenDocument<RevocationListPtr>>;

/// The list that decides, when it is good.
ChosenList judge_list(const Wording& wording, const x509::Certificate& issuer, const Question& question,
                      const CollateralNeeds& needs, const x509::AnchorSet& anchors, DocumentDesk& desk,
                      VerdictBuilder& verdict) {
  auto chosen = desk.find(wording, lists_of(issuer), issuer.common_name());
  if (!chosen) {
    return std::nullopt;
  }
  const RevocationListPtr& list = chosen->parsed;
  desk.note_use(wording.kind, list->sha256(), list->this_update(), list->next_update());
  std::vector<Finding> failures = list->check(issuer, question.moment.at, question.moment.skew);
  std::string_view source = kVendor;
  if (failures.empty() && desk.is_too_old(list->this_update())) {
    source = kPolicy;
    failures.push_back({"revocation", "collateral_too_old",
                        concat("issued ", to_rfc3339(list->this_update()), ", longer ago than the policy allows")});
  }
  if (failures.empty()) {
    verdict.pass(to_string(wording.kind), kVendor, {}, concat(list->revoked_count(), " certificates revoked"));
    return chosen;
  }
  if (!list->check_signature(issuer).empty()) {
    if (const x509::AnchorSet* other = other_signer(list, needs.platform, anchors)) {
      failures = {{"revocation", "anchor_set_mixed",
                   concat("signed under the ", to_string(other->kind()), " roots, while the evidence stands under the ",
                          to_string(anchors.kind()), " ones; one verdict uses one set")}};
    }
  }
  for (Finding& failure : failures) {
    failure.message = concat(wording.name, " (", printable(chosen->document->source), "): ", failure.message);
    verdict.fail(to_string(wording.kind), source, std::move(failure));
  }
  return std::nullopt;
}

}  // namespace

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

RevocationLists judge_revocation(const Question& question, const CollateralNeeds& needs, const x509::AnchorSet& anchors,
                                 DocumentDesk& desk, VerdictBuilder& verdict) {
  if (question.revocation == Revocation::off) {
    const std::string_view source = demanded_by::kCaller;
    verdict.skip(to_string(CollateralKind::root_crl), source, "revocation is switched off");
    verdict.skip(to_string(CollateralKind::pck_crl), source, "revocation is switched off");
    verdict.warn({"revocation", "revocation_not_checked",
                  "revocation is switched off: a withdrawn certificate would go unnoticed"});
    return {};
  }
  RevocationLists lists;
  if (const ChosenList chosen = judge_list(kRootCrl, *needs.root, question, needs, anchors, desk, verdict)) {
    lists.root = chosen->parsed;
    desk.accept(*chosen);
  }
  judge_not_revoked(lists.root, *needs.root, "not_revoked.root", "root certificate", verdict);
  judge_not_revoked(lists.root, *needs.intermediate, "not_revoked.pck_ca", "PCK CA certificate", verdict);
  if (const ChosenList chosen = judge_list(kPckCrl, *needs.intermediate, question, needs, anchors, desk, verdict)) {
    lists.pck = chosen->parsed;
    // A CA that the root has revoked may have signed anything.
    if (lists.root && !lists.root->revokes(needs.intermediate->serial())) {
      desk.accept(*chosen);
    }
  }
  judge_not_revoked(lists.pck, *needs.leaf, "not_revoked.pck", "PCK certificate", verdict);
  return lists;
}

}  // namespace tenzro::tee::tdx
