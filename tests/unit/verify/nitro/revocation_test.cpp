// SPDX-License-Identifier: Apache-2.0
// AWS's revocation lists: none needed, and none ignored.
#include "verify/nitro/revocation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "collateral/bundle.hpp"
#include "unit/verify/simulated_aws.hpp"
#include "verify/nitro/verify.hpp"

namespace tenzro::tee::test {
namespace {

using simulated::CrlSpec;
using simulated::Identity;
using simulated::make_aws_crl;
using simulated::serial_of;

CrlSpec current_list() { return {.this_update = kIssued, .next_update = kNow + std::chrono::days{7}}; }

CollateralDocument document_of(Bytes list) {
  CollateralDocument out;
  out.kind = CollateralKind::nitro_crl;
  out.body = std::move(list);
  out.source = "list.crl";
  return out;
}

const Check* find_check(const VerificationResult& verdict, std::string_view id) {
  const auto found = std::ranges::find(verdict.checks(), id, &Check::id);
  return found == verdict.checks().end() ? nullptr : &*found;
}
bool passed(const VerificationResult& verdict, std::string_view id) {
  const Check* check = find_check(verdict, id);
  return check != nullptr && check->status == CheckStatus::pass;
}

class NitroRevocation : public testing::Test {
 protected:
  const simulated::AwsHierarchy& aws() const { return stage_.maker.hierarchy(); }
  CollateralDocument list_of(const Identity& issuer, const std::vector<Bytes>& revoked = {}) const {
    CrlSpec spec = current_list();
    spec.revoked_serials = revoked;
    return document_of(make_aws_crl(spec, issuer));
  }
  VerificationResult judge_with(std::vector<CollateralDocument> documents) {
    return judge_with(std::move(documents), stage_.options());
  }
  VerificationResult judge_with(std::vector<CollateralDocument> documents, const VerifyOptions& options) {
    stage_.documents = std::move(documents);
    return stage_.judge(options);
  }
  VerifyOptions demanding() const { return stage_.options().revocation(Revocation::require); }

