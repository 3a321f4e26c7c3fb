// SPDX-License-Identifier: Apache-2.0
// Evidence of several devices as NVIDIA's tools write it: JSON with a report and a certificate chain for each.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::size_t kMaxDevices = 64;
inline constexpr std::size_t kMaxEvidenceJson = std::size_t{1} << 20;
inline constexpr std::size_t kMaxChainText = std::size_t{64} << 10;

enum class Architecture : std::uint8_t { hopper, blackwell, ls10 };
std::string_view to_string(Architecture architecture) noexcept;  ///< "HOPPER", "BLACKWELL", "LS10"

/// What is said of one device. Nothing vouches for any of it yet.
struct DeviceEvidence {
  Architecture architecture = Architecture::hopper;
  ByteArray<32> nonce{};    ///< as its sender wrote it beside the report
  Bytes report;             ///< at most 8 KiB and a request
  Bytes certificate_chain;  ///< PEM text, at most 64 KiB
};

/// True for what begins as a JSON array, or as an object with "evidences", and names members that every device has.
bool looks_like_device_evidence(ByteView in) noexcept;

/// An array of 1 to 64 objects with arch, nonce (64 hex digits), evidence (base64, or hex where all of it is hex) and
/// certificate (base64 of PEM); or such an array as "evidences" of an object, as collectors wrap it. Other members say
/// nothing and are passed over. At most 1 MiB of text. malformed_input names the member; unsupported for another
/// architecture.
Result<std::vector<DeviceEvidence>> parse_device_evidence(ByteView text);

/// The array, as NVIDIA's collectors write it: reports and chains as base64.
std::string write_device_evidence(std::span<const DeviceEvidence> devices);

}  // namespace tenzro::tee::nvidia
