// SPDX-License-Identifier: Apache-2.0
// Names, extensions and their order as in the chains of genuine documents.
#include "provider/simulated/aws_hierarchy.hpp"

#include <openssl/obj_mac.h>

#include <bit>

#include "core/text.hpp"
#include "formats/der.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/x509_parts.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;
constexpr UtcTime kFrom = sys_days{2019y / October / 28} + 13h + 28min + 5s;
constexpr UtcTime kUntil = sys_days{2049y / October / 28} + 14h + 28min + 5s;
constexpr std::uint8_t kKeyCertSignOnly = 0x04;

ByteView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

crypto::X509NamePtr name_of(const AwsCertificateSpec& spec) {
  crypto::X509NamePtr name(X509_NAME_new());
  ensure(name != nullptr, "no memory for a name");
  const auto add = [&name](int nid, int type, std::string_view value) {
    ensure(X509_NAME_add_entry_by_NID(name.get(), nid, type, bytes_of(value).data(), static_cast<int>(value.size()), -1,
                                      0) == 1,
           "a name could not be built");
  };
  add(NID_countryName, V_ASN1_PRINTABLESTRING, "US");
  add(NID_organizationName, V_ASN1_UTF8STRING, spec.organization);
  add(NID_organizationalUnitName, V_ASN1_UTF8STRING, "AWS");
  add(NID_commonName, V_ASN1_UTF8STRING, spec.common_name);
  return name;
}

void add(X509* certificate, std::string_view oid, bool critical, ByteView value) {
  ensure(X509_add_ext(certificate, extension(oid, critical, value).get(), -1) == 1, "an extension could not be added");
}

Bytes basic_constraints(const AwsCertificateSpec& spec) {
  Bytes members = spec.is_ca ? der::boolean(true) : Bytes();
  if (spec.path_length) {
    members = der::join({members, der::unsigned_integer(*spec.path_length)});
  }
  return der::element(tee::der::kSequence, members);
}

/// DER: trailing zero bits of a named bit list are cut off.
Bytes key_usage(std::uint8_t bits) {
  const auto unused = static_cast<std::uint8_t>(bits == 0 ? 0 : std::countr_zero(bits));
  return der::element(tee::der::kBitString, bits == 0 ? Bytes{0} : Bytes{unused, bits});
}

/// Host names under .invalid lead nowhere (RFC 2606): nobody is asked for a simulated list.
Bytes crl_distribution_point() {
  const Bytes uri = der::element(0x86, bytes_of("http://simulated.invalid/nitro.crl"));
  return der::sequence({der::sequence({der::element(0xa0, der::element(0xa0, uri))})});
}

void add_extensions(X509* certificate, const AwsCertificateSpec& spec, const X509* issuer_or_null, ByteView issuer_id) {
  add(certificate, "2.5.29.19", true, basic_constraints(spec));
  if (spec.with_key_ids && issuer_or_null != nullptr) {
    add(certificate, "2.5.29.35", false, authority_key_id(issuer_id));
  }
  if (spec.with_key_ids) {
    add(certificate, "2.5.29.14", false, der::octet_string(key_hash(certificate)));
  }
  add(certificate, "2.5.29.15", spec.critical_key_usage, key_usage(spec.key_usage));
  if (spec.with_crl_distribution_point) {
    add(certificate, "2.5.29.31", false, crl_distribution_point());
  }
  if (spec.unknown_critical_extension) {
    add(certificate, kUnknownExtensionOid, true, der::sequence({}));
  }
}

Identity make_identity(std::string_view label, const AwsCertificateSpec& spec, const Identity* issuer) {
  Identity out;
  out.key = key_from_label(label, crypto::Curve::p384);
  out.certificate = make_aws_certificate(spec, out.key.get(), issuer);
  return out;
}

/// The anchor that verifiers have compiled in. Made afresh it would differ: ECDSA signatures are randomised.
Bytes compiled_in_root() {
  const x509::AnchorSet* anchors = x509::AnchorSet::simulated();
  ensure(anchors != nullptr, "this build has no simulated roots");
  const auto roots = anchors->roots(Platform::aws_nitro, ChainRole::evidence_signer);
  ensure(roots.size() == 1, "there must be one simulated AWS root");
  const ByteView der = roots.front()->der();
  return Bytes(der.begin(), der.end());
}

Identity make_root(std::string_view label) {
  const std::string key_label = concat(label, "/root");
  if (label == AwsHierarchy::kSimulatedLabel) {
    Identity out;
    out.key = key_from_label(key_label, crypto::Curve::p384);
    out.certificate = compiled_in_root();
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
  const crypto::X509Ptr certificate(X509_new());
  const crypto::X509NamePtr subject = name_of(spec);
  X509* const out = certificate.get();
  ensure(out != nullptr && X509_set_version(out, X509_VERSION_3) == 1 && X509_set_pubkey(out, subject_key) == 1 &&
             X509_set_subject_name(out, subject.get()) == 1 &&
             X509_set1_notBefore(out, asn1_time(spec.not_before).get()) == 1 &&
             X509_set1_notAfter(out, asn1_time(spec.not_after).get()) == 1,
         "a certificate could not be filled");
  ensure(X509_set_serialNumber(out, asn1_integer(key_hash(out)).get()) == 1, "a serial could not be set");

  Bytes issuer_key_id;
  const X509_NAME* issuer_name = subject.get();
  crypto::X509Ptr issuer_certificate;
  if (issuer != nullptr) {
    issuer_certificate = decode_certificate(issuer->certificate);
    issuer_key_id = key_id_of(issuer_certificate.get());
    issuer_name = X509_get_subject_name(issuer_certificate.get());
  }
  ensure(X509_set_issuer_name(out, issuer_name) == 1, "an issuer could not be set");
  add_extensions(out, spec, issuer_certificate.get(), issuer_key_id);
  EVP_PKEY* const signer = issuer != nullptr ? issuer->key.get() : subject_key;
  ensure(X509_sign(out, signer, crypto::md(spec.signature_hash)) > 0, "a certificate could not be signed");

  unsigned char* encoded = nullptr;
  const int size = i2d_X509(out, &encoded);
  const crypto::OpensslMemory owner(encoded);
  ensure(size > 0, "a certificate could not be encoded");
  return Bytes(encoded, encoded + size);
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
