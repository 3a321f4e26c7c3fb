// SPDX-License-Identifier: Apache-2.0
// From a source's OCSP responses to a verdict on one certificate.
#include "verify/ocsp_answer.hpp"

#include <gtest/gtest.h>

#include "collateral/contents_source.hpp"
#include "made/ocsp_pki.hpp"

namespace tenzro::tee {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::kEnd;
using test::kNow;
using test::kStart;
using test::made_ocsp_response;
using test::MadeOcsp;
using x509::CertificateStatus;

CollateralDocument document_of(Bytes body) {
  CollateralDocument out;
  out.kind = CollateralKind::ocsp;
  out.body = std::move(body);
  out.source = "a file";
  return out;
}

std::shared_ptr<CollateralSource> source_of(const std::vector<Bytes>& bodies) {
  collateral::Contents contents;
  for (const Bytes& body : bodies) {
    contents.documents.push_back(document_of(body));
  }
  return std::make_shared<collateral::ContentsSource>(std::move(contents));
}

/// Answers every request the same, and remembers what it was told.
class Told final : public CollateralSource {
 public:
  explicit Told(Result<std::vector<CollateralDocumentPtr>> answer) : answer_(std::move(answer)) {}
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    certificate.assign(request.certificate.begin(), request.certificate.end());
    issuer.assign(request.issuer.begin(), request.issuer.end());
    return answer_;
  }
  void accepted(const CollateralRequest& /*request*/, const CollateralDocument& /*document*/) override { ++accepted_; }

  Bytes certificate, issuer;
  int accepted_ = 0;

 private:
  Result<std::vector<CollateralDocumentPtr>> answer_;
};

class OcspAnswer : public testing::Test {
 protected:
  OcspAnswer() { question.moment = {kNow}; }

  struct Found {
    StatusOutcome outcome;
    std::string failures, warnings;
    CheckStatus check = CheckStatus::unpinned;
    UtcTime valid_until{};
    std::size_t worked_out = 0;
  };
  static std::string words(const std::vector<Finding>& findings) {
    std::string out;
    for (const Finding& finding : findings) {
      EXPECT_EQ(finding.check, "revocation");
      out += (out.empty() ? "" : ",") + finding.code;
    }
    return out;
  }

  Found judge(const std::vector<std::shared_ptr<CollateralSource>>& sources) {
    Recollection recall(memory);
    recall.set_anchors({});
    question.recall = &recall;
    question.sources.clear();
    for (const auto& source : sources) {
      question.sources.push_back(source.get());
    }
    VerdictBuilder verdict(question.moment.at);
    verdict.set_claims(Claims{});
    verdict.mark_chain_verified();
    verdict.mark_platform_verified();
    verdict.mark_signature_verified();
    DocumentFinder finder(question, [](CollateralKind) { return CollateralRequest{}; }, verdict);
    const auto leaf = test::parsed(pki.chain.leaf.der), ca = test::parsed(pki.chain.ca.der);
    Found out;
    out.outcome =
        judge_status({*leaf, *ca, "device", "device identity certificate", allow_hold}, question, finder, verdict);
    out.worked_out = recall.checks().worked_out();
    recall.remember();
    const VerificationResult result = std::move(verdict).finish(true, false);
    out.failures = words(result.failures());
    out.warnings = words(result.warnings());
    out.valid_until = result.valid_until();
    EXPECT_GE(result.checks().size(), 1U);
    EXPECT_EQ(result.checks().at(0).id, "ocsp.device");
    out.check = result.checks().at(0).status;
    return out;
  }
  Found judge(const MadeOcsp& spec) { return judge({source_of({made_ocsp_response(spec)})}); }

  test::OcspPki pki;
  Memory memory{MemoryLimits{}};
  Question question;
  bool allow_hold = false;
};

TEST_F(OcspAnswer, ThatIsGoodPassesUntilItsNextUpdate) {
  for (const MadeOcsp& spec : {pki.by_issuer(), pki.by_responder()}) {
    const Found found = judge(spec);
    EXPECT_EQ(found.failures, "");
    EXPECT_EQ(found.warnings, "");
    EXPECT_EQ(found.check, CheckStatus::pass);
    EXPECT_TRUE(found.outcome.answered);
    EXPECT_EQ(found.outcome.status, CertificateStatus::good);
    EXPECT_EQ(found.valid_until, kEnd);
  }
  MadeOcsp longer = pki.by_responder();
  longer.answers[0].next_update = kEnd + hours{24};
  EXPECT_EQ(judge(longer).valid_until, kEnd) << "the responder's certificate ends before";
}

