// SPDX-License-Identifier: Apache-2.0
// Everything about one machine, put together.
#pragma once
#include <memory>

#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::hardware {

/// As describe_hardware().
HardwareProfile describe(const std::shared_ptr<device::System>& machine);

}  // namespace tenzro::tee::hardware
