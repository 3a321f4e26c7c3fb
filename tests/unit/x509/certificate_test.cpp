// SPDX-License-Identifier: Apache-2.0
// The DER-strict front end.
#include "x509/certificate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "made/der.hpp"
#include "made/pki.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::x509 {
namespace {

using test::CertificateSpec;
using test::issue;

std::string refusal(ByteView der) {
  const auto certificate = Certificate::parse(der);
  if (certificate) {
    return "accepted";
  }
  EXPECT_EQ(certificate.error().code(), ErrorCode::malformed_input);
  return certificate.error().message();
}

void expect_refused(ByteView der, std::string_view reason) {
  EXPECT_NE(refusal(der).find(reason), std::string::npos) << refusal(der);
}

/// The first place where the pattern stands.
std::size_t find(const Bytes& der, const Bytes& pattern) {
  const auto at = std::ranges::search(der, pattern).begin();
  EXPECT_NE(at, der.end());
  return static_cast<std::size_t>(at - der.begin());
}

Bytes good_leaf() {
  static const Bytes der = test::Pki().make().leaf.der;
  return der;
}

TEST(Certificate, ReadsItsFields) {
  test::Pki pki;
  pki.leaf_spec.organization = "Acme";
  pki.leaf_spec.serial = {0x80, 0x01};
  pki.make();
  const CertificatePtr leaf = test::parsed(pki.leaf.der);
  EXPECT_TRUE(std::ranges::equal(leaf->der(), pki.leaf.der));
  EXPECT_EQ(leaf->sha256(), crypto::sha256(pki.leaf.der));
  EXPECT_EQ(to_hex(leaf->serial()), "008001");
  EXPECT_EQ(leaf->common_name(), "leaf");
  EXPECT_EQ(leaf->organization(), "Acme");
  EXPECT_EQ(leaf->not_before(), test::kStart);
  EXPECT_EQ(leaf->not_after(), test::kEnd);
  EXPECT_EQ(leaf->signature_algorithm(), SignatureAlgorithm::ecdsa_sha256);
  EXPECT_EQ(leaf->key_kind(), KeyKind::ec_p256);
  EXPECT_EQ(leaf->key_bits(), 256);
  ASSERT_TRUE(leaf->ec_key().has_value());
  EXPECT_FALSE(leaf->self_issued());
  EXPECT_TRUE(std::ranges::equal(leaf->issuer(), test::parsed(pki.ca.der)->subject()));
  ASSERT_NE(leaf->extension("2.5.29.15"), nullptr);
  EXPECT_TRUE(leaf->extension("2.5.29.15")->critical);
  EXPECT_EQ(leaf->extension("2.5.29.37"), nullptr);
  EXPECT_EQ(leaf->info().subject, "O=Acme,CN=leaf");
  EXPECT_EQ(leaf->info().issuer, "O=Test,CN=ca");
  EXPECT_EQ(leaf->info().sha256, leaf->sha256());
  EXPECT_TRUE(test::parsed(pki.root.der)->self_issued());
}

TEST(Certificate, ReadsDatesOfBothForms) {
  CertificateSpec spec;
  spec.not_before = *from_rfc3339("2049-12-31T23:59:59Z");
  spec.not_after = *from_rfc3339("9999-12-31T23:59:59Z");
  const CertificatePtr certificate = test::parsed(issue(spec, test::ec_key(), nullptr).der);
  EXPECT_EQ(to_rfc3339(certificate->not_before()), "2049-12-31T23:59:59Z");
  EXPECT_EQ(to_rfc3339(certificate->not_after()), "9999-12-31T23:59:59Z");
}

TEST(Certificate, RefusesDatesOfOtherForms) {
  Bytes der = good_leaf();
  const std::size_t at = find(der, {0x17, 0x0d});
  const auto with_date = [&](std::string_view text) {
    Bytes changed = der;
    std::ranges::copy(text, changed.begin() + static_cast<std::ptrdiff_t>(at + 2));
    return changed;
  };
  expect_refused(with_date("231301000000Z"), "no such date");
  expect_refused(with_date("230230000000Z"), "no such date");
  expect_refused(with_date("230101240000Z"), "no such date");
  expect_refused(with_date("230101000060Z"), "no such date");
  expect_refused(with_date("2301010000+01"), "end in Z");
  expect_refused(with_date("23010100000 Z"), "end in Z");
}

// ATTACK(X14)
TEST(Certificate, RefusesTrailingBytesAndLooseLengths) {
  const Bytes der = good_leaf();
  Bytes trailing = der;
  trailing.insert(trailing.end(), {0x05, 0x00});
  expect_refused(trailing, "unexpected bytes");

  Bytes long_length{0x30, 0x83, 0x00};
  long_length.insert(long_length.end(), der.begin() + 2, der.end());
  expect_refused(long_length, "shortest");

  Bytes indefinite{0x30, 0x80};
  indefinite.insert(indefinite.end(), der.begin() + 4, der.end());
  indefinite.insert(indefinite.end(), {0x00, 0x00});
  expect_refused(indefinite, "indefinite");

  // Non-minimal inside: the length of the subject's key, a BIT STRING that OpenSSL would read all the same.
  Bytes inner = der;
  const std::size_t at = find(inner, {0x03, 0x42, 0x00, 0x04});
  inner.insert(inner.begin() + static_cast<std::ptrdiff_t>(at + 1), 0x81);
  EXPECT_NE(refusal(inner), "accepted");

  expect_refused(Bytes{}, "certificate");
  expect_refused(Bytes(kMaxCertificateSize + 1, 0x30), "at most");
  expect_refused(Bytes{0x04, 0x00}, "SEQUENCE");
}

// ATTACK(X14)
TEST(Certificate, RefusesOtherVersions) {
  CertificateSpec spec;
  spec.version = 0;
  spec.extensions = {};
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "version 1");
  spec.version = 1;
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "version 2");
  spec.version = 3;
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "version 4");
}

