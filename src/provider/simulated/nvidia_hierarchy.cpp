// SPDX-License-Identifier: Apache-2.0
// Names, extensions and their order as in the chains of genuine Hopper GPUs and their manifests.
#include "provider/simulated/nvidia_hierarchy.hpp"

#include <openssl/obj_mac.h>

#include <algorithm>

#include "core/text.hpp"
#include "evidence/nvidia/device_certificates.hpp"
#include "formats/der.hpp"
#include "provider/simulated/certificate_writer.hpp"
#include "provider/simulated/compiled_in_root.hpp"
#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;
constexpr UtcTime kDeviceRootFrom = sys_days{2021y / November / 5};
constexpr UtcTime kIdentityFrom = sys_days{2022y / January / 12};
constexpr UtcTime kProvisionerFrom = sys_days{2022y / March / 1};
constexpr UtcTime kDeviceFrom = sys_days{2020y / October / 17};
constexpr UtcTime kDevicesUntil = sys_days{9999y / December / 31} + 23h + 59min + 59s;
constexpr UtcTime kRimRootFrom = sys_days{2023y / March / 16} + 15h + 37min + 34s;
constexpr UtcTime kRimCaFrom = sys_days{2023y / May / 11};
constexpr UtcTime kRimL3From = sys_days{2023y / October / 31};
constexpr UtcTime kRimSignerFrom = sys_days{2024y / June / 1};
constexpr UtcTime kRimsUntil = sys_days{2053y / March / 8} + 15h + 37min + 34s;

constexpr std::string_view kChip = "GH100";
constexpr std::string_view kCompany = "NVIDIA Corporation";
constexpr std::uint8_t kDigitalSignature = 0x80, kKeyCertSign = 0x04, kKeyCertSignAndCrlSign = 0x06;
constexpr std::uint8_t kGpu = 0x41;  // first octet of the serial number of a GPU's identity
// DMTF DSP0274: an otherName that names manufacturer, product and serial number of a device.
constexpr std::string_view kDmtfDeviceInfo = "1.3.6.1.4.1.412.274.1";
constexpr std::string_view kSha384Oid = "2.16.840.1.101.3.4.2.2";
// Hosts under .invalid lead nowhere (RFC 2606): nobody is asked about a simulated certificate.
constexpr std::string_view kResponder = "http://ocsp.simulated.invalid";

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

