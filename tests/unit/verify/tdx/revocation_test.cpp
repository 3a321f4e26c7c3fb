// SPDX-License-Identifier: Apache-2.0
// Revoked certificates, and lists that must not count.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "made/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

using simulated::serial_of;

std::vector<CollateralDocument> without(std::vector<CollateralDocument> documents, CollateralKind kind) {
  std::erase_if(documents, [kind](const CollateralDocument& document) { return document.kind == kind; });
  return documents;
}

// ATTACK(X11): a revoked leaf, intermediate, TCB signer, and a root in its own list.
TEST(Revocation, RefusesEveryRevokedCertificate) {
  IntelStage leaf;
  leaf.collateral.pck_crl.revoked_serials = {serial_of(leaf.maker.pck_certificate(leaf.quote))};
  expect_refused(leaf.judge(), "revocation", "certificate_revoked");
  EXPECT_FALSE(leaf.judge().certificate_chain_verified());

  IntelStage intermediate;
  intermediate.collateral.root_crl.revoked_serials = {
      serial_of(intermediate.maker.hierarchy().platform_ca().certificate)};
  expect_refused(intermediate.judge(), "revocation", "certificate_revoked");

  IntelStage signer;
  signer.collateral.root_crl.revoked_serials = {serial_of(signer.maker.hierarchy().tcb_signer().certificate)};
  expect_refused(signer.judge(), "revocation", "certificate_revoked");

  IntelStage root;
  root.collateral.root_crl.revoked_serials = {serial_of(root.maker.hierarchy().root().certificate)};
  expect_refused(root.judge(), "revocation", "certificate_revoked");

  IntelStage other;
  other.collateral.pck_crl.revoked_serials = {Bytes{1, 2, 3}};
  expect_accepted(other.judge());
}

TEST(Revocation, AnyReasonRevokes) {
  for (const std::optional<unsigned> reason : {std::optional<unsigned>(), std::optional<unsigned>(0U),
                                               std::optional<unsigned>(6U), std::optional<unsigned>(8U)}) {
    IntelStage stage;
    stage.collateral.pck_crl.reason = reason;
    stage.collateral.pck_crl.revoked_serials = {serial_of(stage.maker.pck_certificate(stage.quote))};
    expect_refused(stage.judge(), "revocation", "certificate_revoked");
  }
}

// ATTACK(X12): a missing list.
TEST(Revocation, MissingListsFailUnlessTheCallerSaysOtherwise) {
  for (const CollateralKind kind : {CollateralKind::root_crl, CollateralKind::pck_crl}) {
    IntelStage stage;
    stage.documents = without(stage.made_documents(), kind);
    const VerificationResult required = stage.judge();
    expect_refused(required, "revocation", "revocation_missing");
    EXPECT_FALSE(required.certificate_chain_verified());

    const VerificationResult relaxed = stage.judge(stage.options().revocation(Revocation::if_available));
    expect_accepted(relaxed);
    EXPECT_TRUE(has_warning(relaxed, "revocation_missing"));

    const VerificationResult off = stage.judge(stage.options().revocation(Revocation::off));
    expect_accepted(off);
    EXPECT_TRUE(has_warning(off, "revocation_not_checked"));
  }
}

TEST(Revocation, TheStricterOfPolicyAndFlagWins) {
  IntelStage stage;
  stage.documents = without(stage.made_documents(), CollateralKind::pck_crl);
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  const Policy strict = *Policy::from_rules(rules);
  expect_refused(stage.judge(stage.options().with_policy(strict).revocation(Revocation::off)), "revocation",
                 "revocation_missing");
  rules.revocation.crl = Revocation::if_available;
  const Policy relaxed = *Policy::from_rules(rules);
  expect_accepted(stage.judge(stage.options().with_policy(relaxed)));
  expect_refused(stage.judge(stage.options().with_policy(relaxed).revocation(Revocation::require)), "revocation",
                 "revocation_missing");
}

