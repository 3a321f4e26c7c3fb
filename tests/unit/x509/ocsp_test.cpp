// SPDX-License-Identifier: Apache-2.0
// OCSP responses: about this certificate, current, signed by who may, and nothing else.
#include "x509/ocsp.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "made/ocsp_parts.hpp"
#include "made/ocsp_pki.hpp"
#include "support/alterations.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee::x509 {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::kEnd;
using test::kNow;
using test::kStart;
using test::made_ocsp_response;
using test::MadeOcsp;
using test::MadeOcspAnswer;
using test::OcspPki;

constexpr seconds kNone{0};

std::string codes(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.check, "revocation");
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

class Ocsp : public testing::Test {
 protected:
  OcspJudgement judge(const Bytes& der, UtcTime at = kNow, seconds skew = kNone) const {
    const auto response = OcspResponse::parse(der);
    EXPECT_TRUE(response.has_value()) << (response ? "" : response.error().message());
    return response ? (*response)->judge(*test::parsed(pki.chain.leaf.der), *test::parsed(pki.chain.ca.der), at, skew)
                    : OcspJudgement{.failures = {{"revocation", "unreadable", ""}}};
  }
  /// Codes of what speaks against it, the status among them.
  std::string code_of(const MadeOcsp& spec, UtcTime at = kNow, seconds skew = kNone) const {
    OcspJudgement found = judge(made_ocsp_response(spec), at, skew);
    if (found.failures.empty()) {
      if (auto status = found.status_finding(*test::parsed(pki.chain.leaf.der))) {
        found.failures.push_back(*std::move(status));
      }
    }
    return codes(found.failures);
  }
  std::string code_when(const std::function<void(MadeOcspAnswer&)>& change) const {
    MadeOcsp spec = pki.by_issuer();
    change(spec.answers.front());
    return code_of(spec);
  }

  OcspPki pki;
};

TEST_F(Ocsp, OfTheIssuerOrItsResponderCounts) {
  for (const bool by_key : {false, true}) {
    for (MadeOcsp spec : {pki.by_issuer(), pki.by_responder()}) {
      spec.responder_by_key = by_key;
      const OcspJudgement found = judge(made_ocsp_response(spec));
      EXPECT_EQ(codes(found.failures), "");
      EXPECT_EQ(found.status, CertificateStatus::good);
      EXPECT_FALSE(found.status_finding(*test::parsed(pki.chain.leaf.der)).has_value());
      EXPECT_EQ(found.delegate != nullptr, spec.embeds_signer);
    }
  }
}

TEST_F(Ocsp, ReadsItsFields) {
  MadeOcsp spec = pki.by_responder();
  spec.extensions = {test::ocsp_nonce(Bytes(32, 0x5a))};
  const auto response = *OcspResponse::parse(made_ocsp_response(spec));
  EXPECT_EQ(response->status(), ocsp::ResponseStatus::successful);
  EXPECT_EQ(response->responder(), "responder");
  EXPECT_EQ(response->produced_at(), kStart);
  ASSERT_TRUE(response->nonce().has_value());
  EXPECT_EQ(to_hex(*response->nonce()), to_hex(Bytes(32, 0x5a)));
  EXPECT_TRUE(response->names_serial(Bytes{0x33}));
  EXPECT_FALSE(response->names_serial(Bytes{0x34}));
  spec.responder_by_key = true;
  EXPECT_TRUE((*OcspResponse::parse(made_ocsp_response(spec)))->responder().starts_with("key "));
}

TEST_F(Ocsp, IsAboutACertificateByAnyOfThreeHashes) {
  for (const EVP_MD* hash : {EVP_sha1(), EVP_sha256(), EVP_sha384()}) {
    EXPECT_EQ(code_when([&](MadeOcspAnswer& answer) { answer.id_hash = hash; }), "");
  }
  EXPECT_EQ(code_when([](MadeOcspAnswer& answer) { answer.id_hash = EVP_sha512(); }), "ocsp_wrong_certificate");
}

// A hash that is not known has no value that an answer could have.
TEST_F(Ocsp, ByAnUnknownHashIsAboutNobody) {
  test::ocsp_parts::Parts parts;
  parts.algorithm = test::ocsp_parts::element(0x30, {test::ocsp_parts::oid("608648016503040203")});  // SHA-512
  parts.name_hash = parts.key_hash = test::ocsp_parts::octets({});
  parts.serial = {0x02, 0x01, 0x33};
  EXPECT_NE(codes(judge(parts.der()).failures).find("ocsp_wrong_certificate"), std::string::npos);
}

