// SPDX-License-Identifier: Apache-2.0
// The pieces that certificates and revocation lists share: names, algorithms, object identifiers.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "formats/der_fields.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

namespace oid {
inline constexpr std::string_view kSubjectKeyId = "2.5.29.14";
inline constexpr std::string_view kKeyUsage = "2.5.29.15";
inline constexpr std::string_view kSubjectAltName = "2.5.29.17";
inline constexpr std::string_view kIssuerAltName = "2.5.29.18";
inline constexpr std::string_view kBasicConstraints = "2.5.29.19";
inline constexpr std::string_view kCrlNumber = "2.5.29.20";
inline constexpr std::string_view kDeltaCrlIndicator = "2.5.29.27";
inline constexpr std::string_view kIssuingDistributionPoint = "2.5.29.28";
inline constexpr std::string_view kCertificateIssuer = "2.5.29.29";
inline constexpr std::string_view kNameConstraints = "2.5.29.30";
inline constexpr std::string_view kCrlDistributionPoints = "2.5.29.31";
inline constexpr std::string_view kCertificatePolicies = "2.5.29.32";
inline constexpr std::string_view kPolicyMappings = "2.5.29.33";
inline constexpr std::string_view kAuthorityKeyId = "2.5.29.35";
inline constexpr std::string_view kPolicyConstraints = "2.5.29.36";
inline constexpr std::string_view kExtendedKeyUsage = "2.5.29.37";
inline constexpr std::string_view kInhibitAnyPolicy = "2.5.29.54";
inline constexpr std::string_view kAuthorityInfoAccess = "1.3.6.1.5.5.7.1.1";
}  // namespace oid

using der::check_der;
using der::find_extension;
using der::read_extensions;
using der::read_time;
using der::read_whole_bit_string;

/// algorithm: the whole AlgorithmIdentifier. `other` for every algorithm, or parameters, that are not exactly those
/// named.
Result<SignatureAlgorithm> read_signature_algorithm(ByteView algorithm);

struct NameParts {
  std::string common_name;   ///< empty unless exactly one, as UTF8String or PrintableString
  std::string organization;  ///< the same
};
Result<NameParts> read_name(ByteView name);

/// The key identifier that an extension's value holds: of subjectKeyIdentifier, and of an authorityKeyIdentifier that
/// has nothing else in it (RFC 5280, 4.2.1.1 and 4.2.1.2). Nothing for another form, and unless it has 1 to 64 bytes.
std::optional<ByteView> read_subject_key_id(ByteView extension);
std::optional<ByteView> read_authority_key_id(ByteView extension);

/// True for an authorityKeyIdentifier that identifies the issuer's key, whatever else is in it.
bool has_key_id(ByteView authority_key_id);

Error malformed(std::string_view what, std::string_view problem);

}  // namespace tenzro::tee::x509
