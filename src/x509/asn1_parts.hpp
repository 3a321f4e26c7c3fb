// SPDX-License-Identifier: Apache-2.0
// The pieces that certificates and revocation lists share: times, names, algorithms, extensions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "formats/der.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

namespace oid {
inline constexpr std::string_view kSubjectKeyId = "2.5.29.14";
inline constexpr std::string_view kKeyUsage = "2.5.29.15";
inline constexpr std::string_view kSubjectAltName = "2.5.29.17";
inline constexpr std::string_view kBasicConstraints = "2.5.29.19";
inline constexpr std::string_view kCrlNumber = "2.5.29.20";
inline constexpr std::string_view kDeltaCrlIndicator = "2.5.29.27";
inline constexpr std::string_view kIssuingDistributionPoint = "2.5.29.28";
inline constexpr std::string_view kCertificateIssuer = "2.5.29.29";
inline constexpr std::string_view kNameConstraints = "2.5.29.30";
inline constexpr std::string_view kCrlDistributionPoints = "2.5.29.31";
inline constexpr std::string_view kPolicyMappings = "2.5.29.33";
inline constexpr std::string_view kAuthorityKeyId = "2.5.29.35";
inline constexpr std::string_view kPolicyConstraints = "2.5.29.36";
inline constexpr std::string_view kExtendedKeyUsage = "2.5.29.37";
inline constexpr std::string_view kInhibitAnyPolicy = "2.5.29.54";
}  // namespace oid

/// Every element inside `in`, down to the last, is DER: lengths, booleans, integers, object identifiers, bit strings
/// without stray bits, sets in order. Contents of OCTET and BIT STRINGs are not looked into. At most 16 levels; does
/// not recurse.
Result<void> check_der(std::string_view what, ByteView in);

/// UTCTime or GeneralizedTime in DER's one form: seconds, Z, no fraction (RFC 5280, 4.1.2.5).
Result<UtcTime> read_time(der::Reader& in, std::string_view field);

/// The BIT STRING's bytes; one with unused bits is refused.
Result<ByteView> read_whole_bit_string(der::Reader& in, std::string_view field);

/// algorithm: the whole AlgorithmIdentifier. `other` for every algorithm, or parameters, that are not exactly those
/// named.
Result<SignatureAlgorithm> read_signature_algorithm(ByteView algorithm);

struct NameParts {
  std::string common_name;   ///< empty unless exactly one, as UTF8String or PrintableString
  std::string organization;  ///< the same
};
Result<NameParts> read_name(ByteView name);

/// The Extensions SEQUENCE that `wrapper` ([3] of a certificate, [0] of a list) holds, or that stands bare in a list's
/// entry. malformed_input when it is empty or names one extension twice.
Result<std::vector<Extension>> read_extensions(der::Reader& in, std::string_view field);

/// Null when absent.
const Extension* find_extension(const std::vector<Extension>& extensions, std::string_view wanted) noexcept;

Error malformed(std::string_view what, std::string_view problem);

}  // namespace tenzro::tee::x509
