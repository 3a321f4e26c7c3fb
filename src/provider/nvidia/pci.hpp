// SPDX-License-Identifier: Apache-2.0
// The GPUs that the bus shows, whether a driver runs them or not.
#pragma once
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::nvidia {

/// NVIDIA's display and 3D controllers in /sys/bus/pci/devices, in the order of their addresses: name and address only.
std::vector<Gpu> list_pci_gpus(device::System& system);

}  // namespace tenzro::tee::nvidia
