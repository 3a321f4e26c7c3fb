// SPDX-License-Identifier: Apache-2.0
// Names, serials, dates and extensions as in the genuine certificates of Genoa.
#include "provider/simulated/amd_hierarchy.hpp"

#include <openssl/obj_mac.h>

#include "core/text.hpp"
#include "provider/simulated/certificate_writer.hpp"
#include "provider/simulated/compiled_in_root.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/rsa_keys.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;

/// From when on for 25 years.
struct Dates {
  UtcTime from, until;
};
constexpr Dates kArk = {sys_days{2022y / January / 26} + 15h + 34min + 37s,
                        sys_days{2047y / January / 26} + 15h + 34min + 37s};
constexpr Dates kAsk = {sys_days{2022y / October / 31} + 13h + 33min + 48s,
                        sys_days{2047y / October / 31} + 13h + 33min + 48s};
constexpr Dates kAsvk = {sys_days{2022y / November / 18} + 20h + 48min + 34s,
                         sys_days{2047y / November / 18} + 20h + 48min + 34s};
// Genuine leaves last for 7 years from when they are asked for; simulated ones as long as their root.
constexpr Dates kLeaf = {sys_days{2023y / January / 1}, kArk.until};

constexpr std::uint8_t kKeyCertSignAndCrlSign = 0x06;
constexpr std::uint8_t kKeyCertSign = 0x04;

std::vector<NameAttribute> name_of(const std::string& common_name) {
  return {{NID_organizationalUnitName, "Engineering"},
          {NID_countryName, "US"},
          {NID_localityName, "Santa Clara"},
          {NID_stateOrProvinceName, "CA"},
          {NID_organizationName, "Advanced Micro Devices"},
          {NID_commonName, common_name}};
}

/// Host names under .invalid lead nowhere (RFC 2606): nobody is asked for a simulated list.
std::string crl_url(std::string_view path) {
  return concat("https://simulated.invalid/", path, "/v1/", to_string(AmdHierarchy::kProduct), "/crl");
}

AmdCertificateSpec authority(std::string_view name_prefix, const Dates& dates, std::uint8_t number,
                             std::string_view crl_path) {
  // AMD numbers its authorities by product, kind and issue: 02 is Genoa, 01 the VLEK's.
  const auto kind = static_cast<std::uint8_t>(crl_path == "vlek" ? 1 : 0);
  return {.common_name = concat(name_prefix, to_string(AmdHierarchy::kProduct)),
          .not_before = dates.from,
          .not_after = dates.until,
          .serial = {0x02, kind, number},
          .is_ca = true,
          .path_length = 0,
          .key_usage = kKeyCertSign,
          .crl_url = crl_url(crl_path)};
}

Identity make_identity(std::string_view label, const AmdCertificateSpec& spec, const Identity* issuer) {
  Identity out;
  out.key = rsa_key_from_label(label);
  out.certificate = make_amd_certificate(spec, out.key.get(), issuer);
  return out;
}

Identity make_root(std::string_view label) {
  const std::string key_label = concat(label, "/ark");
  if (label == AmdHierarchy::kSimulatedLabel) {
    Identity out;
    out.key = rsa_key_from_label(key_label);
    out.certificate = compiled_in_root(Platform::amd_sev_snp);
    return out;
  }
  AmdCertificateSpec spec = authority("ARK-", kArk, 0, "vcek");
  spec.path_length.reset();
  spec.key_usage = kKeyCertSignAndCrlSign;
  return make_identity(key_label, spec, nullptr);
}

std::vector<ExtensionPart> extensions_of(const AmdCertificateSpec& spec, bool self_signed) {
  std::vector<ExtensionPart> out;
  if (spec.is_ca) {
    out.push_back(subject_key_id_part());
    if (!self_signed) {
      out.push_back(authority_key_id_part());
    }
    out.push_back(basic_constraints_part(true, spec.path_length));
  }
  if (spec.key_usage != 0) {
    out.push_back(key_usage_part(spec.key_usage));
  }
  if (!spec.crl_url.empty()) {
    out.push_back(crl_distribution_point_part(spec.crl_url));
  }
  for (const ExtensionValue& extension : spec.extensions) {
    out.push_back({extension.oid, false, extension.value});
  }
  return out;
}
}  // namespace

Bytes make_amd_certificate(const AmdCertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer) {
  // Every leaf of AMD's has the serial 0.
  return write_certificate({.serial = spec.serial.empty() ? Bytes{0} : spec.serial,
                            .subject = name_of(spec.common_name),
                            .not_before = spec.not_before,
                            .not_after = spec.not_after,
                            .extensions = extensions_of(spec, issuer == nullptr)},
                           subject_key, issuer);
}

Bytes make_amd_crl(CrlSpec spec, const Identity& ark) {
  spec.signature_hash = crypto::Hash::sha384;
  spec.reason.reset();
  return make_crl(spec, ark);
}

AmdHierarchy::AmdHierarchy(std::string_view label)
    : label_(label),
      ark_(make_root(label)),
      ask_(make_identity(concat(label, "/ask"), authority("SEV-", kAsk, 2, "vcek"), &ark_)),
      asvk_(make_identity(concat(label, "/asvk"), authority("SEV-VLEK-", kAsvk, 1, "vlek"), &ark_)) {}

crypto::PkeyPtr AmdHierarchy::leaf_key(const AmdLeafSpec& spec) const {
  const std::string whose = spec.vlek ? spec.csp_id : to_hex(spec.chip_id);
  return key_from_label(concat(label_, spec.vlek ? "/vlek/" : "/vcek/", to_hex(spec.tcb), "/", whose),
                        crypto::Curve::p384);
}

Bytes AmdHierarchy::leaf(const AmdLeafSpec& spec) const {
  snp::LeafExtensions says;
  says.product_name = to_string(kProduct);
  says.tcb = snp::read_tcb(spec.tcb, kProduct);
  if (spec.vlek) {
    says.csp_id = spec.csp_id;
  } else {
    says.hwid = Bytes(spec.chip_id.begin(), spec.chip_id.end());
  }
  return make_amd_certificate({.common_name = spec.vlek ? "SEV-VLEK" : "SEV-VCEK",
                               .not_before = spec.not_before.value_or(kLeaf.from),
                               .not_after = spec.not_after.value_or(kLeaf.until),
                               .extensions = write_amd_extensions(says)},
                              leaf_key(spec).get(), &issuer(spec.vlek));
}

}  // namespace tenzro::tee::simulated
