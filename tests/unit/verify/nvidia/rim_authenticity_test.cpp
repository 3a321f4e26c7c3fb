// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/rim_authenticity.hpp"

#include <gtest/gtest.h>

#include <set>

#include "made/rim_signer.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::kEnd;
using test::kNow;
using test::kStart;
using test::MadeRim;
using test::MadeRimSigner;

using Codes = std::set<std::string>;

class RimSigner : public testing::Test {
 protected:
  RimAuthenticity judge(const Bytes& xml, const x509::AnchorSet& anchors, x509::Moment moment = {kNow},
                        x509::SignatureChecks* checks = nullptr) const {
    const Rim rim = parse_rim(xml).value();
    return judge_rim({.rim = rim,
                      .document_sha256 = crypto::sha256(xml),
                      .name = "driver.xml",
                      .anchors = anchors,
                      .moment = moment,
                      .checks = checks});
  }
  Codes codes(const Bytes& xml, x509::Moment moment = {kNow}) const {
    return codes_of(judge(xml, good_.anchors(), moment));
  }
  static Codes codes_of(const RimAuthenticity& found) {
    Codes out;
    for (const Finding& failure : found.failures) {
      EXPECT_TRUE(failure.message.starts_with("driver.xml: ")) << failure.message;
      out.insert(failure.code);
    }
    EXPECT_EQ(found.authentic(), out.empty());
    return out;
  }
  /// Of another hierarchy whose names are those of the good one, under its root.
  Codes codes_of_chain(MadeRimSigner& signer) const {
    signer.make();
    return codes_of(judge(signer.signing().bytes(), signer.anchors()));
  }

  MadeRimSigner good_ = std::move(MadeRimSigner().make());
};

TEST_F(RimSigner, IsNotBelievedBeforeItIsJudged) { EXPECT_FALSE(RimAuthenticity().authentic()); }

TEST_F(RimSigner, IsBelieved) {
  const auto found = judge(good_.signing().bytes(), good_.anchors());
  EXPECT_EQ(codes_of(found), Codes{});
  EXPECT_EQ(found.valid_until, kEnd);
  EXPECT_EQ(found.chain.size(), 4U);
  ASSERT_EQ(found.certificates.size(), 4U);
  EXPECT_NE(found.certificates[0].subject.find("HCC RIM L4 Signer"), std::string::npos);
}

TEST_F(RimSigner, EndsWithTheFirstCertificateThatEnds) {
  MadeRimSigner signer;
  signer.l3_spec.not_after = kNow + std::chrono::seconds{1};
  signer.make();
  const Bytes xml = signer.signing().bytes();
  EXPECT_EQ(judge(xml, signer.anchors()).valid_until, kNow + std::chrono::seconds{1});
  const auto late = judge(xml, signer.anchors(), {kNow + std::chrono::seconds{1}});
  EXPECT_EQ(codes_of(late), Codes{"certificate_expired"});
  EXPECT_FALSE(late.valid_until.has_value());
  EXPECT_EQ(codes_of(judge(xml, signer.anchors(), {kStart - std::chrono::seconds{1}})),
            Codes{"certificate_not_yet_valid"});
}

// ATTACK(V6)
TEST_F(RimSigner, MustHaveSignedTheContent) {
  std::string text = good_.signing().text();
  text.replace(text.find("active=\"False\""), 14, "active=\"True\"");
  EXPECT_EQ(codes({text.begin(), text.end()}), Codes{"rim_digest_mismatch"});
  // The digest made right again by whoever changed the content.
  MadeRim changed = good_.signing();
  const Bytes signature = changed.sign({});
  changed.sign = [&](ByteView) { return signature; };
  EXPECT_EQ(codes(changed.bytes()), Codes{"rim_signature_invalid"});
  changed.sign = [](ByteView) { return Bytes(96, 0); };
  EXPECT_EQ(codes(changed.bytes()), Codes{"rim_signature_invalid"});
  // Two reasons are both told.
  text = changed.text();
  text.replace(text.find("1111"), 4, "1112");
  EXPECT_EQ(codes({text.begin(), text.end()}), (Codes{"rim_digest_mismatch", "rim_signature_invalid"}));
}

// ATTACK(V6): genuine certificates around a signature by somebody else.
TEST_F(RimSigner, IsTheLeafAndNobodyElse) {
  const auto signed_by = [&](const crypto::PkeyPtr& key) {
    MadeRim rim = good_.signing();
    rim.sign = [&](ByteView data) { return test::sign_raw_p384(key, data); };
    return codes(rim.bytes());
  };
  EXPECT_EQ(signed_by(good_.leaf.key), Codes{});
  EXPECT_EQ(signed_by(good_.l3.key), Codes{"rim_signature_invalid"});
  EXPECT_EQ(signed_by(good_.ca.key), Codes{"rim_signature_invalid"});
  EXPECT_EQ(signed_by(good_.root.key), Codes{"rim_signature_invalid"});
  EXPECT_EQ(signed_by(test::ec_key("P-384")), Codes{"rim_signature_invalid"});
}