  AwsStage stage_;
};

TEST_F(NitroRevocation, TakesGoodListsThatNobodyDemanded) {
  const VerificationResult verdict = judge_with({list_of(aws().root()), list_of(aws().regional())});
  expect_accepted(verdict);
  EXPECT_TRUE(verdict.certificate_chain_verified() && verdict.freshness_verified());
  // Leaf, instance, zonal, regional, root: by place.
  for (const std::string_view id : {"nitro_crl.4", "nitro_crl.3", "not_revoked.4", "not_revoked.3", "not_revoked.2"}) {
    EXPECT_TRUE(passed(verdict, id)) << id;
  }
  EXPECT_EQ(find_check(verdict, "not_revoked.1"), nullptr);
  ASSERT_EQ(verdict.collateral().size(), 2U);
  EXPECT_EQ(verdict.collateral()[0].kind, CollateralKind::nitro_crl);
}

TEST_F(NitroRevocation, EndsTheVerdictWithItsList) {
  CrlSpec spec = current_list();
  spec.next_update = kNow + std::chrono::minutes{5};
  const VerificationResult verdict = judge_with({document_of(make_aws_crl(spec, aws().root()))});
  expect_accepted(verdict);
  EXPECT_EQ(verdict.valid_until(), *spec.next_update);
}

TEST_F(NitroRevocation, SaysThatThereWasNoList) {
  const VerificationResult verdict = judge_with({});
  expect_accepted(verdict);
  const Check* check = find_check(verdict, "revocation");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->status, CheckStatus::skipped);
  EXPECT_FALSE(has_warning(verdict, "revocation_missing"));
}

// ATTACK(X11): every certificate that a list can name, whether lists were demanded or not.
TEST_F(NitroRevocation, RefusesEveryRevokedCertificate) {
  const std::vector<std::pair<const Identity*, const Identity*>> pairs = {{&aws().root(), &aws().root()},
                                                                          {&aws().root(), &aws().regional()},
                                                                          {&aws().regional(), &aws().zonal()},
                                                                          {&aws().zonal(), &aws().instance()}};
  for (const auto& [issuer, subject] : pairs) {
    const std::vector<CollateralDocument> lists = {list_of(*issuer, {serial_of(subject->certificate)})};
    for (const auto& options : {stage_.options(), stage_.options().revocation(Revocation::if_available)}) {
      const VerificationResult verdict = judge_with(lists, options);
      expect_refused(verdict, "revocation", "certificate_revoked");
      EXPECT_FALSE(verdict.certificate_chain_verified());
      EXPECT_FALSE(verdict.freshness_verified());
    }
    expect_accepted(judge_with(lists, stage_.options().revocation(Revocation::off)));
  }
}

TEST_F(NitroRevocation, LooksUpSerialsWithTheirOwnIssuerOnly) {
  // The zonal CA's serial in the root's list is somebody else's.
  expect_accepted(judge_with({list_of(aws().root(), {serial_of(aws().zonal().certificate)})}));
  expect_accepted(judge_with({list_of(aws().root(), {Bytes{1, 2, 3}})}));
}

// ATTACK(X12): every way in which a list must not count; nobody demanded it, and it is not passed over.
TEST_F(NitroRevocation, RefusesListsThatDoNotCount) {
  const std::vector<std::pair<std::string, std::function<void(CrlSpec&)>>> defects = {
      {"collateral_expired",
       [](auto& crl) {
         crl.this_update = kNow - std::chrono::days{40};
         crl.next_update = kNow;  // at that very second it is over
       }},
      {"collateral_not_yet_valid", [](auto& crl) { crl.this_update = kNow + std::chrono::seconds{1}; }},
      {"crl_no_next_update", [](auto& crl) { crl.next_update.reset(); }},
      {"crl_delta", [](auto& crl) { crl.delta = true; }},
      {"crl_indirect", [](auto& crl) { crl.indirect = true; }},
      {"crl_unknown_critical_extension", [](auto& crl) { crl.unknown_critical_extension = true; }},
      {"crl_no_number", [](auto& crl) { crl.with_number = false; }},
      {"crl_no_authority_key_id", [](auto& crl) { crl.with_authority_key_id = false; }}};
  for (const auto& [code, spoil] : defects) {
    SCOPED_TRACE(code);
    for (const Identity* issuer : {&aws().root(), &aws().regional(), &aws().zonal()}) {
      CrlSpec spec = current_list();
      spoil(spec);
      const std::vector<CollateralDocument> lists = {document_of(make_aws_crl(spec, *issuer))};
      const VerificationResult verdict = judge_with(lists);
      expect_refused(verdict, "revocation", code);
      EXPECT_FALSE(verdict.certificate_chain_verified());
      expect_refused(judge_with(lists, stage_.options().revocation(Revocation::if_available)), "revocation", code);
      expect_accepted(judge_with(lists, stage_.options().revocation(Revocation::off)));
    }
  }
}

TEST_F(NitroRevocation, AllowsTheSkewOnTheStartOnly) {
  CrlSpec spec = current_list();
  spec.this_update = kNow + std::chrono::seconds{120};
  expect_accepted(judge_with({document_of(make_aws_crl(spec, aws().root()))},
                             stage_.options().clock_skew(std::chrono::seconds{120})));
  spec.this_update = kIssued;
  spec.next_update = kNow;
  expect_refused(judge_with({document_of(make_aws_crl(spec, aws().root()))},
                            stage_.options().clock_skew(std::chrono::seconds{120})),
                 "revocation", "collateral_expired");
}

TEST_F(NitroRevocation, RefusesListsThatTheirIssuerDidNotSign) {
  const Identity by_another = {.key = simulated::key_from_label("another", crypto::Curve::p384),
                               .certificate = aws().root().certificate};
  expect_refused(judge_with({list_of(by_another)}), "revocation", "crl_signature_invalid");
  // The hash of Intel's lists is not AWS's.
  expect_refused(judge_with({document_of(make_crl(current_list(), aws().root()))}), "revocation",
                 "crl_signature_algorithm");
  // Instance certificates may sign leaves, and no lists.
  expect_refused(judge_with({list_of(aws().instance())}), "revocation", "crl_signer_not_allowed");
  CollateralDocument altered = list_of(aws().root());
  altered.body.back() ^= 1;
  EXPECT_FALSE(judge_with({altered}).valid());
}

TEST_F(NitroRevocation, RefusesWhatNobodyCanRead) {
  CollateralDocument cut = list_of(aws().root());
  cut.body.pop_back();
  expect_refused(judge_with({cut}), "revocation", "collateral_malformed");
  // Beside readable lists of others it may still be the one that counts.
  for (const Revocation mode : {Revocation::if_available, Revocation::require}) {
    const VerificationResult verdict = judge_with({list_of(aws().regional()), cut}, stage_.options().revocation(mode));
    EXPECT_FALSE(verdict.valid());
  }
  expect_refused(judge_with({list_of(aws().regional()), cut}), "revocation", "collateral_malformed");
}

TEST_F(NitroRevocation, TakesNoListOfAnotherIssuer) {
  // By its name it is of a CA that is not in this chain; it revokes everything.
  simulated::AwsCertificateSpec spec{.common_name = "0000000000000000.elsewhere-1.aws.nitro-enclaves",
                                     .not_before = kIssued,
                                     .not_after = kNow + std::chrono::days{20},
                                     .path_length = 2};
  Identity elsewhere;
  elsewhere.key = simulated::key_from_label("elsewhere", crypto::Curve::p384);
  elsewhere.certificate = simulated::make_aws_certificate(spec, elsewhere.key.get(), &aws().root());
  const CollateralDocument foreign =
      list_of(elsewhere, {serial_of(aws().regional().certificate), serial_of(aws().zonal().certificate)});
  const VerificationResult verdict = judge_with({foreign});
  expect_accepted(verdict);
  ASSERT_NE(find_check(verdict, "nitro_crl.4"), nullptr);
  EXPECT_EQ(find_check(verdict, "nitro_crl.4")->status, CheckStatus::skipped);
  EXPECT_TRUE(verdict.collateral().empty());
  expect_refused(judge_with({foreign}, demanding()), "revocation", "revocation_missing");
}

// ATTACK(X2) ATTACK(X18): one verdict, one set of anchors.
TEST_F(NitroRevocation, RefusesListsOfAnotherAnchorSet) {
  const simulated::AwsHierarchy simulation;
  expect_refused(judge_with({list_of(simulation.root())}), "revocation", "anchor_set_mixed");
  expect_refused(judge_with({list_of(simulation.root())}, demanding().revocation(Revocation::if_available)),
                 "revocation", "anchor_set_mixed");
  // A CA of the same name under other roots: its key is not this one's.
  expect_refused(judge_with({list_of(simulation.regional())}), "revocation", "crl_signature_invalid");
}

// Design D7: who names `require` gets it.
TEST_F(NitroRevocation, WantsEveryListThatIsPointedToWhenDemanded) {
  const VerificationResult whole = judge_with({list_of(aws().root()), list_of(aws().regional())}, demanding());
  expect_accepted(whole);
  EXPECT_TRUE(whole.certificate_chain_verified());
  for (const std::vector<CollateralDocument>& half :
       {std::vector<CollateralDocument>{}, {list_of(aws().root())}, {list_of(aws().regional())}}) {
    const VerificationResult verdict = judge_with(half, demanding());
    expect_refused(verdict, "revocation", "revocation_missing");
    EXPECT_EQ(verdict.failures().size(), 2 - half.size());
    EXPECT_FALSE(verdict.certificate_chain_verified());
    const VerificationResult relaxed = judge_with(half, stage_.options().revocation(Revocation::if_available));
    expect_accepted(relaxed);
    EXPECT_TRUE(has_warning(relaxed, "revocation_missing"));
  }
  // The stricter of caller and policy.
  PolicyRules rules;
  rules.any_of.emplace_back(NitroRules{});
  rules.revocation.crl = Revocation::off;
  const Policy lax = Policy::from_rules(rules).value();
  expect_refused(judge_with({}, demanding().with_policy(lax)), "revocation", "revocation_missing");
  rules.revocation.crl = Revocation::if_available;
  const Policy relaxed = Policy::from_rules(rules).value();
  EXPECT_TRUE(has_warning(judge_with({}, stage_.options().with_policy(relaxed)), "revocation_missing"));
  rules.revocation = {};
  const VerifyOptions silent = stage_.options().with_policy(Policy::from_rules(rules).value());
  EXPECT_FALSE(has_warning(judge_with({}, silent), "revocation_missing"));
  const VerificationResult named = judge_with({}, VerifyOptions(silent).revocation(Revocation::if_available));
  expect_accepted(named);
  EXPECT_TRUE(has_warning(named, "revocation_missing"));
  expect_accepted(judge_with({}, VerifyOptions(silent).revocation(Revocation::off)));
}

TEST_F(NitroRevocation, HoldsListsToThePolicysAge) {
  PolicyRules rules;
  rules.any_of.emplace_back(NitroRules{});
  rules.revocation.collateral_max_age = std::chrono::hours{24};
  const Policy policy = Policy::from_rules(rules).value();
  expect_accepted(judge_with({list_of(aws().root())}, stage_.options().with_policy(policy)));
  CrlSpec spec = current_list();
  spec.this_update -= std::chrono::seconds{1};
  expect_refused(judge_with({document_of(make_aws_crl(spec, aws().root()))}, stage_.options().with_policy(policy)),
                 "revocation", "collateral_too_old");
}

TEST_F(NitroRevocation, LetsTheCurrentListOfSeveralDecide) {
  CrlSpec old = current_list();
  old.next_update = kNow;
  CrlSpec revoking = current_list();
  revoking.number = 2;
  revoking.revoked_serials = {serial_of(aws().regional().certificate)};
  const CollateralDocument first = document_of(make_aws_crl(old, aws().root()));
  const CollateralDocument second = list_of(aws().root());
  const CollateralDocument third = document_of(make_aws_crl(revoking, aws().root()));
  expect_accepted(judge_with({first, second}));
  expect_refused(judge_with({first, third, second}), "revocation", "certificate_revoked");
}

// The verifier's own sources come before what the sender enclosed.
TEST_F(NitroRevocation, ReadsTheEnvelopesListsLast) {
  AttestationReport report = stage_.report();
  const auto enclose = [&report](const std::vector<CollateralDocument>& documents) {
    const std::string text = collateral::bundle_to_json(documents);
    report.collateral.assign(text.begin(), text.end());
  };
  enclose({list_of(aws().root()), list_of(aws().regional())});
  expect_accepted(stage_.judge(report, demanding()));
  stage_.documents = {list_of(aws().root(), {serial_of(aws().regional().certificate)})};
  expect_refused(stage_.judge(report, stage_.options()), "revocation", "certificate_revoked");
  stage_.documents.clear();
  enclose({list_of(aws().root(), {serial_of(aws().regional().certificate)})});
  expect_refused(stage_.judge(report, stage_.options()), "revocation", "certificate_revoked");
}

/// Records what it is asked for, and whether what it gave was found good.
class ListeningSource final : public CollateralSource {
 public:
  explicit ListeningSource(std::vector<CollateralDocument> documents) : inner_(std::move(documents)) {}
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    EXPECT_EQ(request.kind, CollateralKind::nitro_crl);
    EXPECT_TRUE(request.platform == Platform::aws_nitro);
    EXPECT_FALSE(request.issuer.empty() || request.root.empty());
    ++asked;
    if (failure) {
      return *failure;
    }
    return inner_.find(request);
  }
  void accepted(const CollateralRequest&, const CollateralDocument&) override { ++accepted_count; }
  int asked = 0, accepted_count = 0;
  std::optional<Error> failure;

