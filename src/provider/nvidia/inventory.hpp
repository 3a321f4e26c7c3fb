// SPDX-License-Identifier: Apache-2.0
// NVIDIA's GPUs and switches on this machine, and what their drivers say of them.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::nvidia {

struct Inventory {
  GpuSystem system{};
  std::vector<Gpu> gpus{};
  bool was_confidential = false;  ///< the driver has told this process that confidential computing is on, if only once
  bool library = false;           ///< NVML was found
  bool makes_evidence = false;    ///< the driver has the functions for it
  bool switch_library = false;    ///< NSCQ was found; looked for where there is a GPU
  std::string switch_why_not{};   ///< why NSCQ could not be asked; empty when it could, or is not there
};

/// By NVML where it works, else by the bus: then names and memory are unknown and system.why_not says why. Waits no
/// longer than patience for the drivers, and leaves a call behind that does not return; the next one waits for that.
/// Where the driver's turn does not come, this is what it said last, and system.why_not says so.
/// Never fails; without a GPU there are none.
Inventory take_inventory(const std::shared_ptr<device::System>& system, std::chrono::milliseconds patience);

/// Confidential computing is on, be it with developer tools, which take away what it protects.
bool is_confidential(const GpuSystem& system) noexcept;

/// Of a driver's answer to others than an inventory: that confidential computing is on.
void remember_confidential(device::System& system);

}  // namespace tenzro::tee::nvidia
