// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/device_certificates.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/der.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::string_view kLeafEnd = " FMC LF";
constexpr std::string_view kBromEnd = " BROM";
constexpr std::string_view kSerialNumber = "2.5.4.5";
constexpr std::string_view kSha384 = "2.16.840.1.101.3.4.2.2";

Error malformed(std::string_view message) { return {ErrorCode::malformed_input, std::string(message)}; }

bool is_upper_alphanumeric(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// SEQUENCE { OID sha384, OCTET STRING of 48 bytes }
Result<ByteArray<48>> read_digest(der::Reader& in) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader fwid, in.enter("fwid", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const std::string algorithm, fwid.oid("fwid.hashAlg"));
  if (algorithm != kSha384) {
    return malformed(concat("firmware id: its digest is of ", algorithm, ", only SHA-384 is known"));
  }
  TENZRO_ASSIGN_OR_RETURN(const ByteView digest, fwid.octet_string("fwid.digest"));
  TENZRO_RETURN_IF_ERROR(fwid.expect_end());
  ByteArray<48> out{};
  if (digest.size() != out.size()) {
    return malformed(concat("firmware id: its digest has ", digest.size(), " bytes, expected ", out.size()));
  }
  std::ranges::copy(digest, out.begin());
  return out;
}

/// SEQUENCE { INTEGER 1, SubjectPublicKeyInfo, fwid }
Result<FirmwareId> read_composite_device_id(ByteView value) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element whole, der::single("composite device id", value));
  der::Reader outer("composite device id", whole.whole);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, outer.enter("sequence", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t version, in.unsigned_integer("version", 0xff));
  if (version != 1) {
    return malformed(concat("composite device id: is of version ", version, ", only 1 is known"));
  }
  TENZRO_ASSIGN_OR_RETURN(const der::Element key, in.next("deviceID", der::kSequence));
  FirmwareId out;
  out.made_by = key.whole;
  TENZRO_ASSIGN_OR_RETURN(out.digest, read_digest(in));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return out;
}

constexpr std::uint8_t kFirmwareIds = 0xa6;
constexpr std::uint8_t kFlags = 0x87;
/// What DiceTcbInfo's members are tagged with, in their order: vendor, model, version, svn, layer, index, fwids, flags,
/// vendorInfo, type. Each may be absent; without firmware ids it is of no use here.
constexpr std::array<std::uint8_t, 10> kTcbInfoMembers = {0x80, 0x81,         0x82,   0x83, 0x84,
                                                          0x85, kFirmwareIds, kFlags, 0x88, 0x89};

/// Source: TCG DICE Attestation Architecture, OperationalFlags; bit 0 is the highest of the first octet.
Result<void> read_flags(ByteView flags, FirmwareId& out) {
  constexpr std::uint8_t kNotSecure = 0x40, kRecovery = 0x20, kDebug = 0x10;
  constexpr std::size_t kMostBytes = 5;
  if (flags.size() < 2 || flags.size() > kMostBytes || flags[0] > 7) {
    return malformed("TCB info: its flags are no bit string of 1 to 4 bytes");
  }
  out.in_use = (flags[1] & (kNotSecure | kRecovery | kDebug)) == 0;
  return {};
}

Result<FirmwareId> read_tcb_info(ByteView value) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element whole, der::single("TCB info", value));
  der::Reader outer("TCB info", whole.whole);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, outer.enter("sequence", der::kSequence));
  FirmwareId out;
  bool has_digest = false;
  std::span<const std::uint8_t> rest(kTcbInfoMembers);
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(const der::Element member, in.next("member"));
    const auto found = std::ranges::find(rest, member.tag);
    if (found == rest.end()) {
      return malformed("TCB info: a member is not known, or not in its place");
    }
    rest = rest.subspan(static_cast<std::size_t>(found - rest.begin()) + 1);
    if (member.tag == kFirmwareIds) {
      der::Reader ids("TCB info.fwids", member.content);
      TENZRO_ASSIGN_OR_RETURN(out.digest, read_digest(ids));
      has_digest = true;
      while (!ids.at_end()) {
        TENZRO_RETURN_IF_ERROR(read_digest(ids));
      }
    } else if (member.tag == kFlags) {
      TENZRO_RETURN_IF_ERROR(read_flags(member.content, out));
    }
  }
  if (!has_digest) {
    return malformed("TCB info: has no firmware id");
  }
  return out;
}

}  // namespace

std::string_view to_string(DeviceKind kind) noexcept { return kind == DeviceKind::gpu ? "gpu" : "nvswitch"; }

std::optional<DeviceName> device_name(std::string_view leaf_common_name, std::string_view brom_common_name) {
  if (!leaf_common_name.ends_with(kLeafEnd) || !brom_common_name.ends_with(kBromEnd)) {
    return std::nullopt;
  }
  const std::string_view device = leaf_common_name.substr(0, leaf_common_name.size() - kLeafEnd.size());
  if (device != brom_common_name.substr(0, brom_common_name.size() - kBromEnd.size())) {
    return std::nullopt;
  }
  const std::string_view chip = device.substr(0, device.find(' '));
  const bool is_hopper_or_later = chip.starts_with("GH") || chip.starts_with("GB");
  if (is_hopper_or_later && chip.size() > 2 && is_upper_alphanumeric(chip) && device.ends_with(" GSP")) {
    return DeviceName{DeviceKind::gpu, std::string(chip)};
  }
  if (chip == "LS_10" && device.ends_with(" FSP")) {
    return DeviceName{DeviceKind::nvswitch, "LS10"};
  }
  return std::nullopt;
}

Result<ByteArray<8>> device_id(ByteView subject, DeviceKind kind) {
  constexpr std::uint8_t kGpu = 0x41, kSwitch = 0x50;
  std::optional<std::string> digits;
  TENZRO_ASSIGN_OR_RETURN(const der::Element whole, der::single("subject", subject));
  der::Reader names("subject", whole.content);
  while (!names.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader set, names.enter("name", der::kSet));
    while (!set.at_end()) {
      TENZRO_ASSIGN_OR_RETURN(der::Reader attribute, set.enter("attribute", der::kSequence));
      TENZRO_ASSIGN_OR_RETURN(const std::string type, attribute.oid("type"));
      TENZRO_ASSIGN_OR_RETURN(const der::Element value, attribute.next("value"));
      if (type != kSerialNumber) {
        continue;
      }
      if (digits) {
        return malformed("subject: has two serial numbers");
      }
      digits.emplace(value.content.begin(), value.content.end());
    }
  }
  const auto bytes = digits ? from_hex(*digits) : Result<Bytes>(Bytes());
  ByteArray<8> out{};
  if (!bytes || bytes->size() != out.size() + 1 || bytes->front() != (kind == DeviceKind::gpu ? kGpu : kSwitch)) {
    return malformed(
        concat("subject: its serial number \"", printable(digits.value_or("")), "\" is none of a ", to_string(kind)));
  }
  std::copy(bytes->begin() + 1, bytes->end(), out.begin());
  return out;
}

Result<FirmwareId> read_firmware_id(std::string_view oid, ByteView value) {
  return oid == kCompositeDeviceId ? read_composite_device_id(value) : read_tcb_info(value);
}

}  // namespace tenzro::tee::nvidia
