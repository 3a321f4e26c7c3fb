// SPDX-License-Identifier: Apache-2.0
// What certificates and revocation lists are both made of.
#pragma once
#include <openssl/x509.h>

#include <initializer_list>
#include <optional>
#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/openssl_handles.hpp"
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
/// The subject key id of a certificate; key_hash when it has none.
Bytes key_id_of(X509* certificate);
crypto::X509Ptr decode_certificate(ByteView certificate);

/// One attribute of a name.
struct NamePart {
  int nid = 0;   ///< NID_commonName and the like
  int type = 0;  ///< V_ASN1_UTF8STRING or V_ASN1_PRINTABLESTRING
  std::string_view value;
};
crypto::X509NamePtr make_name(std::initializer_list<NamePart> parts);
/// SEQUENCE { cA when true, pathLenConstraint when there is one } (RFC 5280 section 4.2.1.9).
Bytes basic_constraints(bool is_ca, std::optional<unsigned> path_length);
/// The first octet of a KeyUsage (bit 0 is 0x80) as the BIT STRING of a named bit list.
Bytes key_usage(std::uint8_t bits);
/// One DistributionPoint with one fullName URI (RFC 5280 section 4.2.1.13).
Bytes crl_distribution_point(std::string_view url);
/// Version 3, names, key and dates; issuer: null for a self-issued one. Serial and extensions are still to come.
crypto::X509Ptr begin_certificate(const X509_NAME* subject, EVP_PKEY* subject_key, UtcTime not_before,
                                  UtcTime not_after, const X509* issuer);
void set_serial(X509* certificate, ByteView big_endian);
void add_extension(X509* certificate, std::string_view oid, bool critical, ByteView value);

/// ECDSA for keys on curves; for RSA keys PSS, with MGF1 and a salt as long as the digest, as AMD signs.
void sign_with(X509* certificate, EVP_PKEY* key, crypto::Hash hash);
void sign_with(X509_CRL* list, EVP_PKEY* key, crypto::Hash hash);
Bytes encoded(const X509* certificate);
Bytes encoded(const X509_CRL* list);

}  // namespace tenzro::tee::simulated
