// SPDX-License-Identifier: Apache-2.0
// Forged, foreign, stale and contradictory TCB documents.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "made/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

/// The stage's documents with this text changed in one of them after it was signed.
std::vector<CollateralDocument> altered(const IntelStage& stage, CollateralKind kind, std::string_view from,
                                        std::string_view to) {
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    if (document.kind != kind) {
      continue;
    }
    std::string text(document.body.begin(), document.body.end());
    replace_all(text, from, to);
    document.body.assign(text.begin(), text.end());
  }
  return documents;
}

std::vector<CollateralDocument> only(std::vector<CollateralDocument> documents, CollateralKind kind) {
  std::erase_if(documents, [kind](const CollateralDocument& document) { return document.kind != kind; });
  return documents;
}

// ATTACK(T13): signed JSON altered in value, white space, number form or member order.
TEST(TcbDocuments, RefuseAnyChangeAfterSigning) {
  IntelStage stage;
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"\"tcbEvaluationDataNumber\":17", "\"tcbEvaluationDataNumber\":18"},
      {"\"version\":3,", "\"version\": 3,"},
      {"\"id\":\"TDX\",\"version\":3", "\"version\":3,\"id\":\"TDX\""},
      {"\"pcesvn\":13", "\"pcesvn\":12"},
      {"OutOfDate", "UpToDate"}};
  for (const auto& [from, to] : changes) {
    SCOPED_TRACE(to);
    stage.documents = altered(stage, CollateralKind::tcb_info, from, to);
    const VerificationResult verdict = stage.judge();
    EXPECT_FALSE(verdict.valid());
    EXPECT_TRUE(has_failure(verdict, "tcb", "tcb_info_signature_invalid")) << describe(verdict);
    EXPECT_FALSE(verdict.tcb().has_value());
  }
}

// ATTACK(T13): another form of the same number is no integer to us.
TEST(TcbDocuments, RefuseOtherFormsOfNumbers) {
  IntelStage stage;
  for (const std::string_view number : {"17.0", "1.7e1", "17e0"}) {
    stage.documents = altered(stage, CollateralKind::tcb_info, "\"tcbEvaluationDataNumber\":17",
                              concat("\"tcbEvaluationDataNumber\":", number));
    expect_refused(stage.judge(), "tcb", "collateral_malformed");
  }
}

// ATTACK(T3): a quoting enclave identity that was edited.
TEST(TcbDocuments, RefuseAForgedQeIdentity) {
  IntelStage stage;
  stage.documents = altered(stage, CollateralKind::qe_identity, "\"isvsvn\":6", "\"isvsvn\":1");
  expect_refused(stage.judge(), "tcb", "qe_identity_signature_invalid");
}

// ATTACK(T5): a TCB info of another FMSPC, of the other TEE, of another PCE.
TEST(TcbDocuments, RefuseTheTcbInfoOfAnotherPlatform) {
  IntelStage stage;
  simulated::QuoteSpec other = stage.quote;
  other.pck.fmspc = {1, 2, 3, 4, 5, 6};
  stage.documents = stage.maker.collateral(other, stage.collateral);
  const VerificationResult verdict = stage.judge();
  expect_refused(verdict, "tcb", "collateral_missing");
  EXPECT_NE(verdict.failures()[0].message.find(to_hex(stage.quote.pck.fmspc)), std::string::npos);
  EXPECT_NE(verdict.failures()[0].message.find("010203040506"), std::string::npos);

  simulated::QuoteSpec sgx = simulated::sgx_quote_spec();
  sgx.pck = stage.quote.pck;
  sgx.platform_ca = true;
  stage.documents = stage.maker.collateral(sgx, stage.collateral);
  expect_refused(stage.judge(), "tcb", "collateral_missing");

  // Beside the quoting enclave's right identity.
  std::vector<CollateralDocument> crossed =
      only(stage.maker.collateral(sgx, stage.collateral), CollateralKind::tcb_info);
  for (const CollateralDocument& document : stage.made_documents()) {
    if (document.kind != CollateralKind::tcb_info) {
      crossed.push_back(document);
    }
  }
  stage.documents = crossed;
  expect_refused(stage.judge(), "tcb", "collateral_missing");

  simulated::QuoteSpec pce = stage.quote;
  pce.pck.pce_id = {0, 1};
  stage.documents = stage.maker.collateral(pce, stage.collateral);
  expect_refused(stage.judge(), "tcb", "tcb_info_pce_id_mismatch");
}