// ATTACK(V8): wrong certificate id, and good for another issuer.
TEST_F(Ocsp, AboutAnotherCertificateIsRefused) {
  EXPECT_EQ(code_when([&](MadeOcspAnswer& answer) { answer.certificate = pki.responder.der; }),
            "ocsp_wrong_certificate");
  for (const EVP_MD* hash : {EVP_sha1(), EVP_sha256(), EVP_sha384()}) {
    EXPECT_EQ(code_when([&](MadeOcspAnswer& answer) {
                answer.id_hash = hash;
                answer.issuer = pki.chain.root.der;
              }),
              "ocsp_wrong_certificate");
    // An issuer of the same name with another key.
    OcspPki other;
    EXPECT_EQ(code_when([&](MadeOcspAnswer& answer) {
                answer.id_hash = hash;
                answer.issuer = other.chain.ca.der;
              }),
              "ocsp_wrong_certificate");
  }
}

// ATTACK(V8): one certificate by two hashes, once good and once not.
TEST_F(Ocsp, WithTwoAnswersAboutTheCertificateIsRefused) {
  MadeOcsp spec = pki.by_issuer();
  spec.answers.push_back(pki.answer());
  spec.answers.back().id_hash = EVP_sha1();
  spec.answers.back().status = V_OCSP_CERTSTATUS_REVOKED;
  EXPECT_EQ(code_of(spec), "ocsp_wrong_certificate");
  spec.answers.back().id_hash = EVP_sha384();
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(spec)).has_value());
}

TEST_F(Ocsp, WithAnswersAboutOthersTooIsRead) {
  MadeOcsp spec = pki.by_issuer();
  spec.answers.insert(spec.answers.begin(), pki.answer());
  spec.answers.front().certificate = pki.responder.der;
  spec.answers.front().status = V_OCSP_CERTSTATUS_REVOKED;
  EXPECT_EQ(code_of(spec), "");
}

// ATTACK(V8): unknown; revoked; on hold, which is a result of its own.
TEST_F(Ocsp, SaysWhatBecameOfTheCertificate) {
  EXPECT_EQ(code_when([](MadeOcspAnswer& answer) { answer.status = V_OCSP_CERTSTATUS_UNKNOWN; }),
            "certificate_status_unknown");
  const auto revoked = [&](std::optional<int> reason) {
    return code_when([&](MadeOcspAnswer& answer) {
      answer.status = V_OCSP_CERTSTATUS_REVOKED;
      answer.reason = reason;
    });
  };
  EXPECT_EQ(revoked(std::nullopt), "certificate_revoked");
  for (const int reason : {0, 1, 2, 3, 4, 5, 8, 9, 10}) {
    EXPECT_EQ(revoked(reason), "certificate_revoked") << reason;
  }
  EXPECT_EQ(revoked(6), "certificate_on_hold");

  MadeOcsp spec = pki.by_issuer();
  spec.answers[0].status = V_OCSP_CERTSTATUS_REVOKED;
  spec.answers[0].reason = 1;
  spec.answers[0].revoked_at = kNow + hours{1000};  // whenever: the issuer has spoken
  const OcspJudgement found = judge(made_ocsp_response(spec));
  EXPECT_EQ(found.status, CertificateStatus::revoked);
  EXPECT_EQ(found.revoked_at, kNow + hours{1000});
  EXPECT_EQ(found.reason, "keyCompromise");
}

// ATTACK(V8): stale.
TEST_F(Ocsp, IsValidFromThisUpdateUntilNextUpdate) {
  const MadeOcsp good = pki.by_issuer();
  constexpr seconds kSkew{120}, kSecond{1};
  EXPECT_EQ(code_of(good, kStart), "");
  EXPECT_EQ(code_of(good, kStart - kSecond), "collateral_not_yet_valid");
  EXPECT_EQ(code_of(good, kStart - kSkew, kSkew), "");
  EXPECT_EQ(code_of(good, kStart - kSkew - kSecond, kSkew), "collateral_not_yet_valid");
  for (const seconds skew : {kNone, kSkew}) {
    EXPECT_EQ(code_of(good, kEnd - kSecond, skew), "");
    EXPECT_EQ(code_of(good, kEnd, skew), "collateral_expired");
  }
  EXPECT_EQ(code_when([](MadeOcspAnswer& answer) { answer.next_update.reset(); }), "ocsp_no_next_update");
  MadeOcsp made_later = pki.by_issuer();
  made_later.produced_at = kNow + kSecond;
  EXPECT_EQ(code_of(made_later), "collateral_not_yet_valid");
  EXPECT_EQ(code_of(made_later, kNow, kSkew), "");
}

