// SPDX-License-Identifier: Apache-2.0
// Names, extensions and their order as in the chains of genuine documents.
#include "provider/simulated/aws_hierarchy.hpp"

#include <openssl/obj_mac.h>

#include "core/text.hpp"
#include "provider/simulated/certificate_writer.hpp"
#include "provider/simulated/compiled_in_root.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;
constexpr UtcTime kFrom = sys_days{2019y / October / 28} + 13h + 28min + 5s;
constexpr UtcTime kUntil = sys_days{2049y / October / 28} + 14h + 28min + 5s;
constexpr std::uint8_t kKeyCertSignOnly = 0x04;

// Host names under .invalid lead nowhere (RFC 2606): nobody is asked for a simulated list.
constexpr std::string_view kCrlUrl = "http://simulated.invalid/nitro.crl";

std::vector<NameAttribute> name_of(const AwsCertificateSpec& spec) {
  return {{NID_countryName, "US"},
          {NID_organizationName, spec.organization},
          {NID_organizationalUnitName, "AWS"},
          {NID_commonName, spec.common_name}};
}

std::vector<ExtensionPart> extensions_of(const AwsCertificateSpec& spec, bool self_signed) {
  std::vector<ExtensionPart> out = {basic_constraints_part(spec.is_ca, spec.path_length)};
  if (spec.with_key_ids && !self_signed) {
    out.push_back(authority_key_id_part());
  }
  if (spec.with_key_ids) {
    out.push_back(subject_key_id_part());
  }
  out.push_back(key_usage_part(spec.key_usage));
  out.back().critical = spec.critical_key_usage;
  if (spec.with_crl_distribution_point) {
    out.push_back(crl_distribution_point_part(kCrlUrl));
  }
  if (spec.unknown_critical_extension) {
    out.push_back({kUnknownExtensionOid, true, der::sequence({})});
  }
  return out;
}

Identity make_identity(std::string_view label, const AwsCertificateSpec& spec, const Identity* issuer) {
  Identity out;
  out.key = key_from_label(label, crypto::Curve::p384);
  out.certificate = make_aws_certificate(spec, out.key.get(), issuer);
  return out;
}

Identity make_root(std::string_view label) {
  const std::string key_label = concat(label, "/root");
  if (label == AwsHierarchy::kSimulatedLabel) {
    Identity out;
    out.key = key_from_label(key_label, crypto::Curve::p384);
    out.certificate = compiled_in_root(Platform::aws_nitro);
    return out;
  }
  return make_identity(key_label,
                       {.common_name = "aws.nitro-enclaves",
                        .not_before = kFrom,
                        .not_after = kUntil,
                        .with_crl_distribution_point = false},
                       nullptr);
}

AwsCertificateSpec issuer_spec(std::string common_name, unsigned path_length) {
  return {.common_name = std::move(common_name), .not_before = kFrom, .not_after = kUntil, .path_length = path_length};
}

AwsCertificateSpec instance_spec() {
  AwsCertificateSpec spec = issuer_spec(concat(AwsHierarchy::kInstanceId, ".simulated-1.aws.nitro-enclaves"), 0);
  spec.with_crl_distribution_point = false;
  spec.key_usage = kKeyCertSignOnly;
  return spec;
}
}  // namespace

Bytes make_aws_certificate(const AwsCertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer) {
  return write_certificate({.serial = key_hash(subject_key),
                            .subject = name_of(spec),
                            .not_before = spec.not_before,
                            .not_after = spec.not_after,
                            .extensions = extensions_of(spec, issuer == nullptr),
                            .signature_hash = spec.signature_hash},
                           subject_key, issuer);
}

Bytes make_aws_crl(CrlSpec spec, const Identity& issuer) {
  spec.signature_hash = crypto::Hash::sha384;
  return make_crl(spec, issuer);
}

AwsHierarchy::AwsHierarchy(std::string_view label)
    : label_(label),
      root_(make_root(label)),
      regional_(make_identity(concat(label, "/regional"),
                              issuer_spec("0123456789abcdef.simulated-1.aws.nitro-enclaves", 2), &root_)),
      zonal_(make_identity(concat(label, "/zonal"),
                           issuer_spec("fedcba9876543210.zonal.simulated-1.aws.nitro-enclaves", 1), &regional_)),
      instance_(make_identity(concat(label, "/instance"), instance_spec(), &zonal_)) {}

std::vector<Bytes> AwsHierarchy::cabundle() const {
  return {root_.certificate, regional_.certificate, zonal_.certificate, instance_.certificate};
}

}  // namespace tenzro::tee::simulated
