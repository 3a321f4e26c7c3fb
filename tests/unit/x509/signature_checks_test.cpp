// SPDX-License-Identifier: Apache-2.0
#include "x509/signature_checks.hpp"

#include <gtest/gtest.h>

#include "made/keys.hpp"
#include "made/pki.hpp"

namespace tenzro::tee::x509 {
namespace {

constexpr ByteArray<32> kAnchors{1}, kOtherAnchors{2};

class SignatureMemory : public testing::Test {
 protected:
  bool check(SignatureChecks& checks, const Certificate& subject, const Certificate& signer,
             std::string_view thing = signed_thing::kCertificate) {
    return checks.check(thing, signer, subject.signature_algorithm(),
                        {subject.sha256(), subject.signed_bytes(), subject.signature()});
  }
  test::Pki pki_ = std::move(test::Pki().make());
  CertificatePtr leaf_ = test::parsed(pki_.leaf.der), ca_ = test::parsed(pki_.ca.der);
  KnownSignatures known_{1 << 12};
};

TEST_F(SignatureMemory, AnswersAlikeWithAndWithoutMemory) {
  SignatureChecks plain, remembering(&known_, kAnchors);
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(check(plain, *leaf_, *ca_));
    EXPECT_TRUE(check(remembering, *leaf_, *ca_));
    EXPECT_FALSE(check(plain, *leaf_, *leaf_));
    EXPECT_FALSE(check(remembering, *leaf_, *leaf_));
    remembering.remember();
  }
}

// ATTACK(X19): one signed part with another signature, and every other way to ask nearly the same.
TEST_F(SignatureMemory, AnswersOnlyTheSameQuestion) {
  SignatureChecks first(&known_, kAnchors);
  ASSERT_TRUE(check(first, *leaf_, *ca_));
  first.remember();

  SignatureChecks again(&known_, kAnchors);
  for (std::size_t bit = 0; bit < pki_.leaf.der.size() * 8; ++bit) {
    Bytes der = pki_.leaf.der;
    der[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto other = Certificate::parse(der);
    EXPECT_TRUE(!other || !check(again, **other, *ca_)) << bit;
  }
  const SignedBytes what{leaf_->sha256(), leaf_->signed_bytes(), leaf_->signature()};
  EXPECT_TRUE(again.check(signed_thing::kCertificate, *ca_, SignatureAlgorithm::ecdsa_sha256, what));
  EXPECT_FALSE(again.check(signed_thing::kCertificate, *ca_, SignatureAlgorithm::ecdsa_sha384, what));
  EXPECT_FALSE(again.check(signed_thing::kCertificate, *ca_, SignatureAlgorithm::rsa_pss_sha384, what));
  EXPECT_FALSE(again.check_raw_p256(signed_thing::kCertificate, *ca_, what));
  EXPECT_FALSE(again.check_raw_p384(signed_thing::kCertificate, *ca_, what));
  test::Pki other;
  other.make();
  EXPECT_FALSE(check(again, *leaf_, *test::parsed(other.ca.der)));
}

TEST_F(SignatureMemory, WorksOutEachQuestionOnce) {
  SignatureChecks first(&known_, kAnchors);
  EXPECT_TRUE(check(first, *leaf_, *ca_));
  EXPECT_EQ(first.worked_out(), 1U);
  first.remember();
  SignatureChecks again(&known_, kAnchors);
  EXPECT_TRUE(check(again, *leaf_, *ca_));
  EXPECT_EQ(again.worked_out(), 0U);
}

// The answer is the same in other sets and for other things, but it is worked out anew.
TEST_F(SignatureMemory, KeepsAnchorsAndThingsApart) {
  SignatureChecks first(&known_, kAnchors);
  ASSERT_TRUE(check(first, *leaf_, *ca_));
  first.remember();
  SignatureChecks other_anchors(&known_, kOtherAnchors);
  EXPECT_TRUE(check(other_anchors, *leaf_, *ca_));
  EXPECT_EQ(other_anchors.worked_out(), 1U);
  SignatureChecks other_thing(&known_, kAnchors);
  EXPECT_TRUE(check(other_thing, *leaf_, *ca_, signed_thing::kRevocationList));
  EXPECT_EQ(other_thing.worked_out(), 1U);
}

TEST_F(SignatureMemory, LearnsNothingBeforeItIsTold) {
  SignatureChecks first(&known_, kAnchors);
  ASSERT_TRUE(check(first, *leaf_, *ca_));
  SignatureChecks second(&known_, kAnchors);
  EXPECT_TRUE(check(second, *leaf_, *ca_));
  EXPECT_EQ(second.worked_out(), 1U);
}

TEST_F(SignatureMemory, NeverRemembersANo) {
  SignatureChecks checks(&known_, kAnchors);
  for (std::size_t round = 1; round <= 3; ++round) {
    EXPECT_FALSE(check(checks, *ca_, *leaf_));
    checks.remember();
    EXPECT_EQ(checks.worked_out(), round);
  }
}

// ECDSA says nothing about the hash: the algorithm names the curve as well.
TEST(SignatureAlgorithms, TakeTheKeysThatGoWithThemAndNoOthers) {
  const Bytes data(50, 0x11);
  const ByteArray<32> whole{};
  for (const char* const curve : {"P-256", "P-384"}) {
    const bool p256 = std::string_view(curve) == "P-256";
    const crypto::PkeyPtr key = test::ec_key(curve);
    const test::Party party = test::issue({}, test::share(key), nullptr);
    const CertificatePtr signer = test::parsed(party.der);
    const auto good = [&](SignatureAlgorithm algorithm, crypto::Hash hash) {
      const Bytes signature = test::sign_der(key, hash, data);
      return SignatureChecks().check(signed_thing::kCertificate, *signer, algorithm, {whole, data, signature});
    };
    EXPECT_EQ(good(SignatureAlgorithm::ecdsa_sha256, crypto::Hash::sha256), p256) << curve;
    EXPECT_EQ(good(SignatureAlgorithm::ecdsa_sha384, crypto::Hash::sha384), !p256) << curve;
    EXPECT_FALSE(good(SignatureAlgorithm::rsa_pss_sha384, crypto::Hash::sha384)) << curve;
    EXPECT_FALSE(good(SignatureAlgorithm::rsa_pkcs1_sha256, crypto::Hash::sha256)) << curve;
    EXPECT_FALSE(good(SignatureAlgorithm::other, crypto::Hash::sha256)) << curve;

    const std::size_t width = p256 ? 32 : 48;
    const Bytes with_256 = test::raw_signature(test::sign_der(key, crypto::Hash::sha256, data), width);
    const Bytes with_384 = test::raw_signature(test::sign_der(key, crypto::Hash::sha384, data), width);
    EXPECT_EQ(SignatureChecks().check_raw_p256("thing", *signer, {whole, data, with_256}), p256) << curve;
    EXPECT_EQ(SignatureChecks().check_raw_p384("thing", *signer, {whole, data, with_384}), !p256) << curve;
  }
  const CertificatePtr rsa = test::parsed(test::issue({}, test::rsa_key(2048), nullptr).der);
  const Bytes signature(64, 0x22);
  EXPECT_FALSE(SignatureChecks().check_raw_p256("thing", *rsa, {whole, data, signature}));
  EXPECT_FALSE(SignatureChecks().check_raw_p384("thing", *rsa, {whole, data, signature}));
}

}  // namespace
}  // namespace tenzro::tee::x509
