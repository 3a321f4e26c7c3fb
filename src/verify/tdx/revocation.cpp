// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/revocation.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr Wording kRootCrl = {CollateralKind::root_crl, "revocation", "Intel root CA revocation list",
                              "revocation_missing"};
constexpr Wording kPckCrl = {CollateralKind::pck_crl, "revocation", "PCK CA revocation list", "revocation_missing"};

}  // namespace

RevocationLists judge_revocation(const Question& question, const CollateralNeeds& needs, const x509::AnchorSet& anchors,
                                 DocumentFinder& finder, VerdictBuilder& verdict) {
  if (question.revocation == Revocation::off) {
    const std::string_view source = switched_off_by(question);
    verdict.skip(to_string(CollateralKind::root_crl), source, "revocation is switched off");
    verdict.skip(to_string(CollateralKind::pck_crl), source, "revocation is switched off");
    verdict.warn({"revocation", "revocation_not_checked",
                  "revocation is switched off: a withdrawn certificate would go unnoticed"});
    return {};
  }
  RevocationLists lists;
  if (const ChosenList chosen = judge_list({kRootCrl, *needs.root, needs.platform, anchors, lists_of(*needs.root)},
                                           question, finder, verdict)) {
    lists.root = chosen->parsed;
    finder.accept(*chosen);
  }
  judge_not_revoked(lists.root, *needs.root, "not_revoked.root", "root certificate", verdict);
  judge_not_revoked(lists.root, *needs.intermediate, "not_revoked.pck_ca", "PCK CA certificate", verdict);
  if (const ChosenList chosen =
          judge_list({kPckCrl, *needs.intermediate, needs.platform, anchors, lists_of(*needs.intermediate)}, question,
                     finder, verdict)) {
    lists.pck = chosen->parsed;
    // A CA that the root has revoked may have signed anything.
    if (lists.root && !lists.root->revokes(needs.intermediate->serial())) {
      finder.accept(*chosen);
    }
  }
  judge_not_revoked(lists.pck, *needs.leaf, "not_revoked.pck", "PCK certificate", verdict);
  return lists;
}

}  // namespace tenzro::tee::tdx
