// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/pci.hpp"

#include <string>

#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::string_view kDevices = "/sys/bus/pci/devices";
constexpr std::string_view kNvidia = "0x10de";
constexpr std::string_view kDisplay = "0x0300", k3d = "0x0302";  // classes; the programming interface follows

bool is_gpu(device::System& system, const std::string& folder) {
  if (device::read_text(system, folder + "/vendor") != kNvidia) {
    return false;
  }
  const auto type = device::read_text(system, folder + "/class");
  return type && (type->starts_with(kDisplay) || type->starts_with(k3d));
}

}  // namespace

std::vector<Gpu> list_pci_gpus(device::System& system) {
  std::vector<Gpu> out;
  for (const std::string& address : system.list(std::string(kDevices))) {
    if (is_gpu(system, concat(kDevices, "/", address))) {
      Gpu& gpu = out.emplace_back();
      gpu.name = "NVIDIA GPU";
      gpu.pci_address = address;
    }
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