// ATTACK(V8): tryLater and unauthorized are no answers.
TEST_F(Ocsp, ThatIsUnsuccessfulSaysNothing) {
  for (const auto& [status, word] : {std::pair{OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, "malformedRequest"},
                                     {OCSP_RESPONSE_STATUS_INTERNALERROR, "internalError"},
                                     {OCSP_RESPONSE_STATUS_TRYLATER, "tryLater"},
                                     {OCSP_RESPONSE_STATUS_SIGREQUIRED, "sigRequired"},
                                     {OCSP_RESPONSE_STATUS_UNAUTHORIZED, "unauthorized"}}) {
    const OcspJudgement found = judge(test::made_ocsp_refusal(status));
    EXPECT_EQ(codes(found.failures), "ocsp_unsuccessful");
    EXPECT_NE(found.failures[0].message.find(word), std::string::npos) << found.failures[0].message;
    EXPECT_EQ(found.status, CertificateStatus::unknown);
  }
}

// ATTACK(V8): a responder without OCSPSigning, or one that may not sign for other reasons.
TEST_F(Ocsp, OfAResponderThatMayNotSignIsRefused) {
  const auto code_with = [&](std::vector<test::ExtensionSpec> extensions) {
    pki.responder_spec.extensions = std::move(extensions);
    pki.make_responder();
    return code_of(pki.by_responder());
  };
  const auto good = test::responder_extensions();
  EXPECT_EQ(code_with(good), "");
  EXPECT_EQ(code_with(test::without(good, "keyUsage")), "");
  EXPECT_EQ(code_with(test::without(good, "noCheck")), "");
  EXPECT_EQ(code_with(test::without(good, "basicConstraints")), "");
  EXPECT_EQ(code_with(test::replaced(good, {"extendedKeyUsage", "serverAuth,OCSPSigning", true})), "");
  EXPECT_EQ(code_with(test::without(good, "extendedKeyUsage")), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::replaced(good, {"extendedKeyUsage", "serverAuth"})), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::replaced(good, {"extendedKeyUsage", "anyExtendedKeyUsage"})), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::replaced(good, {"basicConstraints", "CA:TRUE", true})), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::replaced(good, {"keyUsage", "keyEncipherment", true})), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::replaced(good, {"keyUsage", "digitalSignature,keyCertSign", true})),
            "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::with(good, {"1.3.6.1.4.1.99999.1", "", true, Bytes{0x05, 0x00}})),
            "ocsp_signer_not_allowed");
  EXPECT_EQ(code_with(test::with(good, {"1.3.6.1.4.1.99999.1", "", false, Bytes{0x05, 0x00}})), "");
}

// ATTACK(V8): a delegate of another issuer, be it the root of the same chain.
TEST_F(Ocsp, OfADelegateOfAnotherIssuerIsRefused) {
  OcspPki other;
  MadeOcsp spec = pki.by_issuer();
  spec.embeds_signer = true;
  for (const test::Party* foreign : {&pki.chain.root, &other.chain.ca, &other.chain.root}) {
    const test::Party delegate = test::issue(pki.responder_spec, test::ec_key("P-384"), foreign);
    spec.key = delegate.key.get();
    spec.signer = delegate.der;
    EXPECT_EQ(code_of(spec), "ocsp_signer_not_allowed");
  }
  // The root itself, which stands above the issuer but did not issue.
  spec.key = pki.chain.root.key.get();
  spec.signer = pki.chain.root.der;
  EXPECT_EQ(code_of(spec), "ocsp_signer_not_allowed");
}

