// SPDX-License-Identifier: Apache-2.0
#include "hardware/displays.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "fakes/system.hpp"

namespace tenzro::tee::hardware {
namespace {

using test::FakeSystem;

void plug(FakeSystem& system, const std::string& address, std::string_view vendor, std::string_view device_class) {
  system.add_file("/sys/bus/pci/devices/" + address + "/vendor", vendor);
  system.add_file("/sys/bus/pci/devices/" + address + "/class", device_class);
}
std::vector<std::pair<std::string, std::string>> displays(FakeSystem& system) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Gpu& gpu : list_other_displays(system)) {
    out.emplace_back(gpu.pci_address, gpu.name);
    EXPECT_EQ(gpu.uuid + gpu.architecture + gpu.vbios_version, "");
    EXPECT_EQ(gpu.memory_bytes + gpu.protected_memory_bytes, 0U);
  }
  EXPECT_EQ(system.open_descriptors(), 0U);
  return out;
}

TEST(Displays, AreThoseOfOtherVendorsThanNvidia) {
  FakeSystem system;
  EXPECT_TRUE(displays(system).empty());
  plug(system, "0000:41:00.0", "0x10de\n", "0x030200\n");
  plug(system, "0000:03:00.0", "0x1002\n", "0x038000\n");
  plug(system, "0000:00:02.0", "0x8086\n", "0x030000\n");
  plug(system, "0000:01:00.0", "0x1a03\n", "0x030000\n");
  plug(system, "0000:05:00.0", "0x1002\n", "0x040300\n");
  plug(system, "0000:06:00.0", "0x144d\n", "0x010802\n");
  EXPECT_EQ(displays(system),
            (std::vector<std::pair<std::string, std::string>>{{"0000:00:02.0", "Intel graphics adapter"},
                                                              {"0000:01:00.0", "graphics adapter of PCI vendor 0x1a03"},
                                                              {"0000:03:00.0", "AMD graphics adapter"}}));
}

TEST(Displays, ThatSayTooLittleAreLeftOut) {
  FakeSystem system;
  system.add_file("/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
  system.add_file("/sys/bus/pci/devices/0000:02:00.0/vendor", "0x1002\n");
  plug(system, "0000:03:00.0", "0x1002\n", "");
  EXPECT_TRUE(displays(system).empty());
  plug(system, "0000:04:00.0", "\x1b[2J", "0x030000");
  EXPECT_EQ(displays(system).at(0).second, "graphics adapter of PCI vendor \\x1b[2J");
}

}  // namespace
}  // namespace tenzro::tee::hardware
