// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's remote attestation service is asked.
#pragma once
#include <span>
#include <string>

#include "evidence/nvidia/device_evidence.hpp"

namespace tenzro::tee::nvidia {

/// The request's JSON: the nonce that the devices must have signed, and of these devices
/// those of this architecture, in their order; one request has one architecture. The answer calls them GPU-0 (or
/// SWITCH-0) and so on.
/// version: of the interface, 4 or 3; version 3 has claims of version 2.0 alone.
std::string nras_request(Architecture architecture, const ByteArray<32>& nonce, std::span<const DeviceEvidence> devices,
                         unsigned version = 4);

}  // namespace tenzro::tee::nvidia