// ATTACK(V8): whose key is for OCSP must not vouch for itself.
TEST_F(Ocsp, OfTheCertificateInQuestionIsRefused) {
  MadeOcsp spec = pki.by_responder();
  spec.answers[0].certificate = pki.responder.der;
  const auto response = *OcspResponse::parse(made_ocsp_response(spec));
  EXPECT_EQ(
      codes(response->judge(*test::parsed(pki.responder.der), *test::parsed(pki.chain.ca.der), kNow, kNone).failures),
      "ocsp_signer_not_allowed");
}

TEST_F(Ocsp, OfAResponderWhoseCertificateIsAbsentIsRefused) {
  MadeOcsp spec = pki.by_responder();
  spec.embeds_signer = false;
  EXPECT_EQ(code_of(spec), "ocsp_signer_not_allowed");
  spec.embedded = {pki.chain.ca.der, pki.chain.root.der};
  EXPECT_EQ(code_of(spec), "ocsp_signer_not_allowed");
  spec.embedded.push_back(pki.responder.der);
  EXPECT_EQ(code_of(spec), "");
}

// ATTACK(V8): a delegate that is out of date; a renewed certificate of the same key beside it counts.
TEST_F(Ocsp, OfAResponderThatIsOutOfDateIsRefused) {
  MadeOcsp spec = pki.by_responder();
  spec.answers[0].this_update = kStart - hours{48};
  spec.answers[0].next_update = kEnd + hours{48};
  spec.produced_at = kStart - hours{48};
  EXPECT_EQ(code_of(spec, kEnd - seconds{1}), "");
  EXPECT_EQ(code_of(spec, kEnd), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_of(spec, kStart - seconds{1}), "ocsp_signer_not_allowed");
  EXPECT_EQ(code_of(spec, kStart - seconds{1}, seconds{120}), "");
  test::CertificateSpec renewed = pki.responder_spec;
  renewed.not_after = kEnd + hours{24};
  EVP_PKEY_up_ref(pki.responder.key.get());
  spec.embedded = {test::issue(renewed, crypto::PkeyPtr(pki.responder.key.get()), &pki.chain.ca).der};
  EXPECT_EQ(code_of(spec, kEnd), "");
}

TEST_F(Ocsp, SignedByAnotherKeyIsRefused) {
  OcspPki other;
  MadeOcsp spec = other.by_issuer();  // the same names
  spec.answers = {pki.answer()};
  EXPECT_EQ(code_of(spec), "ocsp_signature_invalid");
  // Claims the genuine responder, whose certificate it encloses, by name.
  spec = other.by_responder();
  spec.answers = {pki.answer()};
  spec.embeds_signer = false;
  spec.embedded = {pki.responder.der};
  EXPECT_EQ(code_of(spec), "ocsp_signature_invalid");
}

TEST_F(Ocsp, SignedWithAnotherAlgorithmIsRefused) {
  MadeOcsp spec = pki.by_issuer();
  for (const EVP_MD* digest : {EVP_sha1(), EVP_sha256(), EVP_sha512()}) {
    spec.digest = digest;
    EXPECT_EQ(code_of(spec), "ocsp_signature_algorithm");
  }
  pki.responder.key = test::ec_key("P-256");
  pki.make_responder();
  spec = pki.by_responder();
  spec.digest = EVP_sha256();
  EXPECT_EQ(code_of(spec), "");
  spec.digest = EVP_sha384();
  EXPECT_EQ(code_of(spec), "ocsp_signature_algorithm");
  pki.responder.key = test::rsa_key(3072);
  pki.make_responder();
  spec = pki.by_responder();
  spec.digest = EVP_sha256();
  EXPECT_EQ(code_of(spec), "ocsp_signature_algorithm");
}

TEST_F(Ocsp, WithAnUnknownCriticalExtensionCannotBeRead) {
  const test::MadeOcspExtension critical{"1.3.6.1.4.1.99999.1", Bytes{0x05, 0x00}, true};
  test::MadeOcspExtension harmless = critical;
  harmless.critical = false;
  MadeOcsp spec = pki.by_issuer();
  spec.extensions = {harmless, test::ocsp_nonce(Bytes(32, 1), true)};
  spec.answers[0].extensions = {harmless};
  EXPECT_EQ(code_of(spec), "");
  spec.extensions.push_back(critical);
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(spec)).has_value());
  spec.extensions.pop_back();
  spec.answers[0].extensions = {critical};
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(spec)).has_value());
  // In the answer, a nonce is as unknown as any other.
  spec.answers[0].extensions = {test::ocsp_nonce(Bytes(32, 1), true)};
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(spec)).has_value());
}

