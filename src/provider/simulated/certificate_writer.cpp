// SPDX-License-Identifier: Apache-2.0
// A certificate put together of the parts that X.509 has (RFC 5280).
#include "provider/simulated/certificate_writer.hpp"

#include <openssl/obj_mac.h>

#include <bit>

#include "core/encoded_text.hpp"
#include "formats/der.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::string_view kSubjectKeyId = "2.5.29.14", kAuthorityKeyId = "2.5.29.35";
constexpr std::uint8_t kUri = 0x86;  // of GeneralName

crypto::X509NamePtr name_of(const std::vector<NameAttribute>& attributes) {
  crypto::X509NamePtr name(X509_NAME_new());
  ensure(name != nullptr, "no memory for a name");
  for (const NameAttribute& one : attributes) {
    const bool printable = one.nid == NID_countryName || one.nid == NID_serialNumber;
    ensure(X509_NAME_add_entry_by_NID(name.get(), one.nid, printable ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING,
                                      as_bytes(one.value).data(), static_cast<int>(one.value.size()), -1, 0) == 1,
           "a name could not be built");
  }
  return name;
}

Bytes value_of(const ExtensionPart& part, X509* certificate, ByteView issuer_key_id) {
  if (part.oid == kSubjectKeyId) {
    return der::octet_string(key_hash(certificate));
  }
  return part.oid == kAuthorityKeyId ? authority_key_id(issuer_key_id) : part.value;
}
}  // namespace

ExtensionPart subject_key_id_part() { return {kSubjectKeyId}; }

ExtensionPart authority_key_id_part() { return {kAuthorityKeyId}; }

ExtensionPart basic_constraints_part(bool is_ca, std::optional<unsigned> path_length) {
  const Bytes ca = is_ca ? der::boolean(true) : Bytes();
  const Bytes length = path_length ? der::unsigned_integer(*path_length) : Bytes();
  return {"2.5.29.19", true, der::sequence({ca, length})};
}

ExtensionPart key_usage_part(std::uint8_t bits) {
  // DER: trailing zero bits of a named bit list are cut off.
  const Bytes content = bits == 0 ? Bytes{0} : Bytes{static_cast<std::uint8_t>(std::countr_zero(bits)), bits};
  return {"2.5.29.15", true, der::element(tee::der::kBitString, content)};
}

ExtensionPart crl_distribution_point_part(std::string_view url) {
  const Bytes full_name = der::element(0xa0, der::element(kUri, as_bytes(url)));
  return {"2.5.29.31", false, der::sequence({der::sequence({der::element(0xa0, full_name)})})};
}

ExtensionPart ocsp_access_part(std::string_view url) {
  const Bytes responder = der::sequence({der::oid("1.3.6.1.5.5.7.48.1"), der::element(kUri, as_bytes(url))});
  return {"1.3.6.1.5.5.7.1.1", false, der::sequence({responder})};
}

Bytes write_certificate(const CertificateParts& parts, EVP_PKEY* subject_key, const Identity* issuer) {
  ensure(!parts.serial.empty(), "a certificate without a serial");
  const crypto::X509Ptr certificate(X509_new());
  const crypto::X509NamePtr subject = name_of(parts.subject);
  X509* const out = certificate.get();
  ensure(out != nullptr && X509_set_version(out, X509_VERSION_3) == 1 && X509_set_pubkey(out, subject_key) == 1 &&
             X509_set_subject_name(out, subject.get()) == 1 &&
             X509_set1_notBefore(out, asn1_time(parts.not_before).get()) == 1 &&
             X509_set1_notAfter(out, asn1_time(parts.not_after).get()) == 1 &&
             X509_set_serialNumber(out, asn1_integer(parts.serial).get()) == 1,
         "a certificate could not be filled");
  const crypto::X509Ptr issued_by = issuer != nullptr ? decode_certificate(issuer->certificate) : nullptr;
  ensure(X509_set_issuer_name(out, issued_by ? X509_get_subject_name(issued_by.get()) : subject.get()) == 1,
         "an issuer could not be set");
  const Bytes issuer_key_id = issued_by ? key_id_of(issued_by.get()) : key_hash(out);
  for (const ExtensionPart& part : parts.extensions) {
    ensure(X509_add_ext(out, extension(part.oid, part.critical, value_of(part, out, issuer_key_id)).get(), -1) == 1,
           "an extension could not be added");
  }
  EVP_PKEY* const signer = issuer != nullptr ? issuer->key.get() : subject_key;
  sign_with(out, signer, parts.signature_hash);
  return encoded(out, i2d_X509);
}

}  // namespace tenzro::tee::simulated
