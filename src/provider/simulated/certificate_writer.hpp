// SPDX-License-Identifier: Apache-2.0
// A certificate put together of the parts that X.509 has.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// One attribute of a name, in a set of its own. Countries and serial numbers are PrintableString, the rest is
/// UTF8String.
struct NameAttribute {
  int nid = 0;  ///< OpenSSL's number of its type: NID_commonName
  std::string value{};
};

/// value: what the extension's OCTET STRING holds, DER.
struct ExtensionPart {
  std::string_view oid{};
  bool critical = false;
  Bytes value{};
};
/// The two that depend on keys: the writer fills them in.
ExtensionPart subject_key_id_part();
ExtensionPart authority_key_id_part();
ExtensionPart basic_constraints_part(bool is_ca, std::optional<unsigned> path_length = std::nullopt);
/// bits: first octet of the BIT STRING (bit 0 is 0x80).
ExtensionPart key_usage_part(std::uint8_t bits);
/// One fullName URI.
ExtensionPart crl_distribution_point_part(std::string_view url);
/// Where the issuer's OCSP responder is.
ExtensionPart ocsp_access_part(std::string_view url);

/// What a certificate says, in its order.
struct CertificateParts {
  Bytes serial{};  ///< big-endian, not negative, not empty
  std::vector<NameAttribute> subject{};
  UtcTime not_before{}, not_after{};
  std::vector<ExtensionPart> extensions{};
  crypto::Hash signature_hash = crypto::Hash::sha384;
};

/// DER. Signed by issuer, which names itself by its certificate; self-signed when issuer is null.
Bytes write_certificate(const CertificateParts& parts, EVP_PKEY* subject_key, const Identity* issuer);

}  // namespace tenzro::tee::simulated
