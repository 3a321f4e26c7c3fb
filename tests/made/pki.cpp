// SPDX-License-Identifier: Apache-2.0
#include "made/pki.hpp"

#include <gtest/gtest.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "made/openssl_calls.hpp"

namespace tenzro::tee::test {

namespace {

crypto::Asn1TimePtr time_of(UtcTime time) {
  crypto::Asn1TimePtr out(ASN1_TIME_set(nullptr, static_cast<std::time_t>(time.time_since_epoch().count())));
  need(out != nullptr, "ASN1_TIME_set");
  return out;
}

crypto::Asn1IntegerPtr integer_of(ByteView bytes, bool negative) {
  const crypto::BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  BN_set_negative(number.get(), negative ? 1 : 0);
  crypto::Asn1IntegerPtr out(BN_to_ASN1_INTEGER(number.get(), nullptr));
  need(out != nullptr, "BN_to_ASN1_INTEGER");
  return out;
}

crypto::ExtensionPtr extension_of(const ExtensionSpec& spec, X509V3_CTX* context) {
  crypto::ExtensionPtr out;
  if (spec.der) {
    const crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(spec.oid.c_str(), 0));
    const crypto::Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(value.get(), spec.der->data(), static_cast<int>(spec.der->size()));
    out.reset(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), spec.critical ? 1 : 0, value.get()));
  } else {
    const std::string text = (spec.critical ? "critical," : "") + spec.text;
    out.reset(X509V3_EXT_nconf_nid(nullptr, context, OBJ_txt2nid(spec.oid.c_str()), text.c_str()));
  }
  need(out != nullptr, spec.oid.c_str());
  return out;
}

const EVP_MD* digest_of(Signing signing) {
  switch (signing) {
    case Signing::sha1:
      return EVP_sha1();
    case Signing::sha224:
      return EVP_sha224();
    case Signing::sha256:
    case Signing::pkcs1_sha256:
      return EVP_sha256();
    case Signing::sha384:
    case Signing::pss_sha384:
    case Signing::pss_salt_0:
    case Signing::pss_mgf1_sha1:
      return EVP_sha384();
    case Signing::no_digest:
      return nullptr;
  }
  return nullptr;
}

crypto::MdCtxPtr signer(Signing signing, EVP_PKEY* key) {
  crypto::MdCtxPtr out(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  need(EVP_DigestSignInit(out.get(), &parameters, digest_of(signing), nullptr, key) == 1, "EVP_DigestSignInit");
  const bool pss =
      signing == Signing::pss_sha384 || signing == Signing::pss_salt_0 || signing == Signing::pss_mgf1_sha1;
  if (pss) {
    need(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1, "padding");
    need(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, signing == Signing::pss_salt_0 ? 0 : 48) == 1, "salt");
    need(EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, signing == Signing::pss_mgf1_sha1 ? EVP_sha1() : EVP_sha384()) == 1,
         "mgf1");
  }
  return out;
}

crypto::X509NamePtr name_of(const std::string& common_name, const std::string& organization,
                            const std::string& serial_number = {}) {
  crypto::X509NamePtr out(X509_NAME_new());
  const auto add = [&](const char* field, const std::string& value) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
    need(X509_NAME_add_entry_by_txt(out.get(), field, MBSTRING_UTF8, bytes, static_cast<int>(value.size()), -1, 0) == 1,
         field);
  };
  add("CN", common_name);
  add("O", organization);
  if (!serial_number.empty()) {
    add("serialNumber", serial_number);
  }
  return out;
}

}  // namespace