// ATTACK(V8)
TEST_F(OcspAnswer, ThatIsNotGoodFailsWhateverIsInsistedOn) {
  OcspAnswer::Found found;
  for (const Revocation mode : {Revocation::require, Revocation::if_available}) {
    question.ocsp = mode;
    const auto code_when = [&](const auto& change) {
      MadeOcsp spec = pki.by_responder();
      change(spec);
      found = judge(spec);
      EXPECT_EQ(found.check, CheckStatus::fail);
      EXPECT_EQ(found.warnings, "");
      return found.failures;
    };
    EXPECT_EQ(code_when([](MadeOcsp& s) { s.answers[0].status = V_OCSP_CERTSTATUS_REVOKED; }), "certificate_revoked");
    EXPECT_TRUE(found.outcome.answered);
    EXPECT_EQ(code_when([](MadeOcsp& s) {
                s.answers[0].status = V_OCSP_CERTSTATUS_REVOKED;
                s.answers[0].reason = 6;
              }),
              "certificate_on_hold");
    EXPECT_EQ(found.outcome.status, CertificateStatus::on_hold);
    EXPECT_EQ(code_when([](MadeOcsp& s) { s.answers[0].status = V_OCSP_CERTSTATUS_UNKNOWN; }),
              "certificate_status_unknown");
    EXPECT_EQ(code_when([](MadeOcsp& s) { s.answers[0].next_update = kNow; }), "collateral_expired");
    EXPECT_FALSE(found.outcome.answered);
    EXPECT_EQ(found.outcome.status, CertificateStatus::unknown);
    EXPECT_EQ(code_when([](MadeOcsp& s) { s.answers[0].this_update = kNow + seconds{1}; }), "collateral_not_yet_valid");
    EXPECT_EQ(code_when([](MadeOcsp& s) { s.answers[0].next_update.reset(); }), "ocsp_no_next_update");
    EXPECT_EQ(code_when([&](MadeOcsp& s) { s.answers[0].issuer = pki.chain.root.der; }), "ocsp_wrong_certificate");
    const test::OcspPki other;
    EXPECT_EQ(code_when([&](MadeOcsp& s) {
                s.key = other.responder.key.get();
                s.signer = other.responder.der;
              }),
              "ocsp_signer_not_allowed");
    Bytes garbled = made_ocsp_response(pki.by_issuer());
    garbled.push_back(0);
    EXPECT_EQ(judge({source_of({garbled})}).failures, "collateral_malformed");
    const auto unreadable = std::make_shared<Told>(Error(ErrorCode::malformed_input, "the nonce is another one"));
    EXPECT_EQ(judge({unreadable}).failures, "collateral_malformed");
  }
}

// ATTACK(V8): certificateHold is a decision of the caller's, and refused without one.
TEST_F(OcspAnswer, OfACertificateOnHoldIsAWarningWhereTheCallerSaysSo) {
  MadeOcsp spec = pki.by_responder();
  spec.answers[0].status = V_OCSP_CERTSTATUS_REVOKED;
  spec.answers[0].reason = 6;
  allow_hold = true;
  Found found = judge(spec);
  EXPECT_EQ(found.failures, "");
  EXPECT_EQ(found.warnings, "certificate_on_hold");
  EXPECT_EQ(found.check, CheckStatus::pass);
  EXPECT_EQ(found.outcome.status, CertificateStatus::on_hold);
  spec.answers[0].reason = 1;
  EXPECT_EQ(judge(spec).failures, "certificate_revoked");
}

