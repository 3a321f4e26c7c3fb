// SPDX-License-Identifier: Apache-2.0
// Names, extensions and their order as in the chains of genuine documents.
#include "provider/simulated/aws_hierarchy.hpp"

#include <openssl/obj_mac.h>

#include "core/text.hpp"
#include "provider/simulated/compiled_in_root.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;
constexpr UtcTime kFrom = sys_days{2019y / October / 28} + 13h + 28min + 5s;
constexpr UtcTime kUntil = sys_days{2049y / October / 28} + 14h + 28min + 5s;
constexpr std::uint8_t kKeyCertSignOnly = 0x04;

crypto::X509NamePtr name_of(const AwsCertificateSpec& spec) {
  return make_name({{NID_countryName, V_ASN1_PRINTABLESTRING, "US"},
                    {NID_organizationName, V_ASN1_UTF8STRING, spec.organization},
                    {NID_organizationalUnitName, V_ASN1_UTF8STRING, "AWS"},
                    {NID_commonName, V_ASN1_UTF8STRING, spec.common_name}});
}

/// Host names under .invalid lead nowhere (RFC 2606): nobody is asked for a simulated list.
constexpr std::string_view kCrlUrl = "http://simulated.invalid/nitro.crl";

void add_extensions(X509* certificate, const AwsCertificateSpec& spec, const X509* issuer_or_null, ByteView issuer_id) {
  add_extension(certificate, "2.5.29.19", true, basic_constraints(spec.is_ca, spec.path_length));
  if (spec.with_key_ids && issuer_or_null != nullptr) {
    add_extension(certificate, "2.5.29.35", false, authority_key_id(issuer_id));
  }
  if (spec.with_key_ids) {
    add_extension(certificate, "2.5.29.14", false, der::octet_string(key_hash(certificate)));
  }
  add_extension(certificate, "2.5.29.15", spec.critical_key_usage, key_usage(spec.key_usage));
  if (spec.with_crl_distribution_point) {
    add_extension(certificate, "2.5.29.31", false, crl_distribution_point(kCrlUrl));
  }
  if (spec.unknown_critical_extension) {
    add_extension(certificate, kUnknownExtensionOid, true, der::sequence({}));
  }
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
  const crypto::X509Ptr issuer_certificate = issuer != nullptr ? decode_certificate(issuer->certificate) : nullptr;
  const crypto::X509Ptr certificate =
      begin_certificate(name_of(spec).get(), subject_key, spec.not_before, spec.not_after, issuer_certificate.get());
  X509* const out = certificate.get();
  set_serial(out, key_hash(out));
  add_extensions(out, spec, issuer_certificate.get(),
                 issuer_certificate ? key_id_of(issuer_certificate.get()) : Bytes());
  sign_with(out, issuer != nullptr ? issuer->key.get() : subject_key, spec.signature_hash);
  return encoded(out);
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
