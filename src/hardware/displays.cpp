// SPDX-License-Identifier: Apache-2.0
#include "hardware/displays.hpp"

#include <string_view>

#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::hardware {

namespace {

constexpr std::string_view kDevices = "/sys/bus/pci/devices";
constexpr std::string_view kNvidia = "0x10de";

/// PCI base class 03, display controllers.
bool is_display(std::string_view device_class) { return device_class.starts_with("0x03"); }

std::string name_of(std::string_view vendor) {
  if (vendor == "0x1002") {
    return "AMD graphics adapter";
  }
  if (vendor == "0x8086") {
    return "Intel graphics adapter";
  }
  return concat("graphics adapter of PCI vendor ", printable(vendor));
}

}  // namespace

std::vector<Gpu> list_other_displays(device::System& machine) {
  std::vector<Gpu> out;
  for (const std::string& address : machine.list(std::string(kDevices))) {
    const std::string folder = concat(kDevices, "/", address, "/");
    const auto device_class = device::read_text(machine, folder + "class");
    const auto vendor = device::read_text(machine, folder + "vendor");
    if (device_class && vendor && is_display(*device_class) && *vendor != kNvidia) {
      out.push_back({.name = name_of(*vendor), .pci_address = printable(address)});
    }
  }
  return out;
}

}  // namespace tenzro::tee::hardware
