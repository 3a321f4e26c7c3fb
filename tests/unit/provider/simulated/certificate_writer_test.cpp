// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/certificate_writer.hpp"

#include <gtest/gtest.h>
#include <openssl/obj_mac.h>

#include <algorithm>

#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::kJudged;

CertificateParts root_parts() {
  return {.serial = {0x7f, 0x01},
          .subject = {{NID_commonName, "A root"}, {NID_countryName, "US"}},
          .not_before = kJudged,
          .not_after = UtcTime(std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}),
          .extensions = {basic_constraints_part(true), key_usage_part(0x06), subject_key_id_part(),
                         authority_key_id_part()}};
}

Identity make_root() {
  Identity out;
  out.key = key_from_label("a root", crypto::Curve::p384);
  out.certificate = write_certificate(root_parts(), out.key.get(), nullptr);
  return out;
}

TEST(CertificateWriter, WritesWhatItIsTold) {
  const Identity root = make_root();
  const auto read = x509::Certificate::parse(root.certificate).value();
  EXPECT_TRUE(read->self_issued());
  EXPECT_EQ(to_hex(read->serial()), "7f01");
  EXPECT_EQ(read->common_name(), "A root");
  EXPECT_EQ(read->not_before(), kJudged);
  EXPECT_EQ(read->not_after(), root_parts().not_after) << "a year that 32 bits do not hold";
  EXPECT_TRUE(read->is_ca());
  EXPECT_FALSE(read->path_length().has_value());
  EXPECT_EQ(read->key_usage(), std::optional<std::uint32_t>(0x06));
  EXPECT_EQ(read->signature_algorithm(), x509::SignatureAlgorithm::ecdsa_sha384);
  EXPECT_TRUE(std::ranges::equal(read->subject_key_id(), read->authority_key_id()));
  EXPECT_TRUE(read->is_plain());
}

TEST(CertificateWriter, NamesTheIssuerAndIsBelievedByOpenssl) {
  const Identity root = make_root();
  const crypto::PkeyPtr key = key_from_label("a CA", crypto::Curve::p384);
  CertificateParts parts = root_parts();
  parts.subject = {{NID_serialNumber, "41"}, {NID_organizationName, "Ours"}, {NID_commonName, "A CA"}};
  parts.extensions = {basic_constraints_part(true, 0),
                      key_usage_part(0x04),
                      crl_distribution_point_part("http://nowhere.invalid/list"),
                      ocsp_access_part("http://nowhere.invalid"),
                      subject_key_id_part(),
                      authority_key_id_part()};
  const Bytes der = write_certificate(parts, key.get(), &root);
  const auto read = x509::Certificate::parse(der).value();
  const auto above = x509::Certificate::parse(root.certificate).value();
  EXPECT_TRUE(std::ranges::equal(read->issuer(), above->subject()));
  EXPECT_TRUE(std::ranges::equal(read->authority_key_id(), above->subject_key_id()));
  EXPECT_EQ(read->path_length(), std::optional<std::uint32_t>(0));
  EXPECT_EQ(read->organization(), "Ours");
  EXPECT_EQ(test::path_verdict(root.certificate, {}, der, kJudged), X509_V_OK);

  const crypto::X509Ptr by_openssl = test::decode(der);
  STACK_OF(OPENSSL_STRING)* const urls = X509_get1_ocsp(by_openssl.get());
  ASSERT_NE(urls, nullptr);
  EXPECT_STREQ(sk_OPENSSL_STRING_value(urls, 0), "http://nowhere.invalid");
  X509_email_free(urls);
  EXPECT_NE(X509_get_ext_by_NID(by_openssl.get(), NID_crl_distribution_points, -1), -1);
}

TEST(CertificateWriter, SignsByTheIssuersKeyWhateverItsCertificateSays) {
  Identity torn = make_root();
  torn.key = key_from_label("another", crypto::Curve::p384);
  const crypto::PkeyPtr key = key_from_label("a CA", crypto::Curve::p384);
  CertificateParts parts = root_parts();
  parts.subject = {{NID_commonName, "A CA"}};
  EXPECT_NE(test::path_verdict(torn.certificate, {}, write_certificate(parts, key.get(), &torn), kJudged), X509_V_OK);
}

TEST(CertificateWriter, CutsZeroBitsOffAKeyUsage) {
  EXPECT_EQ(to_hex(key_usage_part(0x80).value), "03020780");
  EXPECT_EQ(to_hex(key_usage_part(0x06).value), "03020106");
  EXPECT_EQ(to_hex(key_usage_part(0).value), "030100");
  EXPECT_EQ(to_hex(basic_constraints_part(false).value), "3000");
}

}  // namespace
}  // namespace tenzro::tee::simulated