TEST_F(OcspAnswer, ThatIsMissingFailsUnlessItIsNotInsistedOn) {
  MadeOcsp of_another = pki.by_issuer();
  of_another.answers[0].certificate = pki.responder.der;
  const std::vector<std::pair<std::shared_ptr<CollateralSource>, std::string>> cases = {
      {source_of({}), "revocation_missing"},
      {source_of({made_ocsp_response(of_another)}), "revocation_missing"},
      {std::make_shared<Told>(Error(ErrorCode::collateral_missing, "none")), "revocation_missing"},
      {std::make_shared<Told>(Error(ErrorCode::collateral_unreachable, "silent")), "collateral_unreachable"},
      {source_of({test::made_ocsp_refusal(OCSP_RESPONSE_STATUS_TRYLATER)}), "ocsp_unsuccessful"},
      {source_of({test::made_ocsp_refusal(OCSP_RESPONSE_STATUS_UNAUTHORIZED)}), "ocsp_unsuccessful"}};
  for (const auto& [source, code] : cases) {
    question.ocsp = Revocation::require;
    Found found = judge({source});
    EXPECT_EQ(found.failures, code);
    EXPECT_EQ(found.check, CheckStatus::fail);
    question.ocsp = Revocation::if_available;
    found = judge({source});
    EXPECT_EQ(found.failures, "");
    EXPECT_EQ(found.warnings, code);
    EXPECT_EQ(found.check, CheckStatus::skipped);
    EXPECT_FALSE(found.outcome.answered);
    EXPECT_EQ(found.outcome.status, CertificateStatus::unknown);
  }
}

TEST_F(OcspAnswer, IsTheCurrentOneThenTheLatest) {
  MadeOcsp old = pki.by_issuer(), newer = pki.by_issuer();
  newer.answers[0].this_update = kNow;
  newer.answers[0].status = V_OCSP_CERTSTATUS_REVOKED;
  const Bytes refusal = test::made_ocsp_refusal(OCSP_RESPONSE_STATUS_TRYLATER);
  const Bytes first = made_ocsp_response(old), second = made_ocsp_response(newer);
  EXPECT_EQ(judge({source_of({refusal, first, second})}).failures, "certificate_revoked");
  EXPECT_EQ(judge({source_of({second, first, refusal})}).failures, "certificate_revoked");
  newer.answers[0].next_update = kNow;
  EXPECT_EQ(judge({source_of({made_ocsp_response(newer), first})}).failures, "");
  EXPECT_EQ(judge({source_of({refusal}), source_of({first}), source_of({second})}).failures, "")
      << "the first source that has one decides";
}

TEST_F(OcspAnswer, OlderThanThePolicyAllowsIsRefused) {
  question.collateral_max_age = hours{23};
  EXPECT_EQ(judge(pki.by_issuer()).failures, "collateral_too_old");
  question.collateral_max_age = hours{25};
  const Found found = judge(pki.by_issuer());
  EXPECT_EQ(found.failures, "");
  EXPECT_EQ(found.valid_until, kStart + hours{25});
}

TEST_F(OcspAnswer, IsToldToItsSourceWhenItIsGoodNow) {
  const auto told = [&](const MadeOcsp& spec) {
    const auto source = std::make_shared<Told>(
        std::vector{std::make_shared<const CollateralDocument>(document_of(made_ocsp_response(spec)))});
    judge({source});
    EXPECT_EQ(to_hex(source->certificate), to_hex(pki.chain.leaf.der));
    EXPECT_EQ(to_hex(source->issuer), to_hex(pki.chain.ca.der));
    return source->accepted_;
  };
  EXPECT_EQ(told(pki.by_issuer()), 0) << "judged at another time";
  question.at_now = true;
  EXPECT_EQ(told(pki.by_issuer()), 1);
  MadeOcsp revoked = pki.by_issuer();
  revoked.answers[0].status = V_OCSP_CERTSTATUS_REVOKED;
  EXPECT_EQ(told(revoked), 0);
}

TEST_F(OcspAnswer, IsWorkedOutOnce) {
  const auto source = source_of({made_ocsp_response(pki.by_responder())});
  for (const std::size_t expected : {2U, 0U, 0U}) {
    const Found found = judge({source});
    EXPECT_EQ(found.failures, "");
    EXPECT_EQ(found.worked_out, expected);
  }
  question.moment.at = kEnd;
  EXPECT_EQ(judge({source}).failures, "ocsp_signer_not_allowed,collateral_expired") << "dates are judged anew";
}

TEST_F(OcspAnswer, SwitchedOffIsSaid) {
  question.ocsp = Revocation::off;
  question.revocation_named = Revocation::off;
  VerdictBuilder verdict(kNow);
  skip_status(question, verdict);
  const VerificationResult result = std::move(verdict).finish(false, false);
  EXPECT_EQ(result.checks().at(0).status, CheckStatus::skipped);
  EXPECT_EQ(result.checks().at(0).source, "caller");
  EXPECT_EQ(words(result.warnings()), "revocation_not_checked");
}

}  // namespace
}  // namespace tenzro::tee
