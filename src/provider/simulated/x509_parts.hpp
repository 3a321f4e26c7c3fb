// SPDX-License-Identifier: Apache-2.0
// What certificates and revocation lists are both made of.
#pragma once
#include <openssl/x509.h>

#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/openssl_handles.hpp"
#include "provider/simulated/ensure.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// An arc that is reserved for examples (ITU-T X.660): no verifier knows it.
inline constexpr std::string_view kUnknownExtensionOid = "2.999.1";

crypto::Asn1TimePtr asn1_time(UtcTime time);
crypto::Asn1IntegerPtr asn1_integer(ByteView big_endian);
crypto::ExtensionPtr extension(std::string_view oid, bool critical, ByteView value);
/// SEQUENCE { [0] keyIdentifier } (RFC 5280 section 4.2.1.1).
Bytes authority_key_id(ByteView key_id);
/// SHA-1 of the public key (RFC 5280 section 4.2.1.2, method 1): a name, not a safeguard.
Bytes key_hash(X509* certificate);
Bytes key_hash(EVP_PKEY* key);
/// The subject key id of a certificate; key_hash when it has none.
Bytes key_id_of(X509* certificate);
crypto::X509Ptr decode_certificate(ByteView certificate);

/// DER of an OpenSSL object. write: its i2d function.
template <class T, class Write>
Bytes encoded(T* object, Write write) {
  unsigned char* bytes = nullptr;
  const int size = write(object, &bytes);
  const crypto::OpensslMemory owner(bytes);
  ensure(size > 0, "something could not be encoded");
  return Bytes(bytes, bytes + size);
}

/// ECDSA for keys on curves; for RSA keys PSS, with MGF1 and a salt as long as the digest, as AMD signs.
void sign_with(X509* certificate, EVP_PKEY* key, crypto::Hash hash);
void sign_with(X509_CRL* list, EVP_PKEY* key, crypto::Hash hash);

}  // namespace tenzro::tee::simulated
