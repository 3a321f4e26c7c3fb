// SPDX-License-Identifier: Apache-2.0
// Made chains with all that a vendor's have, and altered certificates that are signed again.
#pragma once
#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include <ostream>
#include <utility>

#include "formats/der.hpp"
#include "made/der.hpp"
#include "made/pki.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::test {

using x509::SignatureSuite;

/// A key of another owner.
inline crypto::PkeyPtr shared_key(const crypto::PkeyPtr& key) {
  EVP_PKEY_up_ref(key.get());
  return crypto::PkeyPtr(key.get());
}

/// The AlgorithmIdentifier that stands behind the tbsCertificate.
inline Bytes algorithm_of(const Bytes& certificate) {
  der::Reader outer("certificate", certificate);
  auto in = outer.enter("certificate", der::kSequence).value();
  EXPECT_TRUE(in.next("tbsCertificate").has_value());
  const ByteView whole = in.next("signatureAlgorithm").value().whole;
  return {whole.begin(), whole.end()};
}

/// The altered tbsCertificate with a signature that covers it.
inline Bytes sign_again(const Bytes& tbs, const Bytes& algorithm, SignatureSuite suite, EVP_PKEY* key) {
  const crypto::MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  std::size_t size = 0;
  const char* const hash = suite == SignatureSuite::ecdsa_p256_sha256 ? "SHA256" : "SHA384";
  EXPECT_EQ(EVP_DigestSignInit_ex(context.get(), &parameters, hash, nullptr, nullptr, key, nullptr), 1);
  if (suite == SignatureSuite::rsa_pss_sha384) {
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST), 1);
  }
  EXPECT_EQ(EVP_DigestSign(context.get(), nullptr, &size, tbs.data(), tbs.size()), 1);
  Bytes signature(size);
  EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, tbs.data(), tbs.size()), 1);
  signature.resize(size);
  signature.insert(signature.begin(), 0);  // no unused bits
  Bytes content = tbs;
  content.insert(content.end(), algorithm.begin(), algorithm.end());
  const Bytes bits = tlv(0x03, signature);
  content.insert(content.end(), bits.begin(), bits.end());
  return tlv(0x30, content);
}

inline const ExtensionSpec kPoints{"crlDistributionPoints", "URI:https://crl.example/list.der"};

/// A chain with all that Intel's have.
inline Pki intel_like() {
  Pki pki;
  const ExtensionSpec sgx{"1.2.840.113741.1.13.1", "", false, Bytes{0x30, 0x00}};
  pki.root_spec.extensions = with(pki.root_spec.extensions, kPoints);
  pki.root_spec.extensions = replaced(pki.root_spec.extensions, {"basicConstraints", "CA:TRUE,pathlen:1", true});
  pki.ca_spec.extensions = with(ca_extensions("CA:TRUE,pathlen:0"), kPoints);
  pki.leaf_spec.extensions = with(with(pki.leaf_spec.extensions, kPoints), sgx);
  pki.make();
  return pki;
}

inline Pki on_p384() {
  Pki pki;
  for (CertificateSpec* const spec : {&pki.root_spec, &pki.ca_spec, &pki.leaf_spec}) {
    spec->signing = Signing::sha384;
  }
  pki.root.key = ec_key("P-384");
  pki.ca.key = ec_key("P-384");
  pki.leaf.key = ec_key("P-384");
  return pki;
}

/// A leaf that says next to nothing of itself, under P-384.
inline Pki aws_like() {
  Pki pki = on_p384();
  pki.ca_spec.extensions = with(ca_extensions("CA:TRUE,pathlen:0"), kPoints);
  pki.leaf_spec.extensions = {{"basicConstraints", "CA:FALSE", true},
                              {"keyUsage", "digitalSignature,nonRepudiation", false}};
  pki.make();
  return pki;
}

/// RSA signs for a P-384 key, whose certificate has nothing but extensions of AMD's own; and a key usage that is not
/// quite DER.
inline Pki amd_like() {
  Pki pki;
  for (CertificateSpec* const spec : {&pki.root_spec, &pki.ca_spec, &pki.leaf_spec}) {
    spec->signing = Signing::pss_sha384;
  }
  static const crypto::PkeyPtr root = rsa_key(3072), ca = rsa_key(3072);
  pki.root.key = shared_key(root);
  pki.ca.key = shared_key(ca);
  pki.leaf.key = ec_key("P-384");
  pki.root_spec.extensions = with(pki.root_spec.extensions, kPoints);
  pki.ca_spec.extensions = with(ca_extensions("CA:TRUE,pathlen:0"), kPoints);
  pki.ca_spec.extensions = replaced(pki.ca_spec.extensions, {"keyUsage", "", true, Bytes{0x03, 0x02, 0x01, 0x04}});
  pki.leaf_spec.serial = {0};
  pki.leaf_spec.extensions = {{"1.3.6.1.4.1.3704.1.1", "", false, Bytes{0x02, 0x01, 0x00}},
                              {"1.3.6.1.4.1.3704.1.4", "", false, Bytes(64, 0x02)}};
  pki.make();
  return pki;
}

/// A device's own key: its subject has a serial number and another name, and an extension says which firmware made it.
inline Pki nvidia_like() {
  Pki pki = on_p384();
  pki.ca_spec.serial_number = "41AB";
  pki.ca_spec.extensions =
      with(with(ca_extensions("CA:TRUE,pathlen:0"), kPoints), {"authorityInfoAccess", "OCSP;URI:http://ocsp.example"});
  pki.leaf_spec.serial_number = "53CD";
  pki.leaf_spec.extensions = {{"keyUsage", "digitalSignature", true},
                              {"subjectKeyIdentifier", "hash"},
                              {"authorityKeyIdentifier", "keyid:always"},
                              {"subjectAltName", "otherName:1.3.6.1.4.1.412.274.1;UTF8:NVIDIA:GH100:48B0"},
                              {"2.23.133.5.4.1", "", false, Bytes{0x30, 0x03, 0x02, 0x01, 0x01}}};
  pki.make();
  return pki;
}

struct Shape {
  const char* name;
  SignatureSuite suite;
  Pki (*make)();
  std::size_t pace;  ///< every so many bits, where another shape has one: RSA takes its time to sign
};
inline void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }
inline const Shape kIntelLike{"Intel", SignatureSuite::ecdsa_p256_sha256, intel_like, 1};
inline const Shape kAwsLike{"Aws", SignatureSuite::ecdsa_p384_sha384, aws_like, 3};
inline const Shape kAmdLike{"Amd", SignatureSuite::rsa_pss_sha384, amd_like, 3};
inline const Shape kNvidiaLike{"Nvidia", SignatureSuite::ecdsa_p384_sha384, nvidia_like, 3};

}  // namespace tenzro::tee::test
