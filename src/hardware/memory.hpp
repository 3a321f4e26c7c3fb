// SPDX-License-Identifier: Apache-2.0
// What the kernel says of the memory.
#pragma once
#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::hardware {

/// /proc/meminfo, and the limits of this process's control groups where they are lower.
MemoryInfo read_memory(device::System& machine);

}  // namespace tenzro::tee::hardware
