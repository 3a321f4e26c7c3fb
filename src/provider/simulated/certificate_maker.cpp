// SPDX-License-Identifier: Apache-2.0
// Certificates with the names, extensions and order of extensions that Intel's have.
#include <openssl/obj_mac.h>

#include <string>

#include "core/text.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/intel_hierarchy.hpp"
#include "provider/simulated/pck_extension_writer.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::uint8_t kDigitalSignatureAndNonRepudiation = 0xc0;
constexpr std::uint8_t kKeyCertSignAndCrlSign = 0x06;

crypto::X509NamePtr name_of(const CertificateSpec& spec) {
  return make_name({{NID_commonName, V_ASN1_UTF8STRING, spec.common_name},
                    {NID_organizationName, V_ASN1_UTF8STRING, spec.organization},
                    {NID_localityName, V_ASN1_UTF8STRING, "Santa Clara"},
                    {NID_stateOrProvinceName, V_ASN1_UTF8STRING, "CA"},
                    {NID_countryName, V_ASN1_PRINTABLESTRING, "US"}});
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

void add_extensions(X509* certificate, const CertificateSpec& spec, ByteView issuer_key_id) {
  if (spec.with_authority_key_id) {
    add_extension(certificate, "2.5.29.35", false, authority_key_id(issuer_key_id));
  }
  if (spec.with_crl_distribution_point) {
    add_extension(certificate, "2.5.29.31", false, crl_distribution_point(crl_url(spec)));
  }
  if (spec.with_subject_key_id) {
    add_extension(certificate, "2.5.29.14", false, der::octet_string(key_hash(certificate)));
  }
  if (spec.with_key_usage) {
    add_extension(
        certificate, "2.5.29.15", true,
        key_usage(spec.key_usage.value_or(spec.is_ca ? kKeyCertSignAndCrlSign : kDigitalSignatureAndNonRepudiation)));
  }
  if (spec.with_basic_constraints) {
    add_extension(certificate, "2.5.29.19", true, basic_constraints(spec.is_ca, spec.path_length));
  }
  if (spec.pck_extension_value) {
    add_extension(certificate, tdx::kSgxExtensionOid, false, *spec.pck_extension_value);
  } else if (spec.pck) {
    add_extension(certificate, tdx::kSgxExtensionOid, false, write_pck_extension(*spec.pck));
  }
  if (spec.unknown_critical_extension) {
    add_extension(certificate, kUnknownExtensionOid, true, der::sequence({}));
  }
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
  const crypto::X509Ptr issuer_certificate = issuer != nullptr ? decode_certificate(issuer->certificate) : nullptr;
  const crypto::X509Ptr certificate =
      begin_certificate(name_of(spec).get(), subject_key, spec.not_before, spec.not_after, issuer_certificate.get());
  X509* const out = certificate.get();
  // Intel numbers its CAs by their key id; everything here is numbered so.
  set_serial(out, spec.serial.empty() ? key_hash(out) : spec.serial);
  add_extensions(out, spec, issuer_certificate ? key_id_of(issuer_certificate.get()) : key_hash(out));
  sign_with(out, issuer != nullptr ? issuer->key.get() : subject_key, spec.signature_hash);
  return encoded(out);
}

}  // namespace tenzro::tee::simulated
