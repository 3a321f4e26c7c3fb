// SPDX-License-Identifier: Apache-2.0
// Certificates with the names, extensions and order of extensions that Intel's have.
#include <openssl/obj_mac.h>

#include <string>

#include "core/text.hpp"
#include "formats/der.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/intel_hierarchy.hpp"
#include "provider/simulated/pck_extension_writer.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::uint8_t kDigitalSignatureAndNonRepudiation = 0xc0;
constexpr std::uint8_t kKeyCertSignAndCrlSign = 0x06;

ByteView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

crypto::X509NamePtr name_of(const CertificateSpec& spec) {
  crypto::X509NamePtr name(X509_NAME_new());
  ensure(name != nullptr, "no memory for a name");
  const auto add = [&name](int nid, int type, std::string_view value) {
    ensure(X509_NAME_add_entry_by_NID(name.get(), nid, type, reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1,
           "a name could not be built");
  };
  add(NID_commonName, V_ASN1_UTF8STRING, spec.common_name);
  add(NID_organizationName, V_ASN1_UTF8STRING, spec.organization);
  add(NID_localityName, V_ASN1_UTF8STRING, "Santa Clara");
  add(NID_stateOrProvinceName, V_ASN1_UTF8STRING, "CA");
  add(NID_countryName, V_ASN1_PRINTABLESTRING, "US");
  return name;
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

/// One DistributionPoint with one fullName URI (RFC 5280 section 4.2.1.13).
Bytes crl_distribution_point(std::string_view url) {
  const Bytes full_name = der::element(0xa0, der::element(0x86, bytes_of(url)));
  return der::sequence({der::sequence({der::element(0xa0, full_name)})});
}

Bytes key_usage(const CertificateSpec& spec) {
  const std::uint8_t bits =
      spec.key_usage.value_or(spec.is_ca ? kKeyCertSignAndCrlSign : kDigitalSignatureAndNonRepudiation);
  if (bits == 0) {
    return der::element(tee::der::kBitString, Bytes{0});
  }
  std::uint8_t unused = 0;  // DER: trailing zero bits of a named bit list are cut off
  while (((bits >> unused) & 1) == 0) {
    ++unused;
  }
  return der::element(tee::der::kBitString, Bytes{unused, bits});
}

Bytes basic_constraints(const CertificateSpec& spec) {
  Bytes members;
  if (spec.is_ca) {
    members = der::boolean(true);
  }
  if (spec.path_length) {
    members = der::join({members, der::unsigned_integer(*spec.path_length)});
  }
  return der::element(tee::der::kSequence, members);
}

void add(X509* certificate, std::string_view oid, bool critical, ByteView value) {
  ensure(X509_add_ext(certificate, extension(oid, critical, value).get(), -1) == 1, "an extension could not be added");
}

void add_extensions(X509* certificate, const CertificateSpec& spec, ByteView issuer_key_id) {
  if (spec.with_authority_key_id) {
    add(certificate, "2.5.29.35", false, authority_key_id(issuer_key_id));
  }
  if (spec.with_crl_distribution_point) {
    add(certificate, "2.5.29.31", false, crl_distribution_point(crl_url(spec)));
  }
  if (spec.with_subject_key_id) {
    add(certificate, "2.5.29.14", false, der::octet_string(key_hash(certificate)));
  }
  if (spec.with_key_usage) {
    add(certificate, "2.5.29.15", true, key_usage(spec));
  }
  if (spec.with_basic_constraints) {
    add(certificate, "2.5.29.19", true, basic_constraints(spec));
  }
  if (spec.pck_extension_value) {
    add(certificate, tdx::kSgxExtensionOid, false, *spec.pck_extension_value);
  } else if (spec.pck) {
    add(certificate, tdx::kSgxExtensionOid, false, write_pck_extension(*spec.pck));
  }
  if (spec.unknown_critical_extension) {
    add(certificate, kUnknownExtensionOid, true, der::sequence({}));
  }
}

void set_serial(X509* certificate, const Bytes& serial) {
  ensure(X509_set_serialNumber(certificate, asn1_integer(serial).get()) == 1, "a serial could not be set");
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
  const crypto::X509Ptr certificate(X509_new());
  const crypto::X509NamePtr subject = name_of(spec);
  X509* const out = certificate.get();
  ensure(out != nullptr && X509_set_version(out, X509_VERSION_3) == 1 && X509_set_pubkey(out, subject_key) == 1 &&
             X509_set_subject_name(out, subject.get()) == 1 &&
             X509_set1_notBefore(out, asn1_time(spec.not_before).get()) == 1 &&
             X509_set1_notAfter(out, asn1_time(spec.not_after).get()) == 1,
         "a certificate could not be filled");
  // Intel numbers its CAs by their key id; everything here is numbered so.
  set_serial(out, spec.serial.empty() ? key_hash(out) : spec.serial);

  Bytes issuer_key_id = key_hash(out);
  const X509_NAME* issuer_name = subject.get();
  crypto::X509Ptr issuer_certificate;
  if (issuer != nullptr) {
    issuer_certificate = decode_certificate(issuer->certificate);
    issuer_key_id = key_id_of(issuer_certificate.get());
    issuer_name = X509_get_subject_name(issuer_certificate.get());
  }
  ensure(X509_set_issuer_name(out, issuer_name) == 1, "an issuer could not be set");
  add_extensions(out, spec, issuer_key_id);
  EVP_PKEY* const signer = issuer != nullptr ? issuer->key.get() : subject_key;
  ensure(X509_sign(out, signer, crypto::md(spec.signature_hash)) > 0, "a certificate could not be signed");

  unsigned char* encoded = nullptr;
  const int size = i2d_X509(out, &encoded);
  const crypto::OpensslMemory owner(encoded);
  ensure(size > 0, "a certificate could not be encoded");
  return Bytes(encoded, encoded + size);
}

}  // namespace tenzro::tee::simulated
