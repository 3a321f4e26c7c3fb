// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's remote attestation service is asked, in version 4 of its interface.
#pragma once
#include <span>
#include <string>

#include "evidence/nvidia/device_evidence.hpp"

namespace tenzro::tee::nvidia {

/// The request's JSON, for claims of version 3.0: the nonce that the devices must have signed, and of these devices
/// those of this architecture, in their order; one request has one architecture. The answer calls them GPU-0 (or
/// SWITCH-0) and so on.
std::string nras_request(Architecture architecture, const ByteArray<32>& nonce,
                         std::span<const DeviceEvidence> devices);

}  // namespace tenzro::tee::nvidia