TEST_F(Ocsp, WithAnyBitFlippedIsRefused) {
  for (MadeOcsp spec : {pki.by_issuer(), pki.by_responder()}) {
    spec.extensions = {test::ocsp_nonce(Bytes(32, 0x5a))};
    const Bytes der = made_ocsp_response(spec);
    const CertificatePtr leaf = test::parsed(pki.chain.leaf.der), ca = test::parsed(pki.chain.ca.der);
    const std::size_t step = test::stride(8);
    EXPECT_EQ(test::count_accepted(der.size() * 8 / step,
                                   [&](std::size_t i) {
                                     const auto response = OcspResponse::parse(test::with_flipped_bit(der, i, step));
                                     return response &&
                                            codes((*response)->judge(*leaf, *ca, kNow, kNone).failures).empty();
                                   }),
              0U);
  }
}

TEST_F(Ocsp, OfAnotherShapeCannotBeRead) {
  const Bytes der = made_ocsp_response(pki.by_responder());
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(OcspResponse::parse(ByteView(der).first(size)).has_value()) << size;
  }
  Bytes longer = der;
  longer.push_back(0x00);
  EXPECT_FALSE(OcspResponse::parse(longer).has_value());
  EXPECT_FALSE(OcspResponse::parse(Bytes(ocsp::kMaxResponse + 1, 0x30)).has_value());
  EXPECT_FALSE(OcspResponse::parse(pki.chain.ca.der).has_value());
  MadeOcsp none = pki.by_issuer();
  none.answers.clear();
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(none)).has_value());
}

TEST_F(Ocsp, WithMoreThanItMayHoldCannotBeRead) {
  MadeOcsp spec = pki.by_issuer();
  spec.embedded = std::vector<Bytes>(ocsp::kMaxCertificates, pki.responder.der);
  EXPECT_EQ(code_of(spec), "");
  spec.embedded.push_back(pki.responder.der);
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(spec)).has_value());
  spec.embedded.clear();
  for (std::uint8_t i = 0; spec.answers.size() <= ocsp::kMaxAnswers; ++i) {
    EXPECT_EQ(code_of(spec), "") << int{i};
    test::CertificateSpec another = pki.chain.leaf_spec;
    another.serial = {0x01, i};
    MadeOcspAnswer more = pki.answer();
    more.certificate = test::issue(another, test::ec_key("P-384"), &pki.chain.ca).der;
    spec.answers.push_back(std::move(more));
  }
  EXPECT_FALSE(OcspResponse::parse(made_ocsp_response(spec)).has_value());
}

TEST_F(Ocsp, IsWorkedOutOnce) {
  KnownSignatures known(100);
  const CertificatePtr leaf = test::parsed(pki.chain.leaf.der), ca = test::parsed(pki.chain.ca.der);
  const auto response = *OcspResponse::parse(made_ocsp_response(pki.by_responder()));
  for (const std::size_t expected : {2U, 0U}) {  // the delegate's certificate and the response
    SignatureChecks checks(&known, {});
    EXPECT_EQ(codes(response->judge(*leaf, *ca, kNow, kNone, &checks).failures), "");
    EXPECT_EQ(checks.worked_out(), expected);
    checks.remember();
  }
  // Dates are judged anew each time.
  SignatureChecks checks(&known, {});
  EXPECT_EQ(codes(response->judge(*leaf, *ca, kEnd, kNone, &checks).failures),
            "ocsp_signer_not_allowed,collateral_expired");
}