std::string upper_hex(ByteView bytes) {
  std::string out = to_hex(bytes);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

/// Eight bytes that follow from a label.
ByteArray<8> id_from_label(std::string_view label) {
  const ByteArray<32> digest = crypto::sha256(bytes_of(label));
  ByteArray<8> out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

/// A key's hash as a positive number: the way devices number their leaves.
Bytes serial_of_key(EVP_PKEY* key) {
  Bytes out = key_hash(key);
  out.front() &= 0x7f;
  return out;
}

std::vector<NameAttribute> name_then_organization(std::string_view name, std::string_view organization = kCompany) {
  return {{NID_commonName, std::string(name)}, {NID_organizationName, std::string(organization)}};
}

std::vector<NameAttribute> name_then_country(std::string_view name) {
  auto out = name_then_organization(name);
  out.push_back({NID_countryName, "US"});
  return out;
}

std::vector<NameAttribute> device_name(std::string serial_number, std::string_view role) {
  return {{NID_serialNumber, std::move(serial_number)},
          {NID_countryName, "US"},
          {NID_organizationName, std::string(kCompany)},
          {NID_commonName, concat(kChip, " A01 GSP ", role)}};
}

/// A serial that is empty follows from the key.
Identity make_identity(std::string_view key_label, CertificateParts parts, const Identity* issuer) {
  Identity out;
  out.key = key_from_label(key_label, crypto::Curve::p384);
  if (parts.serial.empty()) {
    parts.serial = serial_of_key(out.key.get());
  }
  out.certificate = write_certificate(parts, out.key.get(), issuer);
  return out;
}

Identity make_root(std::string_view label, std::string_view which, ChainRole role, const CertificateParts& parts) {
  const std::string key_label = concat(label, "/", which);
  if (label != NvidiaHierarchy::kSimulatedLabel) {
    return make_identity(key_label, parts, nullptr);
  }
  Identity out;
  out.key = key_from_label(key_label, crypto::Curve::p384);
  out.certificate = compiled_in_root(Platform::nvidia_gpu, role);
  return out;
}

CertificateParts device_root_parts() {
  return {.subject = name_then_organization("NVIDIA Device Identity CA", "NVIDIA"),
          .not_before = kDeviceRootFrom,
          .not_after = kDevicesUntil,
          .extensions = {basic_constraints_part(true), key_usage_part(kKeyCertSignAndCrlSign), subject_key_id_part(),
                         authority_key_id_part()}};
}

CertificateParts rim_root_parts() {
  return {.subject = {{NID_countryName, "US"},
                      {NID_organizationName, "NVIDIA"},
                      {NID_commonName, "NVIDIA CoRIM signing Root CA"}},
          .not_before = kRimRootFrom,
          .not_after = kRimsUntil,
          .extensions = {subject_key_id_part(), authority_key_id_part(), basic_constraints_part(true),
                         key_usage_part(kKeyCertSignAndCrlSign)}};
}

/// A CA with a revocation list and a responder of its issuer's.
std::vector<ExtensionPart> ca_extensions(std::string_view list_url) {
  return {basic_constraints_part(true),
          key_usage_part(kKeyCertSignAndCrlSign),
          crl_distribution_point_part(list_url),
          ocsp_access_part(kResponder),
          subject_key_id_part(),
          authority_key_id_part()};
}

CertificateParts identity_ca_parts() {
  return {.subject = name_then_organization("NVIDIA GH100 Identity"),
          .not_before = kIdentityFrom,
          .not_after = kDevicesUntil,
          .extensions = ca_extensions("http://crl.simulated.invalid/crl/l1-root.crl")};
}

CertificateParts provisioner_parts() {
  return {.subject = name_then_country("NVIDIA GH100 Provisioner ICA 1"),
          .not_before = kProvisionerFrom,
          .not_after = kDevicesUntil,
          .extensions = ca_extensions("http://crl.simulated.invalid/crl/l2-gh100.crl")};
}

CertificateParts rim_ca_parts() {
  return {.subject = name_then_country("NVIDIA Reference Value GH100 CA"),
          .not_before = kRimCaFrom,
          .not_after = kRimsUntil,
          .extensions = ca_extensions("http://crl.simulated.invalid/crl-corim/l1-corim")};
}

CertificateParts rim_l3_parts() {
  return {.subject = name_then_country("NVIDIA Reference Value L3 GH100 001"),
          .not_before = kRimL3From,
          .not_after = kRimsUntil,
          .extensions = {basic_constraints_part(true, 0), key_usage_part(kKeyCertSignAndCrlSign),
                         ocsp_access_part(kResponder), subject_key_id_part(), authority_key_id_part()}};
}

CertificateParts rim_signer_parts() {
  return {.subject = {{NID_countryName, "US"},
                      {NID_stateOrProvinceName, "CA"},
                      {NID_localityName, "Santa Clara"},
                      {NID_organizationName, std::string(kCompany)},
                      {NID_commonName, "HCC RIM L4 Signer"}},
          .not_before = kRimSignerFrom,
          .not_after = kRimsUntil,
          .extensions = {subject_key_id_part(), authority_key_id_part(), basic_constraints_part(false),
                         key_usage_part(kDigitalSignature), ocsp_access_part(kResponder)}};
}

CertificateParts brom_parts(const ByteArray<8>& pdi) {
  Bytes serial{kGpu};
  serial.insert(serial.end(), pdi.begin(), pdi.end());
  return {.serial = serial,
          .subject = device_name(upper_hex(serial), "BROM"),
          .not_before = kDeviceFrom,
          .not_after = kDevicesUntil,
          .extensions = {basic_constraints_part(true), key_usage_part(kKeyCertSign), subject_key_id_part(),
                         authority_key_id_part()}};
}

/// subjectAltName { otherName { DMTF device info, UTF8String "NVIDIA:GH100:<serial number>" } }.
ExtensionPart device_info(const ByteArray<8>& serial_number) {
  const Bytes text =
      der::element(tee::der::kUtf8String, bytes_of(concat("NVIDIA:", kChip, ":", upper_hex(serial_number))));
  const Bytes other_name = der::join({der::oid(kDmtfDeviceInfo), der::element(0xa0, text)});
  return {"2.5.29.17", false, der::sequence({der::element(0xa0, other_name)})};
}

/// TCG DICE CompositeDeviceID: version, the key that vouches for the firmware, the firmware's digest.
ExtensionPart composite_device_id(EVP_PKEY* vouching, const ByteArray<48>& firmware_id) {
  const Bytes digest = der::sequence({der::oid(kSha384Oid), der::octet_string(firmware_id)});
  return {nvidia::kCompositeDeviceId, false,
          der::sequence({der::unsigned_integer(1), encoded(vouching, i2d_PUBKEY), digest})};
}

}  // namespace

NvidiaHierarchy::NvidiaHierarchy(std::string_view label)
    : label_(label),
      device_root_(make_root(label, "device-root", ChainRole::evidence_signer, device_root_parts())),
      identity_ca_(make_identity(concat(label, "/identity-ca"), identity_ca_parts(), &device_root_)),
      provisioner_(make_identity(concat(label, "/provisioner"), provisioner_parts(), &identity_ca_)),
      rim_root_(make_root(label, "rim-root", ChainRole::rim_signer, rim_root_parts())),
      rim_ca_(make_identity(concat(label, "/rim-ca"), rim_ca_parts(), &rim_root_)),
      rim_l3_(make_identity(concat(label, "/rim-l3"), rim_l3_parts(), &rim_ca_)),
      rim_signer_(make_identity(concat(label, "/rim-signer"), rim_signer_parts(), &rim_l3_)) {}

NvidiaDevice NvidiaHierarchy::device(unsigned number, const ByteArray<48>& firmware_id) const {
  const std::string label = concat(label_, "/device-", number);
  NvidiaDevice out;
  out.pdi = id_from_label(concat(label, "/pdi"));
  out.brom = make_identity(concat(label, "/brom"), brom_parts(out.pdi), &provisioner_);
  const std::string leaf_label = concat(label, "/leaf");
  const crypto::PkeyPtr key = key_from_label(leaf_label, crypto::Curve::p384);
  out.leaf =
      make_identity(leaf_label,
                    {.subject = device_name(upper_hex(serial_of_key(key.get())), "FMC LF"),
                     .not_before = kDeviceFrom,
                     .not_after = kDevicesUntil,
                     .extensions = {key_usage_part(kDigitalSignature), subject_key_id_part(), authority_key_id_part(),
                                    device_info(id_from_label(concat(label, "/serial"))),
                                    composite_device_id(out.brom.key.get(), firmware_id)}},
                    &out.brom);
  return out;
}

std::vector<Bytes> NvidiaHierarchy::device_chain(const NvidiaDevice& device) const {
  return {device.leaf.certificate, device.brom.certificate, provisioner_.certificate, identity_ca_.certificate,
          device_root_.certificate};
}

std::vector<Bytes> NvidiaHierarchy::rim_chain() const {
  return {rim_signer_.certificate, rim_l3_.certificate, rim_ca_.certificate, rim_root_.certificate};
}

}  // namespace tenzro::tee::simulated
