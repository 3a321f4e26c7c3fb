// SPDX-License-Identifier: Apache-2.0
// The imitated hierarchy: derived keys, certificates of Intel's shape, one fixed root.
#include "provider/simulated/intel_hierarchy.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/vectors.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/anchor_set.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::kJudged;

Bytes der_of(const Identity& identity) { return identity.certificate; }

std::vector<std::pair<std::string, bool>> extensions_of(ByteView der) {
  const auto certificate = x509::Certificate::parse(der);
  std::vector<std::pair<std::string, bool>> out;
  for (const x509::Extension& extension : (*certificate)->extensions()) {
    out.emplace_back(extension.oid, extension.critical);
  }
  return out;
}

TEST(LabelKey, IsAnotherOneForAnotherLabel) {
  EXPECT_NE(public_point(key_from_label("a").get()), public_point(key_from_label("b").get()));
  EXPECT_NE(public_point(key_from_label("").get()), public_point(key_from_label("a").get()));
}

TEST(LabelKey, IsTheSameEveryTime) {
  EXPECT_EQ(public_point(key_from_label("a").get()), public_point(key_from_label("a").get()));
}

// Computed apart from this library: G times SHA-256("tenzro-sim-key" || 0 || label || 00000000).
TEST(LabelKey, IsTheProductOfTheHashedLabelAndTheGenerator) {
  EXPECT_EQ(to_hex(public_point(key_from_label("tenzro-sim-intel-v1/root").get())),
            "1487b880380de92998c9119b20fc48170c9a85ddbf657ad367f22efb2688c0ac"
            "a4e2c49d0c877112ce8909101897eb1509e8444851f09bb5b718df8b477a8615");
}

TEST(LabelKey, SignsWhatItsPublicPointVerifies) {
  const crypto::PkeyPtr key = key_from_label("signer");
  const Bytes data{1, 2, 3};
  const ByteArray<64> signature = sign(key.get(), data);
  const auto verifier = crypto::EcPublicKey::from_point(crypto::Curve::p256, public_point(key.get()));
  ASSERT_TRUE(verifier);
  EXPECT_TRUE(verifier->verify(crypto::Hash::sha256, data, signature));
  EXPECT_FALSE(verifier->verify(crypto::Hash::sha256, Bytes{1, 2, 4}, signature));
}

TEST(SimulatedHierarchy, HasTheCompiledInRootByteForByte) {
  const IntelHierarchy hierarchy;
  for (const Platform platform : {Platform::intel_tdx, Platform::intel_sgx}) {
    for (const ChainRole role : {ChainRole::evidence_signer, ChainRole::tcb_signer}) {
      EXPECT_TRUE(x509::AnchorSet::simulated()->has_root(platform, role, hierarchy.root().certificate));
      EXPECT_FALSE(x509::AnchorSet::pinned().has_root(platform, role, hierarchy.root().certificate));
    }
  }
}

// A root that changes makes every simulated report of the past worthless; so it changes on purpose or not at all.
TEST(SimulatedHierarchy, RootIsTheOneOfAlways) {
  EXPECT_EQ(to_hex(crypto::sha256(IntelHierarchy().root().certificate)),
            "4874d87aaa7d5345201930c312b180b4a4d0c66b756b9b6ad3b6963d5aeed5c5");
}

TEST(SimulatedHierarchy, RootCertifiesTheKeyOfItsLabel) {
  const IntelHierarchy hierarchy;
  const auto root = x509::Certificate::parse(hierarchy.root().certificate);
  ASSERT_TRUE(root) << root.error().message();
  const Bytes data{7};
  EXPECT_TRUE((*root)->ec_key()->verify(crypto::Hash::sha256, data, sign(hierarchy.root().key.get(), data)));
}

TEST(ForeignHierarchy, HasIntelsNamesAndAnotherRoot) {
  const IntelHierarchy ours;
  const IntelHierarchy foreign("somebody else");
  EXPECT_NE(der_of(ours.root()), der_of(foreign.root()));
  const auto a = x509::Certificate::parse(ours.root().certificate);
  const auto b = x509::Certificate::parse(foreign.root().certificate);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(std::ranges::equal((*a)->subject(), (*b)->subject()));
  EXPECT_FALSE(
      x509::AnchorSet::simulated()->has_root(Platform::intel_tdx, ChainRole::evidence_signer, der_of(foreign.root())));
}