TEST(Certificate, TakesSerialNumbersFromZeroToTwentyBytes) {
  CertificateSpec spec;
  spec.serial = {};
  EXPECT_EQ(to_hex(test::parsed(issue(spec, test::ec_key(), nullptr).der)->serial()), "00");
  // Genuine Intel serials have twenty bytes with the first bit set, so that their INTEGER has twenty-one.
  spec.serial = Bytes(20, 0xff);
  EXPECT_EQ(test::parsed(issue(spec, test::ec_key(), nullptr).der)->serial().size(), 21U);
  spec.serial = Bytes(21, 0x7f);
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "more than 20 bytes");
  spec.serial = {0x05};
  spec.negative_serial = true;
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "negative");
}

// ATTACK(X14)
TEST(Certificate, RefusesAnExtensionGivenTwice) {
  CertificateSpec spec;
  spec.extensions = {{"1.2.3.4", "", false, Bytes{0x05, 0x00}}, {"1.2.3.4", "", false, Bytes{0x05, 0x00}}};
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "twice");
}

TEST(Certificate, RefusesMoreExtensionsThanAnyVendorWrites) {
  CertificateSpec spec;
  for (int i = 0; i < 65; ++i) {
    spec.extensions.push_back({"1.2.3." + std::to_string(i), "", false, Bytes{0x05, 0x00}});
  }
  expect_refused(issue(spec, test::ec_key(), nullptr).der, "more than 64");
}

TEST(Certificate, RefusesMalformedKnownExtensions) {
  CertificateSpec spec;
  spec.extensions = {{"basicConstraints", "", true, Bytes{0x30, 0x01, 0x00}}};
  EXPECT_NE(refusal(issue(spec, test::ec_key(), nullptr).der), "accepted");
  spec.extensions = {{"keyUsage", "", true, Bytes{0x03, 0x02, 0x07, 0x00}}};
  EXPECT_NE(refusal(issue(spec, test::ec_key(), nullptr).der), "accepted") << "no usage at all";
}

