// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/pci.hpp"

#include <gtest/gtest.h>

#include "fakes/system.hpp"

namespace tenzro::tee::nvidia {
namespace {

void plug(test::FakeSystem& system, const std::string& address, std::string_view vendor, std::string_view type) {
  system.add_file("/sys/bus/pci/devices/" + address + "/vendor", vendor);
  system.add_file("/sys/bus/pci/devices/" + address + "/class", type);
}

TEST(NvidiaPci, ListsDisplayAnd3dControllersOfNvidiaInOrder) {
  test::FakeSystem system;
  plug(system, "0000:c1:00.0", "0x10de\n", "0x030200\n");
  plug(system, "0000:41:00.0", "0x10de\n", "0x030000\n");
  plug(system, "10000:01:00.0", "0x10de\n", "0x030200\n");
  const auto gpus = list_pci_gpus(system);
  ASSERT_EQ(gpus.size(), 3U);
  EXPECT_EQ(gpus[0].pci_address, "0000:41:00.0");
  EXPECT_EQ(gpus[1].pci_address, "0000:c1:00.0");
  EXPECT_EQ(gpus[2].pci_address, "10000:01:00.0");
  EXPECT_EQ(gpus[0].name, "NVIDIA GPU");
  EXPECT_EQ(gpus[0].uuid + gpus[0].architecture + gpus[0].vbios_version, "");
  EXPECT_EQ(gpus[0].memory_bytes, 0U);
}

TEST(NvidiaPci, PassesOverEverythingElse) {
  test::FakeSystem system;
  EXPECT_TRUE(list_pci_gpus(system).empty()) << "no bus";
  plug(system, "0000:00:02.0", "0x8086\n", "0x030000\n");
  plug(system, "0000:41:00.1", "0x10de\n", "0x040300\n");
  plug(system, "0000:05:00.0", "0x10de\n", "0x068000\n");
  plug(system, "0000:06:00.0", "0x10de00\n", "0x030200\n");
  system.add_file("/sys/bus/pci/devices/0000:07:00.0/vendor", "0x10de\n");
  system.add_folder("/sys/bus/pci/devices/0000:08:00.0");
  EXPECT_TRUE(list_pci_gpus(system).empty());
}

}  // namespace
}  // namespace tenzro::tee::nvidia