TEST(ForeignHierarchy, DoesNotVerifyUnderOurRoot) {
  const IntelHierarchy ours;
  const TdxEvidenceMaker foreign("somebody else");
  const Bytes leaf = foreign.pck_certificate(tdx_quote_spec());
  const std::vector<Bytes> cas{foreign.hierarchy().platform_ca().certificate};
  EXPECT_NE(test::path_verdict(ours.root().certificate, cas, leaf, kJudged), X509_V_OK);
  EXPECT_EQ(test::path_verdict(foreign.hierarchy().root().certificate, cas, leaf, kJudged), X509_V_OK);
}

TEST(SimulatedChain, VerifiesStrictlyFromEveryLeafToTheRoot) {
  const TdxEvidenceMaker maker;
  const IntelHierarchy& hierarchy = maker.hierarchy();
  const Bytes root = der_of(hierarchy.root());
  EXPECT_EQ(test::path_verdict(root, {}, root, kJudged), X509_V_OK);
  EXPECT_EQ(test::path_verdict(root, {}, der_of(hierarchy.tcb_signer()), kJudged), X509_V_OK);
  EXPECT_EQ(
      test::path_verdict(root, {der_of(hierarchy.platform_ca())}, maker.pck_certificate(tdx_quote_spec()), kJudged),
      X509_V_OK);
  EXPECT_EQ(
      test::path_verdict(root, {der_of(hierarchy.processor_ca())}, maker.pck_certificate(sgx_quote_spec()), kJudged),
      X509_V_OK);
}

TEST(SimulatedChain, IsRefusedUnderTheOtherCa) {
  const TdxEvidenceMaker maker;
  EXPECT_NE(test::path_verdict(maker.hierarchy().root().certificate, {maker.hierarchy().processor_ca().certificate},
                               maker.pck_certificate(tdx_quote_spec()), kJudged),
            X509_V_OK);
}

TEST(SimulatedChain, HasTheExtensionsOfIntels) {
  const TdxEvidenceMaker maker;
  const std::vector<std::pair<std::string, bool>> ca{
      {"2.5.29.35", false}, {"2.5.29.31", false}, {"2.5.29.14", false}, {"2.5.29.15", true}, {"2.5.29.19", true}};
  auto pck = ca;
  pck.emplace_back("1.2.840.113741.1.13.1", false);
  EXPECT_EQ(extensions_of(maker.hierarchy().root().certificate), ca);
  EXPECT_EQ(extensions_of(maker.hierarchy().platform_ca().certificate), ca);
  EXPECT_EQ(extensions_of(maker.hierarchy().processor_ca().certificate), ca);
  EXPECT_EQ(extensions_of(maker.hierarchy().tcb_signer().certificate), ca);
  EXPECT_EQ(extensions_of(maker.pck_certificate(tdx_quote_spec())), pck);
  if (test::have_vectors()) {
    EXPECT_EQ(extensions_of(test::read_vector("tdx/roots/intel_sgx_root_ca.der")), ca);
    EXPECT_EQ(extensions_of(test::read_vector("tdx/roots/intel_pck_platform_ca.der")), ca);
    EXPECT_EQ(extensions_of(test::read_vector("tdx/roots/intel_tcb_signing_2025_2032.der")), ca);
  }
}