/// Offers everything that it has, whatever it is asked for.
class UndiscerningSource final : public CollateralSource {
 public:
  explicit UndiscerningSource(std::vector<CollateralDocument> documents) {
    for (CollateralDocument& document : documents) {
      documents_.push_back(std::make_shared<const CollateralDocument>(std::move(document)));
    }
  }
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest&) override { return documents_; }

 private:
  std::vector<CollateralDocumentPtr> documents_;
};

TEST(TcbDocuments, OfOtherKindsThanWereAskedForAreNotLookedAt) {
  IntelStage stage;
  const auto judge = [&](std::vector<CollateralDocument> documents) {
    return AttestationVerifier(std::make_shared<UndiscerningSource>(std::move(documents)))
        .verify(stage.report(), stage.options());
  };
  expect_accepted(judge(stage.made_documents()));
  auto without_identity = stage.made_documents();
  std::erase_if(without_identity, [](const auto& one) { return one.kind == CollateralKind::qe_identity; });
  expect_refused(judge(std::move(without_identity)), "tcb", "collateral_missing");
}

TEST(TcbDocuments, WhoseSignerCannotBeReadAreRefused) {
  IntelStage stage;
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    if (document.kind == CollateralKind::tcb_info) {
      document.issuer_chain = {Bytes{0x30, 0x00}};
    }
  }
  stage.documents = std::move(documents);
  const VerificationResult verdict = stage.judge();
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(std::ranges::any_of(verdict.failures(), [](const Finding& one) {
    return one.code == "certificate_malformed";
  })) << describe(verdict);
}

TEST(TcbDocuments, MustBeCurrent) {
  IntelStage stage;
  const auto at = [&](UtcTime time) { return stage.judge(stage.options().at(time).revocation(Revocation::off)); };
  expect_accepted(at(kIssued));
  expect_refused(at(kIssued - std::chrono::seconds{1}), "freshness", "collateral_not_yet_valid");
  const UtcTime end = kIssued + std::chrono::days{30};
  expect_accepted(at(end - std::chrono::seconds{1}));
  expect_refused(at(end), "freshness", "collateral_expired");
  EXPECT_FALSE(at(end).tcb().has_value()) << "nothing is evaluated by what is over";
  EXPECT_FALSE(at(end).platform_verified());
  expect_accepted(stage.judge(stage.options()
                                  .at(kIssued - std::chrono::seconds{120})
                                  .revocation(Revocation::off)
                                  .clock_skew(std::chrono::seconds{120})));
}

TEST(TcbDocuments, MayBeTooOldForAPolicy) {
  IntelStage stage;
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  rules.revocation.collateral_max_age = std::chrono::hours{24};
  expect_accepted(stage.judge(stage.options().with_policy(*Policy::from_rules(rules))));
  rules.revocation.collateral_max_age = std::chrono::hours{23};
  const VerificationResult verdict = stage.judge(stage.options().with_policy(*Policy::from_rules(rules)));
  EXPECT_TRUE(has_failure(verdict, "freshness", "collateral_too_old"));
  EXPECT_TRUE(has_failure(verdict, "revocation", "collateral_too_old"));
}

TEST(TcbDocuments, MustCarryOneEvaluationNumber) {
  IntelStage stage;
  auto documents = only(stage.made_documents(), CollateralKind::tcb_info);
  stage.collateral.evaluation_data_number = 18;
  for (CollateralDocument& document : stage.made_documents()) {
    if (document.kind != CollateralKind::tcb_info) {
      documents.push_back(document);
    }
  }
  stage.documents = documents;
  expect_refused(stage.judge(), "tcb", "evaluation_data_number_mismatch");
}

