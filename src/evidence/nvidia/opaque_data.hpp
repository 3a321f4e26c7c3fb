// SPDX-License-Identifier: Apache-2.0
// What a device says of itself beside its measurements: fields of a type, a size and a value.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

/// The types that mean something here. Values as NVIDIA's tools number them.
enum class OpaqueType : std::uint16_t {
  driver_version = 3,   ///< text
  vbios_version = 6,    ///< GPU: 8 bytes; switch: text
  nvdec0_status = 11,   ///< 0xaa enabled, 0x55 disabled
  chip_sku = 15,        ///< text
  project = 17,         ///< text
  project_sku = 18,     ///< text
  fwid = 20,            ///< SHA-384 of the firmware that made the device's last key
  protected_pcie = 21,  ///< 0xaa on, 0x55 off
  device_ids = 22,      ///< GPU: its switch on each of 18 links, 8 bytes each; switch: its own id, 8 bytes
  lock_status = 25,     ///< switch: u16, 1 locked
  switch_gpu_ids = 26,  ///< switch: 8 ids of GPUs, then 64 port numbers
  opaque_version = 34,  ///< u16
  chip_info = 35,       ///< text: "GB100"
  feature_flag = 36,    ///< u16: single GPU, multi GPU, protected PCIe
};

/// Views into the bytes given to parse_opaque_data, which must outlive it.
/// Threads: const members may be called from several threads at once.
class OpaqueData {
 public:
  OpaqueData() = default;
  /// The value of a field; nothing when it is absent.
  std::optional<ByteView> find(OpaqueType type) const;
  /// A text: printable ASCII up to the first NUL, behind which are only NULs. Nothing when absent.
  /// malformed_input when it is another thing, empty, or longer than 32 characters.
  Result<std::optional<std::string>> text(OpaqueType type) const;
  /// malformed_input when it is there and has not 2 bytes.
  Result<std::optional<std::uint16_t>> number(OpaqueType type) const;
  ByteView raw() const noexcept { return raw_; }

 private:
  friend Result<OpaqueData> parse_opaque_data(ByteView in);
  ByteView raw_;
};

/// Types that are not known pass; no type stands there twice. Does not allocate. malformed_input otherwise, and for
/// a field that runs past the end.
Result<OpaqueData> parse_opaque_data(ByteView in);

/// "96.00.9F.00.01" of a GPU's 8 bytes.
std::string gpu_vbios_text(std::span<const std::uint8_t, 8> version);

}  // namespace tenzro::tee::nvidia