// Names, key usage and constraints: whatever does not hold a key, a number, a date or an address.
TEST(SimulatedChain, SaysOfItselfWhatIntelsDoes) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "compares with genuine certificates";
  }
  const IntelHierarchy ours;
  const std::vector<std::pair<Bytes, std::string>> pairs{
      {der_of(ours.root()), "tdx/roots/intel_sgx_root_ca.der"},
      {der_of(ours.platform_ca()), "tdx/roots/intel_pck_platform_ca.der"},
      {der_of(ours.tcb_signer()), "tdx/roots/intel_tcb_signing_2025_2032.der"}};
  for (const auto& [made, genuine_path] : pairs) {
    const Bytes genuine_der = test::read_vector(genuine_path);
    const auto a = x509::Certificate::parse(made);
    const auto b = x509::Certificate::parse(genuine_der);
    ASSERT_TRUE(a && b) << genuine_path;
    EXPECT_TRUE(std::ranges::equal((*a)->subject(), (*b)->subject())) << genuine_path;
    EXPECT_TRUE(std::ranges::equal((*a)->issuer(), (*b)->issuer())) << genuine_path;
    for (const char* oid : {"2.5.29.15", "2.5.29.19"}) {
      EXPECT_TRUE(std::ranges::equal((*a)->extension(oid)->value, (*b)->extension(oid)->value)) << genuine_path << oid;
    }
  }
}

TEST(MakeCertificate, DerivesTheSerialFromTheKeyUnlessOneIsGiven) {
  const IntelHierarchy hierarchy;
  const crypto::PkeyPtr key = key_from_label("leaf");
  CertificateSpec spec{.common_name = "Intel SGX PCK Certificate", .not_before = kJudged, .not_after = kJudged};
  const Bytes first = make_certificate(spec, key.get(), &hierarchy.platform_ca());
  const Bytes again = make_certificate(spec, key.get(), &hierarchy.platform_ca());
  EXPECT_EQ(serial_of(first), serial_of(again));
  spec.serial = {0x00, 0x81, 0x02};
  EXPECT_EQ(serial_of(make_certificate(spec, key.get(), &hierarchy.platform_ca())), (Bytes{0x00, 0x81, 0x02}));
}

TEST(MakeCertificate, AddsAnUnknownCriticalExtension) {
  const IntelHierarchy hierarchy;
  CertificateSpec spec{.common_name = "Intel SGX TCB Signing",
                       .not_before = kJudged - std::chrono::days(1),
                       .not_after = kJudged + std::chrono::days(1)};
  const crypto::PkeyPtr key = key_from_label("leaf");
  const Bytes root = hierarchy.root().certificate;
  EXPECT_EQ(test::path_verdict(root, {}, make_certificate(spec, key.get(), &hierarchy.root()), kJudged), X509_V_OK);
  spec.unknown_critical_extension = true;
  EXPECT_EQ(test::path_verdict(root, {}, make_certificate(spec, key.get(), &hierarchy.root()), kJudged),
            X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
}

TEST(MakeCertificate, LeavesOutWhatItIsToldTo) {
  CertificateSpec spec{.common_name = "x", .not_before = kJudged, .not_after = kJudged};
  spec.with_authority_key_id = spec.with_subject_key_id = spec.with_crl_distribution_point = false;
  spec.with_key_usage = spec.with_basic_constraints = false;
  const crypto::PkeyPtr key = key_from_label("leaf");
  EXPECT_TRUE(extensions_of(make_certificate(spec, key.get(), nullptr)).empty());
}

TEST(MakeCertificate, SignsWithTheKeyOfAnIssuerThatIsNotTheNamedOne) {
  const IntelHierarchy hierarchy;
  Identity liar;
  liar.key = key_from_label("liar");
  liar.certificate = hierarchy.root().certificate;
  const CertificateSpec spec{.common_name = "Intel SGX TCB Signing", .not_before = kJudged, .not_after = kJudged};
  const Bytes made = make_certificate(spec, key_from_label("leaf").get(), &liar);
  EXPECT_EQ(test::path_verdict(hierarchy.root().certificate, {}, made, kJudged), X509_V_ERR_CERT_SIGNATURE_FAILURE);
}

TEST(MakeCertificate, SignsWithAnotherHashWhenAsked) {
  CertificateSpec spec{.common_name = "x", .not_before = kJudged, .not_after = kJudged};
  spec.signature_hash = crypto::Hash::sha384;
  const auto made = x509::Certificate::parse(make_certificate(spec, key_from_label("leaf").get(), nullptr));
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ((*made)->signature_algorithm(), x509::SignatureAlgorithm::ecdsa_sha384);
}

}  // namespace
}  // namespace tenzro::tee::simulated