 private:
  FixedSource inner_;
};

/// One judgement over a memory of its own, which later ones see.
class RememberedNitroRevocation : public NitroRevocation {
 protected:
  VerificationResult judge(CollateralSource& source, bool at_now = true) {
    Recollection recall(memory_);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.custom_anchors = &anchors_;
    question.sources = {&source};
    question.at_now = at_now;
    VerdictBuilder verdict(kNow);
    const bool to_the_end = nitro::judge_document(report_, question, verdict);
    worked_out = recall.checks().worked_out();
    return std::move(verdict).finish(to_the_end, false);
  }
  bool is_known(const Bytes& certificate) {
    return *Recollection(memory_).certificate(certificate) == *Recollection(memory_).certificate(certificate);
  }
  std::size_t worked_out = 0;  ///< signatures that the last judgement did not remember

 private:
  AttestationReport report_ = stage_.report();  // one for all: each is signed anew
  Memory memory_{MemoryLimits{}};
  x509::AnchorSet anchors_ = *x509::AnchorSet::custom({stage_.maker.hierarchy().root().certificate});
};

TEST_F(RememberedNitroRevocation, TeachesNothingWhenItFails) {
  ListeningSource revoking({list_of(aws().root(), {serial_of(aws().regional().certificate)})});
  ListeningSource none({});
  expect_refused(judge(revoking), "revocation", "certificate_revoked");
  const std::size_t all = worked_out;
  EXPECT_GT(all, 0U);
  EXPECT_FALSE(is_known(aws().regional().certificate));
  expect_refused(judge(revoking), "revocation", "certificate_revoked");
  EXPECT_EQ(worked_out, all) << "a signature of a refused chain was remembered";
  EXPECT_EQ(revoking.accepted_count, 0);
  expect_accepted(judge(none));
  EXPECT_TRUE(is_known(aws().regional().certificate));
  expect_refused(judge(revoking), "revocation", "certificate_revoked");  // what is remembered is no verdict
  EXPECT_EQ(worked_out, 1U) << "the list's";
  ListeningSource good({list_of(aws().root())});
  expect_accepted(judge(good));
  EXPECT_EQ(worked_out, 1U);
  expect_accepted(judge(good));
  EXPECT_EQ(worked_out, 0U);
}

TEST_F(RememberedNitroRevocation, TellsTheSourceWhatWasGood) {
  ListeningSource good({list_of(aws().root()), list_of(aws().regional())});
  expect_accepted(judge(good));
  EXPECT_EQ(good.accepted_count, 2);
  EXPECT_EQ(good.asked, 4);
  expect_accepted(judge(good, false));
  EXPECT_EQ(good.accepted_count, 2) << "a memory lives in the present";
  ListeningSource half({list_of(aws().root()), list_of(aws().regional(), {serial_of(aws().zonal().certificate)})});
  expect_refused(judge(half), "revocation", "certificate_revoked");
  EXPECT_EQ(half.accepted_count, 0);
}

TEST_F(RememberedNitroRevocation, DoesNotPassOverASourceThatFailed) {
  ListeningSource source({});
  source.failure = Error(ErrorCode::collateral_unreachable, "no answer");
  expect_refused(judge(source), "revocation", "collateral_unreachable");
  source.failure = Error(ErrorCode::collateral_missing, "there is none");
  expect_accepted(judge(source));
}

}  // namespace
}  // namespace tenzro::tee::test
