// SPDX-License-Identifier: Apache-2.0
// What certificates and revocation lists are both made of.
#include "provider/simulated/x509_parts.hpp"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <string>

#include "crypto/digest.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

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

Bytes key_hash(EVP_PKEY* key) {
  unsigned char* point = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &point);
  const crypto::OpensslMemory owner(point);
  ensure(size > 0, "a public key could not be encoded");
  const ByteArray<20> hash = crypto::sha1_of_identifier({point, size});
  return Bytes(hash.begin(), hash.end());
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

namespace {
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
}  // namespace

void sign_with(X509* certificate, EVP_PKEY* key, crypto::Hash hash) {
  ensure(X509_sign_ctx(certificate, signing_context(key, hash).get()) > 0, "a certificate could not be signed");
}

void sign_with(X509_CRL* list, EVP_PKEY* key, crypto::Hash hash) {
  ensure(X509_CRL_sign_ctx(list, signing_context(key, hash).get()) > 0, "a revocation list could not be signed");
}

}  // namespace tenzro::tee::simulated
