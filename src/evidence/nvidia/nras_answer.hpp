// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's remote attestation service (NRAS) answers: one token over all devices, and one for each of them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "evidence/nvidia/device_evidence.hpp"
#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::size_t kMaxNrasAnswer = std::size_t{1} << 20;

/// The token of one device, as it came.
struct DeviceToken {
  std::string name;    ///< "GPU-0" to "GPU-63", "SWITCH-0" to "SWITCH-63"
  RemoteDevices kind;  ///< by the name
  std::string token;   ///< compact form
};

/// A detached EAT bundle: [["JWT", overall], {name: token, ...}]. Nothing vouches for any of it yet.
struct NrasAnswer {
  std::string overall;
  std::vector<DeviceToken> devices;  ///< each name once, at most 64; in the order of their names
};

/// True for JSON that begins as such a bundle, and for a token alone.
bool looks_like_nras_answer(ByteView in) noexcept;

/// At most 1 MiB. A token alone, without its bundle, is an answer with no devices: the one over all devices speaks of
/// them by digest, so that without their own tokens nothing is known of any. malformed_input names what is wrong.
Result<NrasAnswer> parse_nras_answer(ByteView text);

}  // namespace tenzro::tee::nvidia