// ATTACK(X16): the PCK certificate as TCB signer, a chain of the wrong shape.
TEST(TcbDocuments, MustBeSignedByTheTcbSigner) {
  IntelStage stage;
  simulated::Identity pck;
  pck.key = stage.maker.pck_key();
  pck.certificate = stage.maker.pck_certificate(stage.quote);
  stage.collateral.tcb_signer = &pck;
  const VerificationResult verdict = stage.judge();
  EXPECT_FALSE(verdict.valid());
  for (const Finding& failure : verdict.failures()) {
    EXPECT_EQ(failure.check, "chain") << failure.code;
  }

  IntelStage shapes;
  const Bytes root = shapes.maker.hierarchy().root().certificate;
  const Bytes signer = shapes.maker.hierarchy().tcb_signer().certificate;
  const Bytes platform_ca = shapes.maker.hierarchy().platform_ca().certificate;
  const auto with_chain = [&](const std::vector<Bytes>& chain) {
    auto documents = shapes.made_documents();
    for (CollateralDocument& document : documents) {
      if (document.kind == CollateralKind::tcb_info) {
        document.issuer_chain = chain;
      }
    }
    shapes.documents = documents;
    return shapes.judge();
  };
  expect_accepted(with_chain({signer}));
  expect_accepted(with_chain({signer, root}));
  EXPECT_FALSE(with_chain({root}).valid());
  EXPECT_FALSE(with_chain({signer, platform_ca}).valid());
  EXPECT_FALSE(with_chain({signer, platform_ca, root}).valid());
  EXPECT_FALSE(with_chain({root, signer}).valid());
  EXPECT_FALSE(with_chain({signer, root, root}).valid());
}

TEST(TcbDocuments, FindTheirSignerAmongLooseCertificates) {
  IntelStage stage;
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    document.issuer_chain.clear();
  }
  stage.documents = documents;
  expect_refused(stage.judge(), "tcb", "collateral_missing");
  stage.certificates = {stage.maker.hierarchy().platform_ca().certificate, stage.maker.hierarchy().root().certificate,
                        stage.maker.hierarchy().tcb_signer().certificate};
  expect_accepted(stage.judge());
}

TEST(TcbDocuments, OtherCertificatesDoNotSpeakForAMissingSigner) {
  IntelStage stage;
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    document.issuer_chain.clear();
  }
  stage.documents = documents;
  stage.certificates = {stage.maker.hierarchy().root().certificate, stage.maker.hierarchy().platform_ca().certificate,
                        stage.maker.pck_certificate(stage.quote)};
  expect_refused(stage.judge(), "tcb", "collateral_missing");
}

// ATTACK(X18): two roots of the caller's are two hierarchies; the signer must stand under the evidence's own.
TEST(TcbDocuments, MustStandUnderTheRootOfTheEvidence) {
  IntelStage stage;
  const simulated::IntelHierarchy other("another-hierarchy");
  stage.collateral.tcb_signer = &other.tcb_signer();
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    if (!document.issuer_chain.empty()) {
      document.issuer_chain = {other.tcb_signer().certificate, other.root().certificate};
    }
  }
  stage.documents = documents;
  VerifyOptions both = VerifyOptions::unbound_replay_possible();
  both.at(kNow).replace_trust_anchors({stage.maker.hierarchy().root().certificate, other.root().certificate});
  expect_refused(stage.judge(both), "chain", "anchor_set_mixed");
}

TEST(TcbDocuments, OnesOfAnotherVersionAreSeenButDoNotFit) {
  IntelStage stage;
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    if (document.kind == CollateralKind::tcb_info) {
      std::string text(document.body.begin(), document.body.end());
      replace_all(text, "\"version\":3", "\"version\":2");
      document.body.assign(text.begin(), text.end());
    }
  }
  stage.documents = documents;
  expect_refused(stage.judge(), "tcb", "collateral_missing");
}

