// SPDX-License-Identifier: Apache-2.0
// The evidence of all of NVIDIA's devices of a machine that a verifier wants it of.
#pragma once
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "device/system.hpp"
#include "evidence/nvidia/device_evidence.hpp"

namespace tenzro::tee::nvidia {

/// NVIDIA's own tool gives a call as long.
inline constexpr std::chrono::milliseconds kCallLimit = std::chrono::seconds{5};

/// All GPUs that the driver runs, one after another; in protected PCIe mode all NVSwitches behind them, and in that
/// mode alone: elsewhere they are no part of what is to be trusted. Every report is looked at: it must answer the
/// nonce. Developer tools do not matter here: it is for the verifier to refuse them.
///
/// waiting: of the caller, for all of it; call_limit: for one call of a driver. A call that takes longer is left
/// behind, and the next one waits for it.
///
/// not_available: no driver or no GPU, confidential computing is off, devices whose evidence has no known form, or
/// switches that the host has not locked. permission_denied, timed_out, cancelled, hardware_failure as TeeProvider.
Result<std::vector<DeviceEvidence>> collect_evidence(const std::shared_ptr<device::System>& system,
                                                     std::span<const std::uint8_t, 32> nonce,
                                                     const device::Waiting& waiting,
                                                     std::chrono::milliseconds call_limit = kCallLimit);

}  // namespace tenzro::tee::nvidia
