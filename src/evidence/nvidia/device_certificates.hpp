// SPDX-License-Identifier: Apache-2.0
// What a device's two own certificates say: which chip it is, which one of its kind, and which firmware made its key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

enum class DeviceKind : std::uint8_t { gpu, nvswitch };
std::string_view to_string(DeviceKind kind) noexcept;  ///< "gpu", "nvswitch"

/// The chip that both certificates are named after: "GH100 A01 GSP FMC LF", made by "GH100 A01 GSP BROM".
struct DeviceName {
  DeviceKind kind = DeviceKind::gpu;
  std::string chip;  ///< as manifests have it: "GH100", "GB100", "LS10"
};
/// Nothing unless the names are those of one device: a GPU's chip begins with GH or GB and its firmware is GSP, a
/// switch's are LS_10 and FSP. NVIDIA's other devices have the same root.
std::optional<DeviceName> device_name(std::string_view leaf_common_name, std::string_view brom_common_name);

/// The device's permanent id, from the serial number in the subject of its BROM certificate: a byte for the kind, then
/// 8 bytes. subject: the Name, DER. malformed_input for another form, or another kind's.
Result<ByteArray<8>> device_id(ByteView subject, DeviceKind kind);

/// TCG DICE: of the leaf certificate.
inline constexpr std::string_view kCompositeDeviceId = "2.23.133.5.4.1";  ///< Hopper, LS10
inline constexpr std::string_view kDiceTcbInfo = "2.23.133.5.4.1.1";      ///< Blackwell

/// Which firmware made the leaf's key.
struct FirmwareId {
  ByteArray<48> digest{};             ///< SHA-384
  std::optional<ByteView> made_by{};  ///< the SubjectPublicKeyInfo that vouches for it, DER; TCB info has none
  bool in_use = true;                 ///< false: a flag says not secure, recovery or debug
};
/// oid: one of the two; value: the extension's. The digest is the first one. malformed_input names the member.
Result<FirmwareId> read_firmware_id(std::string_view oid, ByteView value);

}  // namespace tenzro::tee::nvidia