TEST(TcbDocuments, AMaximumAgeLimitsTheVerdict) {
  IntelStage stage;
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  rules.revocation.collateral_max_age = std::chrono::hours{25};
  const VerificationResult verdict = stage.judge(stage.options().with_policy(*Policy::from_rules(rules)));
  expect_accepted(verdict);
  EXPECT_EQ(verdict.valid_until(), kIssued + std::chrono::hours{25});
}

TEST(TcbDocuments, SingleFilesReplaceAMemberOfADcapJson) {
  IntelStage stage;
  auto documents = stage.made_documents();
  stage.collateral.evaluation_data_number = 99;  // a newer set, from a DCAP JSON
  for (CollateralDocument document : stage.made_documents()) {
    document.from_dcap_json = true;
    documents.push_back(document);
  }
  stage.documents = documents;
  const VerificationResult verdict = stage.judge();
  expect_accepted(verdict);
  EXPECT_EQ(verdict.tcb()->evaluation_data_number, 17U);
}

TEST(TcbDocuments, AStaleSingleFileReplacesNothing) {
  IntelStage stage;
  auto documents = stage.made_documents();
  for (CollateralDocument& document : documents) {
    document.from_dcap_json = true;
  }
  stage.collateral.issued = kNow - std::chrono::days{90};
  for (const CollateralDocument& stale : stage.made_documents()) {
    documents.push_back(stale);
  }
  stage.documents = documents;
  expect_accepted(stage.judge());
}

TEST(TcbDocuments, CurrentThenHighestNumberDecides) {
  IntelStage stage;
  auto documents = stage.made_documents();
  stage.collateral.evaluation_data_number = 18;
  auto newer = stage.made_documents();
  stage.collateral.evaluation_data_number = 19;
  stage.collateral.issued = kNow + std::chrono::days{1};  // not yet valid
  auto future = stage.made_documents();
  documents.insert(documents.end(), future.begin(), future.end());
  documents.insert(documents.end(), newer.begin(), newer.end());
  stage.documents = documents;
  const VerificationResult verdict = stage.judge();
  expect_accepted(verdict);
  EXPECT_EQ(verdict.tcb()->evaluation_data_number, 18U);
}

TEST(TcbDocuments, AreAskedForInOrderAndEnclosedOnesComeLast) {
  IntelStage stage;
  AttestationReport report = stage.maker.report(stage.quote, kIssued);
  report.simulated = false;  // under this hierarchy it is the caller's own
  const AttestationVerifier alone(no_collateral());
  expect_accepted(alone.verify(report, stage.options()));

  stage.collateral.tcb_status = "OutOfDate";
  const AttestationVerifier first(std::make_shared<FixedSource>(stage.made_documents()));
  expect_refused(first.verify(report, stage.options()), "tcb", "tcb_out_of_date");
}

TEST(TcbDocuments, AnUnreachableServiceIsNamed) {
  IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<UnreachableSource>());
  const VerificationResult verdict = verifier.verify(stage.report(), stage.options());
  EXPECT_TRUE(has_failure(verdict, "tcb", "collateral_unreachable"));
  EXPECT_TRUE(has_failure(verdict, "revocation", "collateral_unreachable"));
  EXPECT_EQ(verdict.failures().size(), 4U) << describe(verdict);
}

TEST(TcbDocuments, NothingAtAllIsMissingFourTimes) {
  IntelStage stage;
  stage.documents = std::vector<CollateralDocument>{};
  const VerificationResult verdict = stage.judge();
  EXPECT_FALSE(verdict.valid());
  EXPECT_EQ(verdict.failures().size(), 4U) << describe(verdict);
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_FALSE(verdict.platform_verified());
  EXPECT_FALSE(verdict.certificate_chain_verified());
}

TEST(TcbDocuments, BrokenEnclosedCollateralIsRefused) {
  IntelStage stage;
  AttestationReport report = stage.report();
  const std::string_view broken = "{\"format\":\"tenzro-collateral/1\",\"documents\":[],\"documents\":[]}";
  report.collateral.assign(broken.begin(), broken.end());
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  expect_refused(verifier.verify(report, stage.options()), "format", "collateral_malformed");
}

}  // namespace
}  // namespace tenzro::tee::test
