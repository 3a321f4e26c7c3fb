// SPDX-License-Identifier: Apache-2.0
// What certificates and revocation lists are both made of.
#include "provider/simulated/x509_parts.hpp"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <bit>
#include <string>

#include "formats/der.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

namespace {
ByteView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

crypto::MdCtxPtr signing_context(EVP_PKEY* key, crypto::Hash hash) {
  crypto::MdCtxPtr out(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // the context's own
  ensure(out != nullptr && EVP_DigestSignInit(out.get(), &parameters, crypto::md(hash), nullptr, key) == 1,
         "signing could not begin");
  ensure(EVP_PKEY_is_a(key, "RSA") == 0 || (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
                                            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1),
         "PSS could not be set up");
  return out;
}

/// What OpenSSL has encoded into memory of its own.
Bytes taken(unsigned char* memory, int size) {
  const crypto::OpensslMemory owner(memory);
  ensure(size > 0, "a certificate or list could not be encoded");
  return Bytes(memory, memory + size);
}
}  // namespace

crypto::Asn1TimePtr asn1_time(UtcTime time) {
  crypto::Asn1TimePtr out(ASN1_TIME_set(nullptr, static_cast<time_t>(time.time_since_epoch().count())));
  ensure(out != nullptr, "a time could not be encoded");
  return out;
}

crypto::Asn1IntegerPtr asn1_integer(ByteView big_endian) {
  const crypto::BignumPtr number(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
  crypto::Asn1IntegerPtr out(number ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr);
  ensure(out != nullptr, "a serial could not be encoded");
  return out;
}

crypto::ExtensionPtr extension(std::string_view oid, bool critical, ByteView value) {
  const crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(std::string(oid).c_str(), 1));
  const crypto::Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> content(ASN1_OCTET_STRING_new());
  ensure(object != nullptr && content != nullptr &&
             ASN1_OCTET_STRING_set(content.get(), value.data(), static_cast<int>(value.size())) == 1,
         "an extension could not be filled");
  crypto::ExtensionPtr out(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, content.get()));
  ensure(out != nullptr, "an extension could not be made");
  return out;
}

Bytes authority_key_id(ByteView key_id) { return der::sequence({der::element(0x80, key_id)}); }

Bytes key_hash(X509* certificate) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  ensure(X509_pubkey_digest(certificate, EVP_sha1(), out.data(), &size) == 1, "a key id could not be computed");
  out.resize(size);
  return out;
}

Bytes key_id_of(X509* certificate) {
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(certificate);
  if (id == nullptr) {
    return key_hash(certificate);
  }
  const unsigned char* data = ASN1_STRING_get0_data(id);
  return Bytes(data, data + ASN1_STRING_length(id));
}

crypto::X509Ptr decode_certificate(ByteView certificate) {
  const unsigned char* at = certificate.data();
  crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(certificate.size())));
  ensure(out != nullptr, "a certificate of the maker's own cannot be read");
  return out;
}

crypto::X509NamePtr make_name(std::initializer_list<NamePart> parts) {
  crypto::X509NamePtr name(X509_NAME_new());
  ensure(name != nullptr, "no memory for a name");
  for (const NamePart& part : parts) {
    ensure(X509_NAME_add_entry_by_NID(name.get(), part.nid, part.type, bytes_of(part.value).data(),
                                      static_cast<int>(part.value.size()), -1, 0) == 1,
           "a name could not be built");
  }
  return name;
}

Bytes basic_constraints(bool is_ca, std::optional<unsigned> path_length) {
  Bytes members = is_ca ? der::boolean(true) : Bytes();
  if (path_length) {
    members = der::join({members, der::unsigned_integer(*path_length)});
  }
  return der::element(tee::der::kSequence, members);
}

Bytes key_usage(std::uint8_t bits) {
  // DER: trailing zero bits of a named bit list are cut off.
  const auto unused = static_cast<std::uint8_t>(bits == 0 ? 0 : std::countr_zero(bits));
  return der::element(tee::der::kBitString, bits == 0 ? Bytes{0} : Bytes{unused, bits});
}

Bytes crl_distribution_point(std::string_view url) {
  const Bytes full_name = der::element(0xa0, der::element(0x86, bytes_of(url)));
  return der::sequence({der::sequence({der::element(0xa0, full_name)})});
}

crypto::X509Ptr begin_certificate(const X509_NAME* subject, EVP_PKEY* subject_key, UtcTime not_before,
                                  UtcTime not_after, const X509* issuer) {
  crypto::X509Ptr certificate(X509_new());
  X509* const out = certificate.get();
  ensure(out != nullptr && X509_set_version(out, X509_VERSION_3) == 1 && X509_set_pubkey(out, subject_key) == 1 &&
             X509_set_subject_name(out, subject) == 1 &&
             X509_set_issuer_name(out, issuer != nullptr ? X509_get_subject_name(issuer) : subject) == 1 &&
             X509_set1_notBefore(out, asn1_time(not_before).get()) == 1 &&
             X509_set1_notAfter(out, asn1_time(not_after).get()) == 1,
         "a certificate could not be filled");
  return certificate;
}

void set_serial(X509* certificate, ByteView big_endian) {
  ensure(X509_set_serialNumber(certificate, asn1_integer(big_endian).get()) == 1, "a serial could not be set");
}

void add_extension(X509* certificate, std::string_view oid, bool critical, ByteView value) {
  ensure(X509_add_ext(certificate, extension(oid, critical, value).get(), -1) == 1, "an extension could not be added");
}

void sign_with(X509* certificate, EVP_PKEY* key, crypto::Hash hash) {
  ensure(X509_sign_ctx(certificate, signing_context(key, hash).get()) > 0, "a certificate could not be signed");
}

void sign_with(X509_CRL* list, EVP_PKEY* key, crypto::Hash hash) {
  ensure(X509_CRL_sign_ctx(list, signing_context(key, hash).get()) > 0, "a revocation list could not be signed");
}

Bytes encoded(const X509* certificate) {
  unsigned char* memory = nullptr;
  const int size = i2d_X509(certificate, &memory);
  return taken(memory, size);
}

Bytes encoded(const X509_CRL* list) {
  unsigned char* memory = nullptr;
  const int size = i2d_X509_CRL(list, &memory);
  return taken(memory, size);
}

}  // namespace tenzro::tee::simulated
