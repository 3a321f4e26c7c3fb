// SPDX-License-Identifier: Apache-2.0
// Whether the GPUs of a machine accept work.
#pragma once
#include <memory>

#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::nvidia {

/// As gpu_ready_state() and set_gpu_ready_state() of a machine.
Result<GpuReadyState> ready_state(const std::shared_ptr<device::System>& system,
                                  const Patience& patience = kReadyStatePatience);
Result<void> set_ready_state(const std::shared_ptr<device::System>& system, GpuReadyState state,
                             const Patience& patience = kReadyStatePatience);

}  // namespace tenzro::tee::nvidia