// ATTACK(V6)
TEST_F(RimSigner, StandsUnderTheTrustedRoot) {
  MadeRimSigner impostor;
  impostor.make();
  EXPECT_EQ(codes(impostor.signing().bytes()), Codes{"root_mismatch"});
  MadeRim rim = impostor.signing();
  rim.chain.back() = good_.root.der;
  EXPECT_EQ(codes(rim.bytes()), Codes{"untrusted_root"});
  rim.chain.pop_back();
  EXPECT_EQ(codes(rim.bytes()), Codes{"untrusted_root"});
  impostor.root_spec.common_name = "NVIDIA CoRIM L1 Root CA Debug Only";
  impostor.make();
  EXPECT_EQ(codes(impostor.signing().bytes()), Codes{"untrusted_root"});
  EXPECT_EQ(codes_of(judge(good_.signing().bytes(), x509::AnchorSet::pinned())), Codes{"untrusted_root"});
}

TEST_F(RimSigner, SendsItsWholeChainInOrder) {
  const auto with = [&](std::vector<Bytes> chain) {
    MadeRim rim = good_.signing();
    rim.chain = std::move(chain);
    return codes(rim.bytes());
  };
  EXPECT_EQ(with({good_.leaf.der, good_.l3.der, good_.ca.der}), Codes{}) << "the root is known";
  EXPECT_EQ(with({good_.leaf.der}), Codes{"chain_length"});
  EXPECT_EQ(with({good_.leaf.der, good_.ca.der, good_.root.der}), (Codes{"certificate_order", "chain_length"}));
  EXPECT_TRUE(with({good_.l3.der, good_.leaf.der, good_.ca.der, good_.root.der}).contains("certificate_order"));
  EXPECT_TRUE(with({good_.l3.der, good_.ca.der, good_.root.der}).contains("chain_length"));
  EXPECT_EQ(with({good_.leaf.der, Bytes(64, 0x30)}), Codes{"certificate_malformed"});
  EXPECT_TRUE(with({good_.leaf.der, good_.leaf.der, good_.l3.der, good_.ca.der, good_.root.der})
                  .contains("certificate_duplicated"));
}

TEST_F(RimSigner, IsOfItsKind) {
  MadeRimSigner other;
  other.leaf_spec.common_name = "NVIDIA Something Else";
  EXPECT_EQ(codes_of_chain(other), Codes{"certificate_name"});
  other = {};
  other.leaf_spec.common_name = "NVIDIA Reference Value L4 LS10";
  EXPECT_EQ(codes_of_chain(other), Codes{});
  other = {};
  other.l3_spec.common_name = "NVIDIA Provisioner ICA 1";
  EXPECT_EQ(codes_of_chain(other), Codes{"certificate_name"});
  other = {};
  other.leaf_spec.extensions = test::ca_extensions();
  EXPECT_TRUE(codes_of_chain(other).contains("leaf_is_ca"));
}

// The key of another curve cannot sign at all; that the signature is none is not even looked at.
TEST_F(RimSigner, HasAKeyOnP384) {
  MadeRimSigner other;
  other.leaf_curve = "P-256";
  other.make();
  MadeRim rim = other.signing();
  rim.sign = {};
  EXPECT_EQ(codes_of(judge(rim.bytes(), other.anchors())), Codes{"key_not_allowed"});
}

TEST_F(RimSigner, IsRememberedByTheDocument) {
  const x509::AnchorSet anchors = good_.anchors();
  x509::KnownSignatures known(1 << 12);
  x509::SignatureChecks first(&known, anchors.id());
  const Bytes xml = good_.signing().bytes();
  ASSERT_TRUE(judge(xml, anchors, {kNow}, &first).authentic());
  first.remember();
  x509::SignatureChecks again(&known, anchors.id());
  EXPECT_TRUE(judge(xml, anchors, {kNow}, &again).authentic());
  EXPECT_EQ(again.worked_out(), 0U);
  // Dates are not remembered.
  EXPECT_EQ(codes_of(judge(xml, anchors, {kEnd}, &again)), Codes{"certificate_expired"});
  // The same certificates around another signature: another question.
  MadeRim forged = good_.signing();
  forged.sign = [](ByteView) { return Bytes(96, 1); };
  EXPECT_EQ(codes_of(judge(forged.bytes(), anchors, {kNow}, &again)), Codes{"rim_signature_invalid"});
}

}  // namespace
}  // namespace tenzro::tee::nvidia
