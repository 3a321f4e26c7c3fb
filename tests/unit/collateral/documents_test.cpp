// SPDX-License-Identifier: Apache-2.0
#include "collateral/documents.hpp"

#include <gtest/gtest.h>

#include "formats/pem.hpp"
#include "made_documents.hpp"

namespace tenzro::tee::collateral {
namespace {

template <class T>
void expect_refused(const Result<T>& result, std::string_view message) {
  ASSERT_FALSE(result.has_value()) << message;
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(result.error().message(), message);
}

TEST(CollateralDocuments, OfAChainAreCertificates) {
  const std::string one = pem::encode("CERTIFICATE", test::certificate(1));
  EXPECT_EQ(read_issuer_chain(one + one)->size(), 2U);
  expect_refused(read_issuer_chain(one + pem::encode("X509 CRL", test::certificate(2))),
                 "PEM block \"X509 CRL\" in a certificate chain");
}

TEST(CollateralDocuments, OfAListAreLists) {
  EXPECT_EQ(*read_crl_text(pem::encode("X509 CRL", test::kRootCrl)), test::kRootCrl);
  EXPECT_EQ(*read_crl_text(to_hex(test::kRootCrl)), test::kRootCrl);
  expect_refused(read_crl_text(pem::encode("CERTIFICATE", test::kRootCrl)),
                 "PEM block \"CERTIFICATE\", expected \"X509 CRL\"");
  expect_refused(read_crl_text(pem::encode("X509 CRL", test::certificate(1))), "no DER revocation list");
  expect_refused(read_crl_text(to_hex(test::certificate(1))), "no DER revocation list");
  expect_refused(read_crl_text(to_base64(Bytes{0x30, 0x00})), "no DER revocation list");
}

/// A certificate of so many bytes: its signature is as long as that needs.
Bytes certificate_of(std::size_t size) {
  const Bytes small = test::certificate(1);
  const Bytes tbs(small.begin() + 2, small.end() - 8);
  constexpr std::size_t kHeads = 4 + 4, kAlgorithm = 4;
  const Bytes signature = test::tlv(0x03, Bytes(size - kHeads - kAlgorithm - tbs.size()));
  return test::tlv(0x30, test::joined({tbs, test::tlv(0x30, {0x05, 0x00}), signature}));
}

TEST(CollateralDocuments, HoldCertificatesOfACertainSizeAndNumber) {
  ASSERT_EQ(certificate_of(kMaxCertificateSize).size(), kMaxCertificateSize);
  Contents contents;
  EXPECT_TRUE(add_certificate(certificate_of(kMaxCertificateSize), contents));
  expect_refused(add_certificate(certificate_of(kMaxCertificateSize + 1), contents),
                 "no DER certificate of at most 16384 bytes");
  for (std::size_t i = 1; i < kMaxCertificates; ++i) {
    ASSERT_TRUE(add_certificate(test::certificate(static_cast<std::uint8_t>(i)), contents));
  }
  EXPECT_EQ(contents.certificates.size(), kMaxCertificates);
  EXPECT_TRUE(add_certificate(test::certificate(1), contents)) << "it is there";
  expect_refused(add_certificate(test::certificate(kMaxCertificates), contents), "more than 64 certificates");
}

}  // namespace
}  // namespace tenzro::tee::collateral