crypto::PkeyPtr ec_key(const char* curve) { return crypto::PkeyPtr(EVP_EC_gen(curve)); }
crypto::PkeyPtr ed25519_key() { return crypto::PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

std::vector<ExtensionSpec> root_extensions() {
  return {{"basicConstraints", "CA:TRUE", true},
          {"keyUsage", "keyCertSign,cRLSign", true},
          {"subjectKeyIdentifier", "hash"}};
}

std::vector<ExtensionSpec> ca_extensions(const std::string& basic_constraints) {
  return {{"basicConstraints", basic_constraints, true},
          {"keyUsage", "keyCertSign,cRLSign", true},
          {"subjectKeyIdentifier", "hash"},
          {"authorityKeyIdentifier", "keyid:always"}};
}

std::vector<ExtensionSpec> leaf_extensions() {
  return {{"basicConstraints", "CA:FALSE", true},
          {"keyUsage", "digitalSignature", true},
          {"subjectKeyIdentifier", "hash"},
          {"authorityKeyIdentifier", "keyid:always"}};
}

std::vector<ExtensionSpec> list_extensions() {
  return {{"crlNumber", "", false, Bytes{0x02, 0x01, 0x07}}, {"authorityKeyIdentifier", "keyid:always"}};
}

std::vector<ExtensionSpec> without(std::vector<ExtensionSpec> extensions, std::string_view oid) {
  std::erase_if(extensions, [&](const ExtensionSpec& e) { return e.oid == oid; });
  return extensions;
}

std::vector<ExtensionSpec> with(std::vector<ExtensionSpec> extensions, ExtensionSpec extra) {
  extensions.push_back(std::move(extra));
  return extensions;
}

std::vector<ExtensionSpec> replaced(std::vector<ExtensionSpec> extensions, const ExtensionSpec& by) {
  return with(without(std::move(extensions), by.oid), by);
}

Party::Party(const Party& other) : der(other.der) {
  if (other.key != nullptr) {
    need(EVP_PKEY_up_ref(other.key.get()) == 1, "EVP_PKEY_up_ref");
    key.reset(other.key.get());
  }
}

Party issue(const CertificateSpec& spec, crypto::PkeyPtr key, const Party* issuer) {
  const crypto::X509Ptr certificate(X509_new());
  const crypto::X509NamePtr subject = spec.no_subject
                                          ? crypto::X509NamePtr(X509_NAME_new())
                                          : name_of(spec.common_name, spec.organization, spec.serial_number);
  X509* x = certificate.get();
  X509_set_version(x, spec.version);
  X509_set_serialNumber(x, integer_of(spec.serial, spec.negative_serial).get());
  X509_set1_notBefore(x, time_of(spec.not_before).get());
  X509_set1_notAfter(x, time_of(spec.not_after).get());
  X509_set_subject_name(x, subject.get());
  need(X509_set_pubkey(x, key.get()) == 1, "X509_set_pubkey");

  const crypto::X509Ptr issuer_certificate = issuer != nullptr ? openssl_certificate(issuer->der) : nullptr;
  X509* issuer_x = issuer_certificate ? issuer_certificate.get() : x;
  if (spec.issuer_name.empty()) {
    X509_set_issuer_name(x, X509_get_subject_name(issuer_x));
  } else {
    X509_set_issuer_name(x, name_of(spec.issuer_name, spec.organization).get());
  }
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer_x, x, nullptr, nullptr, 0);
  for (const ExtensionSpec& extension : spec.extensions) {
    need(X509_add_ext(x, extension_of(extension, &context).get(), -1) == 1, "X509_add_ext");
  }
  const crypto::MdCtxPtr context_for_signing = signer(spec.signing, issuer != nullptr ? issuer->key.get() : key.get());
  need(X509_sign_ctx(x, context_for_signing.get()) > 0, "X509_sign_ctx");
  return {std::move(key), der_of(x, i2d_X509)};
}

Bytes issue_list(const ListSpec& spec, const Party& issuer) {
  const crypto::CrlPtr list(X509_CRL_new());
  const crypto::X509Ptr issuer_certificate = openssl_certificate(issuer.der);
  X509_CRL* crl = list.get();
  X509_CRL_set_version(crl, spec.version);
  X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer_certificate.get()));
  X509_CRL_set1_lastUpdate(crl, time_of(spec.this_update).get());
  if (spec.next_update) {
    X509_CRL_set1_nextUpdate(crl, time_of(*spec.next_update).get());
  }
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer_certificate.get(), nullptr, nullptr, crl, 0);
  for (const EntrySpec& entry : spec.entries) {
    X509_REVOKED* revoked = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(revoked, integer_of(entry.serial, false).get());
    X509_REVOKED_set_revocationDate(revoked, time_of(kStart).get());
    for (const ExtensionSpec& extension : entry.extensions) {
      X509_REVOKED_add_ext(revoked, extension_of(extension, &context).get(), -1);
    }
    need(X509_CRL_add0_revoked(crl, revoked) == 1, "X509_CRL_add0_revoked");
  }
  for (const ExtensionSpec& extension : spec.extensions) {
    need(X509_CRL_add_ext(crl, extension_of(extension, &context).get(), -1) == 1, "X509_CRL_add_ext");
  }
  need(X509_CRL_sign_ctx(crl, signer(spec.signing, issuer.key.get()).get()) > 0, "X509_CRL_sign_ctx");
  return der_of(crl, i2d_X509_CRL);
}

x509::CertificatePtr parsed(ByteView der) {
  auto out = x509::Certificate::parse(der);
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message());
  return out ? *out : nullptr;
}

x509::RevocationListPtr parsed_list(ByteView der) {
  auto out = x509::RevocationList::parse(der);
  EXPECT_TRUE(out.has_value()) << (out ? "" : out.error().message());
  return out ? *out : nullptr;
}

Pki& Pki::make() {
  root = issue(root_spec, root.key ? std::move(root.key) : ec_key(), nullptr);
  ca = issue(ca_spec, ca.key ? std::move(ca.key) : ec_key(), &root);
  leaf = issue(leaf_spec, leaf.key ? std::move(leaf.key) : ec_key(), &ca);
  return *this;
}

}  // namespace tenzro::tee::test