// ATTACK(X14): the algorithm outside the signature says another thing than the one inside.
TEST(Certificate, RefusesAlgorithmsThatDisagree) {
  Bytes der = good_leaf();
  const Bytes ecdsa_sha256{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
  const std::size_t inner = find(der, ecdsa_sha256);
  Bytes changed = der;
  changed[inner + 9] = 0x03;
  expect_refused(changed, "differs");
  changed = der;
  const auto rest = std::ranges::search(
      std::ranges::subrange(der.begin() + static_cast<std::ptrdiff_t>(inner + 1), der.end()), ecdsa_sha256);
  changed[static_cast<std::size_t>(rest.begin() - der.begin()) + 9] = 0x03;
  expect_refused(changed, "differs");
}

// ATTACK(X13): explicit curve parameters are refused before OpenSSL looks at them.
TEST(Certificate, RefusesExplicitCurveParameters) {
  crypto::PkeyPtr key = test::ec_key();
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), "encoding", "explicit"), 1);
  expect_refused(issue({}, std::move(key), nullptr).der, "named curve");
}

TEST(Certificate, NamesKeysAndAlgorithmsThatChainsMayUseAndNoOthers) {
  const auto made = [](crypto::PkeyPtr key, test::Signing signing) {
    CertificateSpec spec;
    spec.signing = signing;
    return test::parsed(issue(spec, std::move(key), nullptr).der);
  };
  using test::Signing;
  auto certificate = made(test::ec_key("P-384"), Signing::sha384);
  EXPECT_EQ(certificate->key_kind(), KeyKind::ec_p384);
  EXPECT_EQ(certificate->signature_algorithm(), SignatureAlgorithm::ecdsa_sha384);
  certificate = made(test::ec_key("P-521"), Signing::sha384);
  EXPECT_EQ(certificate->key_kind(), KeyKind::other);
  EXPECT_FALSE(certificate->ec_key().has_value());
  certificate = made(test::ed25519_key(), Signing::no_digest);
  EXPECT_EQ(certificate->key_kind(), KeyKind::other);
  EXPECT_EQ(certificate->signature_algorithm(), SignatureAlgorithm::other);
  certificate = made(test::ec_key(), Signing::sha1);
  EXPECT_EQ(certificate->signature_algorithm(), SignatureAlgorithm::other);

  const auto rsa = [&](Signing signing) { return made(test::rsa_key(2048), signing); };
  EXPECT_EQ(rsa(Signing::pss_sha384)->signature_algorithm(), SignatureAlgorithm::rsa_pss_sha384);
  EXPECT_EQ(rsa(Signing::pss_sha384)->key_bits(), 2048);
  EXPECT_EQ(rsa(Signing::pss_salt_0)->signature_algorithm(), SignatureAlgorithm::other);
  EXPECT_EQ(rsa(Signing::pss_mgf1_sha1)->signature_algorithm(), SignatureAlgorithm::other);
  EXPECT_EQ(rsa(Signing::pkcs1_sha256)->signature_algorithm(), SignatureAlgorithm::rsa_pkcs1_sha256);
}

/// The same with these bytes in place of what stands there, and the lengths (30 82 hh ll) of what lies around it.
Bytes with_algorithm(Bytes der, const Bytes& before, const Bytes& after) {
  const std::size_t at = find(der, before);
  const int more = static_cast<int>(after.size()) - static_cast<int>(before.size());
  // The certificate, what is signed, and the key that the algorithm is of.
  for (const std::size_t around : {std::size_t{0}, std::size_t{4}, at - 4}) {
    EXPECT_EQ(der.at(around), 0x30);
    EXPECT_EQ(der.at(around + 1), 0x82);
    const int length = der.at(around + 2) * 256 + der.at(around + 3) + more;
    der.at(around + 2) = static_cast<std::uint8_t>(length / 256);
    der.at(around + 3) = static_cast<std::uint8_t>(length % 256);
  }
  const auto place = der.begin() + static_cast<std::ptrdiff_t>(at);
  der.erase(place, place + static_cast<std::ptrdiff_t>(before.size()));
  der.insert(der.begin() + static_cast<std::ptrdiff_t>(at), after.begin(), after.end());
  return der;
}

