// SPDX-License-Identifier: Apache-2.0
#include "hardware/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fake_driver.hpp"
#include "provider/detect.hpp"

namespace tenzro::tee::hardware {
namespace {

using test::FakeDriver;
using test::FakeSystem;

void furnish(FakeSystem& system) {
  system.add_file("/proc/cpuinfo", "processor: 0\nmodel name: Test CPU\nphysical id: 0\ncore id: 0\n");
  system.add_file("/proc/meminfo", "MemTotal: 1024 kB\nMemAvailable: 512 kB\n");
  system.add_file("/sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n");
  system.add_file("/sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
}

TEST(HardwareProfile, OfABareMachineIsEmptyAndWhole) {
  const auto system = std::make_shared<FakeSystem>();
  const HardwareProfile profile = describe(system);
  EXPECT_EQ(profile.processor.model, "");
  EXPECT_EQ(profile.memory.total, 0U);
  EXPECT_TRUE(profile.gpus.empty());
  EXPECT_EQ(profile.gpu_system.confidentiality, GpuConfidentiality::unknown);
  EXPECT_EQ(profile.interfaces.size(), survey_machine(system).findings.size());
  EXPECT_EQ(profile.simulation.size(), 6U);
  EXPECT_EQ(profile.simulation_built_in, TENZRO_TEE_SIMULATION);
  EXPECT_TRUE(profile.usable.empty());
  EXPECT_FALSE(profile.simulated);
  EXPECT_FALSE(profile.services) << "nobody asked";
}

TEST(HardwareProfile, PutsEverythingTogether) {
  FakeDriver driver;
  furnish(*driver.system);
  driver.turn_on();
  driver.nvml.gpus.emplace_back();
  const HardwareProfile profile = describe(driver.system);
  EXPECT_EQ(profile.processor.model, "Test CPU");
  EXPECT_EQ(profile.memory.total, 1024U * 1024U);
  ASSERT_EQ(profile.gpus.size(), 2U);
  EXPECT_EQ(profile.gpus[0].name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(profile.gpus[1].name, "Intel graphics adapter");
  EXPECT_EQ(profile.gpu_system.confidentiality, GpuConfidentiality::on);
  EXPECT_EQ(profile.gpu_system.driver_version, "570.86.15");
  EXPECT_EQ(profile.usable, std::vector<Platform>{Platform::nvidia_gpu});
  EXPECT_FALSE(profile.simulated);
  EXPECT_TRUE(std::ranges::any_of(profile.interfaces, &ProbeFinding::usable));
  EXPECT_EQ(driver.system->open_descriptors(), 0U);
}

TEST(HardwareProfile, ShowsTheSwitchesAsTheyAreSet) {
  const auto system = std::make_shared<FakeSystem>();
  system->variables = {{"TENZRO_SIMULATE_TDX", "true"}, {"TENZRO_SIMULATE_SEV", "yes"}};
  const HardwareProfile profile = describe(system);
  const auto one = [&profile](std::string_view name) {
    return *std::ranges::find(profile.simulation, name, &SimulationSwitch::variable);
  };
  EXPECT_TRUE(one("TENZRO_SIMULATE_TDX").on);
  EXPECT_EQ(one("TENZRO_SIMULATE_TDX").value, "true");
  EXPECT_EQ(one("TENZRO_SIMULATE_TDX").platform, Platform::intel_tdx);
  EXPECT_FALSE(one("TENZRO_SIMULATE_SEV").on);
  EXPECT_EQ(one("TENZRO_SIMULATE_SEV").value, "yes");
  EXPECT_FALSE(one("TENZRO_SIMULATE_GPU").on);
  EXPECT_EQ(one("TENZRO_SIMULATE_GPU").value, "");
  EXPECT_EQ(profile.simulated, TENZRO_TEE_SIMULATION);
  EXPECT_EQ(profile.usable,
            TENZRO_TEE_SIMULATION ? std::vector<Platform>{Platform::intel_tdx} : std::vector<Platform>{});
  EXPECT_TRUE(system->warnings.empty()) << "listing is not attesting";
}

// ATTACK(D5)
TEST(HardwareProfile, SimulatesNothingWhereHardwareShows) {
  const auto system = std::make_shared<FakeSystem>();
  system->variables["TENZRO_SIMULATE_TDX"] = "1";
  system->add_folder("/sys/devices/platform/sev-guest");
  const HardwareProfile profile = describe(system);
  EXPECT_TRUE(profile.usable.empty());
  EXPECT_FALSE(profile.simulated);
}

}  // namespace
}  // namespace tenzro::tee::hardware