TEST_F(Ocsp, IsAskedForInAWayThatOpensslReads) {
  ByteArray<32> nonce;
  nonce.fill(0x77);
  const CertificatePtr leaf = test::parsed(pki.chain.leaf.der), ca = test::parsed(pki.chain.ca.der);
  const Bytes der = ocsp_request(*leaf, *ca, nonce);
  const unsigned char* at = der.data();
  const crypto::Handle<OCSP_REQUEST, OCSP_REQUEST_free> request(
      d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(der.size())));
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(at, der.data() + der.size());
  EXPECT_EQ(test::der_of(request.get(), i2d_OCSP_REQUEST), der);
  ASSERT_EQ(OCSP_request_onereq_count(request.get()), 1);
  const test::OcspIdPtr id(OCSP_cert_to_id(EVP_sha384(), leaf->openssl(), ca->openssl()));
  EXPECT_EQ(OCSP_id_cmp(id.get(), OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), 0))), 0);
  MadeOcsp spec = pki.by_issuer();
  spec.extensions = {test::ocsp_nonce(nonce)};
  const Bytes answer = made_ocsp_response(spec);
  at = answer.data();
  const test::OcspResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(answer.size())));
  const test::OcspBasicPtr basic(OCSP_response_get1_basic(response.get()));
  EXPECT_EQ(OCSP_check_nonce(request.get(), basic.get()), 1);
}

// Name and key of the issuer both count: two authorities of one name, or one that was renamed, are two.
TEST_F(Ocsp, AboutACertificateOfAnIssuerOfAnotherNameIsRefused) {
  test::CertificateSpec of_other = pki.chain.leaf_spec;
  of_other.issuer_name = "renamed";
  const Bytes other = test::issue(of_other, test::ec_key("P-384"), &pki.chain.ca).der;
  EXPECT_EQ(code_when([&](MadeOcspAnswer& answer) { answer.certificate = other; }), "ocsp_wrong_certificate");
}

TEST_F(Ocsp, OfADelegateThatNamesAnotherIssuerIsRefused) {
  pki.responder_spec.issuer_name = "another issuer";
  pki.make_responder();
  EXPECT_EQ(code_of(pki.by_responder()), "ocsp_signer_not_allowed");
}

TEST_F(Ocsp, OfADelegateOfAnIssuerThatMayNotIssueIsRefused) {
  for (const test::ExtensionSpec& wrong : {test::ExtensionSpec{"basicConstraints", "CA:FALSE", true},
                                           test::ExtensionSpec{"keyUsage", "cRLSign,digitalSignature", true}}) {
    OcspPki changed;
    changed.chain.ca_spec.extensions = test::replaced(changed.chain.ca_spec.extensions, wrong);
    changed.make();
    const auto response = OcspResponse::parse(made_ocsp_response(changed.by_responder()));
    ASSERT_TRUE(response);
    const OcspJudgement found =
        (*response)->judge(*test::parsed(changed.chain.leaf.der), *test::parsed(changed.chain.ca.der), kNow, kNone);
    EXPECT_EQ(codes(found.failures), "ocsp_signer_not_allowed") << wrong.text;
  }
}

TEST_F(Ocsp, OfADelegateUnderAnRsaKeyIsRefused) {
  pki.chain.ca.key = test::rsa_key(3072);
  pki.chain.leaf_spec.signing = pki.responder_spec.signing = test::Signing::pss_sha384;
  pki.make();
  EXPECT_EQ(code_of(pki.by_responder()), "ocsp_signer_not_allowed");
}

// ATTACK(V8): who signed is not whom the response names.
TEST_F(Ocsp, OfAResponderThatItDoesNotNameIsRefused) {
  MadeOcsp spec = pki.by_responder();
  spec.embeds_signer = false;
  spec.embedded = {pki.responder.der};
  EXPECT_EQ(code_of(spec), "");
  test::CertificateSpec other = pki.responder_spec;
  other.common_name = "another responder";
  EVP_PKEY_up_ref(pki.responder.key.get());
  spec.signer = test::issue(other, crypto::PkeyPtr(pki.responder.key.get()), &pki.chain.ca).der;
  EXPECT_EQ(code_of(spec), "ocsp_signer_not_allowed");
}

TEST_F(Ocsp, TooLargeCannotBeRead) {
  const auto parsed = OcspResponse::parse(Bytes(ocsp::kMaxResponse + 1, 0x30));
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message().find("at most"), std::string::npos) << parsed.error().message();
}

TEST_F(Ocsp, ThatIsUnsuccessfulHasNoSignature) {
  const auto response = OcspResponse::parse(Bytes{0x30, 0x03, 0x0a, 0x01, 0x06});  // unauthorized
  ASSERT_TRUE(response);
  EXPECT_EQ(codes((*response)->check_signature(*test::parsed(pki.chain.ca.der))), "ocsp_unsuccessful");
}

}  // namespace
}  // namespace tenzro::tee::x509
