// SPDX-License-Identifier: Apache-2.0
// Certificates with the names, extensions and order of extensions that Intel's have.
#include <openssl/obj_mac.h>

#include <string>

#include "core/text.hpp"
#include "provider/simulated/certificate_writer.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/intel_hierarchy.hpp"
#include "provider/simulated/pck_extension_writer.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::uint8_t kDigitalSignatureAndNonRepudiation = 0xc0;
constexpr std::uint8_t kKeyCertSignAndCrlSign = 0x06;

std::vector<NameAttribute> name_of(const CertificateSpec& spec) {
  return {{NID_commonName, spec.common_name},
          {NID_organizationName, spec.organization},
          {NID_localityName, "Santa Clara"},
          {NID_stateOrProvinceName, "CA"},
          {NID_countryName, "US"}};
}

/// Host names under .invalid lead nowhere (RFC 2606): nobody is asked for a simulated list.
std::string crl_url(const CertificateSpec& spec) {
  if (!spec.pck && !spec.pck_extension_value) {
    return "https://simulated.invalid/IntelSGXRootCA.der";
  }
  const bool platform = spec.pck && spec.pck->platform_instance_id.has_value();
  return concat("https://simulated.invalid/sgx/certification/v4/pckcrl?ca=", platform ? "platform" : "processor",
                "&encoding=der");
}

std::vector<ExtensionPart> extensions_of(const CertificateSpec& spec) {
  std::vector<ExtensionPart> out;
  if (spec.with_authority_key_id) {
    out.push_back(authority_key_id_part());
  }
  if (spec.with_crl_distribution_point) {
    out.push_back(crl_distribution_point_part(crl_url(spec)));
  }
  if (spec.with_subject_key_id) {
    out.push_back(subject_key_id_part());
  }
  if (spec.with_key_usage) {
    out.push_back(key_usage_part(
        spec.key_usage.value_or(spec.is_ca ? kKeyCertSignAndCrlSign : kDigitalSignatureAndNonRepudiation)));
  }
  if (spec.with_basic_constraints) {
    out.push_back(basic_constraints_part(spec.is_ca, spec.path_length));
  }
  if (spec.pck_extension_value) {
    out.push_back({tdx::kSgxExtensionOid, false, *spec.pck_extension_value});
  } else if (spec.pck) {
    out.push_back({tdx::kSgxExtensionOid, false, write_pck_extension(*spec.pck)});
  }
  if (spec.unknown_critical_extension) {
    out.push_back({kUnknownExtensionOid, true, der::sequence({})});
  }
  return out;
}
}  // namespace

Bytes serial_of(ByteView certificate) {
  const crypto::X509Ptr decoded = decode_certificate(certificate);
  const crypto::BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(decoded.get()), nullptr));
  ensure(number != nullptr, "a serial cannot be read");
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), out.data());
  if (out.empty() || (out.front() & 0x80) != 0) {
    out.insert(out.begin(), 0x00);
  }
  return out;
}

Bytes make_certificate(const CertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer) {
  // Intel numbers its CAs by their key id; everything here is numbered so.
  return write_certificate({.serial = spec.serial.empty() ? key_hash(subject_key) : spec.serial,
                            .subject = name_of(spec),
                            .not_before = spec.not_before,
                            .not_after = spec.not_after,
                            .extensions = extensions_of(spec),
                            .signature_hash = spec.signature_hash},
                           subject_key, issuer);
}

}  // namespace tenzro::tee::simulated
