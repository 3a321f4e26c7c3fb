// SPDX-License-Identifier: Apache-2.0
// What the kernel says of the processor.
#pragma once
#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::hardware {

/// From /proc/cpuinfo; sockets and cores from /sys where the former does not have them (Arm). Members that neither
/// says stay empty.
ProcessorInfo read_processor(device::System& machine);

/// How many numbers a list such as "0-3,8" names; 0 when it is none.
unsigned count_of_list(std::string_view list);

}  // namespace tenzro::tee::hardware
