// SPDX-License-Identifier: Apache-2.0
// Graphics adapters that the PCI bus shows, whatever their drivers say.
#pragma once
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::hardware {

/// VGA and 3D controllers of other vendors than NVIDIA, whose own driver says more: name by vendor, and address.
std::vector<Gpu> list_other_displays(device::System& machine);

}  // namespace tenzro::tee::hardware