// RFC 3279, 2.3.1: the parameters are NULL.
TEST(Certificate, TakesNoRsaKeyWithOtherParameters) {
  CertificateSpec spec;
  spec.signing = test::Signing::pss_sha384;
  const Bytes good = issue(spec, test::rsa_key(3072), nullptr).der;
  ASSERT_EQ((*Certificate::parse(good))->key_kind(), KeyKind::rsa);
  const Bytes rsa = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
  const auto algorithm = [&rsa](const Bytes& parameters) {
    Bytes content = rsa;
    content.insert(content.end(), parameters.begin(), parameters.end());
    return test::tlv(0x30, content);
  };
  for (const Bytes& parameters : {Bytes{}, Bytes{0x04, 0x00}, Bytes{0x05, 0x00, 0x05, 0x00}}) {
    const auto other = Certificate::parse(with_algorithm(good, algorithm({0x05, 0x00}), algorithm(parameters)));
    EXPECT_TRUE(!other || ((*other)->key_kind() == KeyKind::other && !(*other)->rsa_key())) << to_hex(parameters);
  }
}

TEST(Certificate, TakesNoPointOfAnotherCurve) {
  const Bytes good = issue(CertificateSpec{}, test::ec_key("P-256"), nullptr).der;
  Bytes shorter = good;
  const std::size_t at = find(shorter, {0x03, 0x42, 0x00, 0x04});
  shorter.at(at + 3) = 0x02;  // a compressed form of that size is none
  EXPECT_FALSE(Certificate::parse(shorter));
}

TEST(Certificate, HasNoCommonNameWhenThereAreTwo) {
  const Bytes one = test::tlv(0x31, test::tlv(0x30, {0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a'}));
  Bytes two = one;
  two.insert(two.end(), one.begin(), one.end());
  Bytes der = good_leaf();
  const CertificatePtr leaf = test::parsed(der);
  // The subject, grown: the certificate's signature no longer holds, which is not the parser's business.
  const Bytes old_subject(leaf->subject().begin(), leaf->subject().end());
  const Bytes new_subject = test::tlv(0x30, two);
  const std::ptrdiff_t difference = std::ssize(new_subject) - std::ssize(old_subject);
  const std::size_t at = find(der, old_subject);
  der.erase(der.begin() + static_cast<std::ptrdiff_t>(at),
            der.begin() + static_cast<std::ptrdiff_t>(at + old_subject.size()));
  der.insert(der.begin() + static_cast<std::ptrdiff_t>(at), new_subject.begin(), new_subject.end());
  for (const std::size_t length_at : {std::size_t{2}, std::size_t{6}}) {
    const auto length = static_cast<std::ptrdiff_t>(der[length_at] << 8 | der[length_at + 1]) + difference;
    der[length_at] = static_cast<std::uint8_t>(length >> 8);
    der[length_at + 1] = static_cast<std::uint8_t>(length);
  }
  const CertificatePtr changed = test::parsed(der);
  ASSERT_NE(changed, nullptr);
  EXPECT_EQ(changed->common_name(), "");
}

TEST(Certificate, SurvivesEveryByteChanged) {
  const Bytes der = good_leaf();
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      Bytes changed = der;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto certificate = Certificate::parse(changed);
      if (certificate) {
        EXPECT_FALSE((*certificate)->info().sha256 == ByteArray<32>{});
      }
    }
  }
}

TEST(Certificate, TakesGenuineCertificatesOfEachVendor) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const CertificatePtr vcek = test::parsed(test::read_vector("sev-snp/s02_milan_v2/vcek.der"));
  EXPECT_EQ(to_hex(vcek->serial()), "00");
  EXPECT_EQ(vcek->common_name(), "SEV-VCEK");
  EXPECT_EQ(vcek->organization(), "Advanced Micro Devices");
  EXPECT_EQ(vcek->signature_algorithm(), SignatureAlgorithm::rsa_pss_sha384);
  EXPECT_EQ(vcek->key_kind(), KeyKind::ec_p384);
  const CertificatePtr pck_ca = test::parsed(test::read_vector("tdx/roots/intel_pck_platform_ca.der"));
  EXPECT_EQ(to_hex(pck_ca->serial()), "00956f5dcdbd1be1e94049c9d4f433ce01570bde54");
  EXPECT_EQ(pck_ca->info().subject, "C=US,ST=CA,L=Santa Clara,O=Intel Corporation,CN=Intel SGX PCK Platform CA");
}

}  // namespace
}  // namespace tenzro::tee::x509