// ATTACK(X12): every way in which a list must not count, also when lists are only wanted if available.
TEST(Revocation, RefusesListsThatDoNotCount) {
  const std::vector<std::pair<std::string, std::function<void(simulated::CrlSpec&)>>> defects = {
      {"collateral_expired",
       [](auto& crl) {
         crl.this_update = kNow - std::chrono::days{40};
         crl.next_update = kNow;  // at that very second it is over
       }},
      {"collateral_not_yet_valid",
       [](auto& crl) {
         crl.this_update = kNow + std::chrono::seconds{1};
         crl.next_update = kNow + std::chrono::days{30};
       }},
      {"crl_no_next_update", [](auto& crl) { crl.this_update = kIssued; }},
      {"crl_delta", [](auto& crl) { crl.delta = true; }},
      {"crl_indirect", [](auto& crl) { crl.indirect = true; }},
      {"crl_unknown_critical_extension", [](auto& crl) { crl.unknown_critical_extension = true; }},
      {"crl_no_number", [](auto& crl) { crl.with_number = false; }},
      {"crl_no_authority_key_id", [](auto& crl) { crl.with_authority_key_id = false; }}};
  for (const auto& [code, spoil] : defects) {
    SCOPED_TRACE(code);
    IntelStage root;
    spoil(root.collateral.root_crl);
    expect_refused(root.judge(), "revocation", code);
    expect_refused(root.judge(root.options().revocation(Revocation::if_available)), "revocation", code);
    IntelStage pck;
    spoil(pck.collateral.pck_crl);
    expect_refused(pck.judge(), "revocation", code);
    expect_accepted(pck.judge(pck.options().revocation(Revocation::off)));
  }
}

TEST(Revocation, ToleratesSkewOnThisUpdateOnly) {
  IntelStage stage;
  stage.collateral.pck_crl.this_update = kNow + std::chrono::seconds{120};
  stage.collateral.pck_crl.next_update = kNow + std::chrono::days{30};
  expect_accepted(stage.judge(stage.options().clock_skew(std::chrono::seconds{120})));
  expect_refused(stage.judge(stage.options().clock_skew(std::chrono::seconds{119})), "revocation",
                 "collateral_not_yet_valid");
}

// ATTACK(X12): the list of another CA does not fit, one signed by another key does not count.
TEST(Revocation, RefusesForeignLists) {
  IntelStage stage;
  auto documents = without(stage.made_documents(), CollateralKind::pck_crl);
  simulated::CrlSpec spec;
  spec.this_update = kIssued;
  spec.next_update = kNow + std::chrono::days{7};
  CollateralDocument list;
  list.kind = CollateralKind::pck_crl;
  list.source = "test";
  list.body = simulated::make_crl(spec, stage.maker.hierarchy().processor_ca());
  documents.push_back(list);
  stage.documents = documents;
  expect_refused(stage.judge(), "revocation", "revocation_missing");

  const simulated::IntelHierarchy other("another-hierarchy");
  documents.back().body = simulated::make_crl(spec, other.platform_ca());  // the same name, another key
  stage.documents = documents;
  expect_refused(stage.judge(), "revocation", "crl_signature_invalid");
}

TEST(Revocation, TheNewestCurrentListDecides) {
  IntelStage stage;
  auto documents = stage.made_documents();
  simulated::CrlSpec newer;
  newer.this_update = kIssued;
  newer.next_update = kNow + std::chrono::days{7};
  newer.number = 9;
  newer.revoked_serials = {serial_of(stage.maker.pck_certificate(stage.quote))};
  CollateralDocument list;
  list.kind = CollateralKind::pck_crl;
  list.body = simulated::make_crl(newer, stage.maker.hierarchy().platform_ca());
  for (const bool first : {true, false}) {
    auto both = documents;
    both.insert(first ? both.begin() : both.end(), list);
    stage.documents = both;
    expect_refused(stage.judge(), "revocation", "certificate_revoked");
  }
}

TEST(Revocation, AMalformedListIsNotAMissingOne) {
  IntelStage stage;
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    if (document.kind == CollateralKind::pck_crl) {
      document.body.push_back(0);
    }
  }
  stage.documents = documents;
  expect_refused(stage.judge(), "revocation", "collateral_malformed");
  expect_refused(stage.judge(stage.options().revocation(Revocation::if_available)), "revocation",
                 "collateral_malformed");
}

}  // namespace
}  // namespace tenzro::tee::test
