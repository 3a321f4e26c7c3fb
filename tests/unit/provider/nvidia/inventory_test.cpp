// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/inventory.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <latch>

#include "fake_driver.hpp"
#include "provider/nvidia/ready_state.hpp"
#include "provider/nvidia/survey.hpp"

namespace tenzro::tee::nvidia {
namespace {

constexpr std::chrono::seconds kLong{60};
constexpr std::chrono::milliseconds kShort{50};

/// Everything that was left behind has ended.
void wait_for(const std::shared_ptr<test::FakeSystem>& system) {
  for (const std::string name : {"libnvidia-ml.so.1", "libnvidia-nscq.so.2"}) {
    ASSERT_TRUE(system->queue(name).run<void>(name, {.at_most = kLong},
                                              [](const device::Waiting&) -> Result<void> { return {}; }));
  }
}

TEST(NvidiaInventory, ListsGpusWithEverythingThatTheDriverSays) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(2);
  driver.nvml.gpus[1].bus = 0x42;
  driver.turn_on();
  driver.nvml.cpu_capabilities = 2;
  driver.nvml.ready = 1;
  const Inventory inventory = take_inventory(driver.system, kLong);
  EXPECT_TRUE(inventory.library && inventory.makes_evidence);
  EXPECT_FALSE(inventory.switch_library);
  EXPECT_EQ(inventory.system.why_not, "");
  EXPECT_EQ(inventory.system.driver_version, "570.86.15");
  EXPECT_EQ(inventory.system.confidentiality, GpuConfidentiality::on);
  EXPECT_EQ(inventory.system.multi_gpu, MultiGpuMode::none);
  EXPECT_EQ(inventory.system.environment, "production");
  EXPECT_EQ(inventory.system.cpu_confidentiality, "tdx");
  EXPECT_EQ(inventory.system.ready, std::optional(true));
  EXPECT_EQ(inventory.system.switches, 0U);
  ASSERT_EQ(inventory.gpus.size(), 2U);
  const Gpu& gpu = inventory.gpus[1];
  EXPECT_EQ(gpu.name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(gpu.uuid, "GPU-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
  EXPECT_EQ(gpu.pci_address, "0000:42:00.0");
  EXPECT_EQ(gpu.architecture, "hopper");
  EXPECT_EQ(gpu.vbios_version, "96.00.9F.00.01");
  EXPECT_EQ(gpu.memory_bytes, std::uint64_t{80} << 30);
  EXPECT_EQ(gpu.protected_memory_bytes, std::uint64_t{79} << 30);
  EXPECT_EQ(driver.nvml.users(), 0);
  EXPECT_TRUE(driver.system->opened_for_writing.empty());
}

TEST(NvidiaInventory, TellsModesApart) {
  struct Case {
    std::uint32_t cc, tools, multi, capable;
    GpuConfidentiality mode;
    MultiGpuMode multi_mode;
  };
  for (const Case& one : {
           Case{0, 0, 0, 1, GpuConfidentiality::off, MultiGpuMode::none},
           Case{0, 0, 0, 0, GpuConfidentiality::unsupported, MultiGpuMode::none},
           Case{1, 0, 0, 1, GpuConfidentiality::on, MultiGpuMode::none},
           Case{1, 1, 0, 1, GpuConfidentiality::developer_tools, MultiGpuMode::none},
           Case{0, 1, 0, 1, GpuConfidentiality::off, MultiGpuMode::none},
           Case{0, 0, 1, 1, GpuConfidentiality::on, MultiGpuMode::protected_pcie},
           Case{0, 1, 1, 1, GpuConfidentiality::developer_tools, MultiGpuMode::protected_pcie},
           Case{1, 0, 2, 1, GpuConfidentiality::on, MultiGpuMode::nvlink_encryption},
           Case{1, 0, 3, 1, GpuConfidentiality::on, MultiGpuMode::none},
       }) {
    test::FakeDriver driver;
    driver.nvml.gpus.resize(1);
    driver.nvml.cc_feature = one.cc;
    driver.nvml.dev_tools = one.tools;
    driver.nvml.multi_gpu = one.multi;
    driver.nvml.gpu_capabilities = one.capable;
    const Inventory inventory = take_inventory(driver.system, kLong);
    EXPECT_EQ(inventory.system.confidentiality, one.mode) << one.cc << one.tools << one.multi << one.capable;
    EXPECT_EQ(inventory.system.multi_gpu, one.multi_mode) << one.multi;
    const bool on = one.mode == GpuConfidentiality::on || one.mode == GpuConfidentiality::developer_tools;
    EXPECT_EQ(inventory.system.ready.has_value(), on);
    EXPECT_EQ(inventory.gpus.at(0).protected_memory_bytes != 0, on);
  }
}

TEST(NvidiaInventory, NamesEnvironmentsAndProcessors) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  const std::vector<std::pair<std::string, std::string>> expected = {{"unavailable", "none"}, {"simulation", "sev"},
                                                                     {"production", "tdx"},   {"", "sev-snp"},
                                                                     {"", "snp-vtom"},        {"", ""}};
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    driver.nvml.environment = driver.nvml.cpu_capabilities = i;
    const Inventory inventory = take_inventory(driver.system, kLong);
    EXPECT_EQ(inventory.system.environment, expected[i].first);
    EXPECT_EQ(inventory.system.cpu_confidentiality, expected[i].second);
  }
}

TEST(NvidiaInventory, DriversWithoutConfidentialComputingAreNoFailure) {
  const std::set<std::string> all = {"nvmlSystemGetConfComputeCapabilities",
                                     "nvmlSystemGetConfComputeState",
                                     "nvmlSystemGetConfComputeSettings",
                                     "nvmlSystemGetConfComputeGpusReadyState",
                                     "nvmlDeviceGetConfComputeMemSizeInfo",
                                     "nvmlDeviceGetConfComputeGpuCertificate",
                                     "nvmlDeviceGetConfComputeGpuAttestationReport"};
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.take_functions_from_nvml(all);
  const Inventory old = take_inventory(driver.system, kLong);
  EXPECT_EQ(old.system.confidentiality, GpuConfidentiality::unsupported);
  EXPECT_EQ(old.system.why_not, "");
  EXPECT_FALSE(old.makes_evidence);
  EXPECT_EQ(old.gpus.at(0).name, "NVIDIA H100 80GB HBM3");

  test::FakeDriver consumer;
  consumer.nvml.gpus.resize(1);
  for (const std::string& function : all) {
    consumer.nvml.returns[function] = 3;
  }
  EXPECT_EQ(take_inventory(consumer.system, kLong).system.confidentiality, GpuConfidentiality::unsupported);
  consumer.nvml.returns["nvmlSystemGetConfComputeSettings"] = 999;
  EXPECT_EQ(take_inventory(consumer.system, kLong).system.confidentiality, GpuConfidentiality::unknown);
}

TEST(NvidiaInventory, WhatAGpuDoesNotSayStaysEmpty) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(2);
  driver.turn_on();
  for (const std::string function :
       {"nvmlDeviceGetName", "nvmlDeviceGetUUID", "nvmlDeviceGetVbiosVersion", "nvmlDeviceGetMemoryInfo",
        "nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetArchitecture", "nvmlDeviceGetConfComputeMemSizeInfo"}) {
    driver.nvml.gpus[0].returns[function] = 3;
  }
  driver.nvml.gpus[1].returns["nvmlDeviceGetHandleByIndex_v2"] = 15;
  const Inventory inventory = take_inventory(driver.system, kLong);
  ASSERT_EQ(inventory.gpus.size(), 2U);
  for (const Gpu& gpu : inventory.gpus) {
    EXPECT_EQ(gpu.name, "NVIDIA GPU");
    EXPECT_EQ(gpu.uuid + gpu.pci_address + gpu.architecture + gpu.vbios_version, "");
    EXPECT_EQ(gpu.memory_bytes + gpu.protected_memory_bytes, 0U);
  }
  EXPECT_TRUE(inventory.system.why_not.starts_with("GPU 1: nvmlDeviceGetHandleByIndex_v2: the GPU is lost"))
      << inventory.system.why_not;
}

TEST(NvidiaInventory, WithoutALibraryTheBusIsRead) {
  test::FakeDriver driver;
  driver.system->libraries.clear();
  Inventory inventory = take_inventory(driver.system, kLong);
  EXPECT_FALSE(inventory.library);
  EXPECT_TRUE(inventory.gpus.empty());
  EXPECT_EQ(inventory.system.why_not, "");
  driver.plug("0000:41:00.0");
  inventory = take_inventory(driver.system, kLong);
  ASSERT_EQ(inventory.gpus.size(), 1U);
  EXPECT_EQ(inventory.gpus[0].name, "NVIDIA GPU");
  EXPECT_EQ(inventory.gpus[0].pci_address, "0000:41:00.0");
  EXPECT_EQ(inventory.system.confidentiality, GpuConfidentiality::unknown);
  EXPECT_EQ(inventory.system.why_not,
            "driver not usable: there is no libnvidia-ml.so.1: install NVIDIA's driver, or let the container have it; "
            "whether confidential computing is on is unknown");
}

TEST(NvidiaInventory, ADriverThatFailsIsNamedAndTheBusIsRead) {
  test::FakeDriver driver;
  driver.plug("0000:41:00.0");
  driver.nvml.gpus.resize(1);
  for (const std::string function : {"nvmlInit_v2", "nvmlDeviceGetCount_v2"}) {
    driver.nvml.returns = {{function, 9}};
    const Inventory inventory = take_inventory(driver.system, kLong);
    EXPECT_TRUE(inventory.library);
    ASSERT_EQ(inventory.gpus.size(), 1U);
    EXPECT_EQ(inventory.gpus[0].name, "NVIDIA GPU");
    EXPECT_EQ(inventory.system.driver_version, "");
    EXPECT_EQ(inventory.system.why_not, "driver not usable: " + function +
                                            ": the driver is not loaded: load it (modprobe nvidia) (NVML error 9)");
    EXPECT_EQ(driver.nvml.users(), 0);
  }
}

TEST(NvidiaInventory, ADriverThatTimesOutByItselfIsQuoted) {
  test::FakeDriver driver;
  driver.plug("0000:41:00.0");
  driver.nvml.returns = {{"nvmlInit_v2", 10}};
  EXPECT_EQ(take_inventory(driver.system, kLong).system.why_not,
            "driver not usable: nvmlInit_v2: the GPU did not answer its driver in time (NVML error 10)");
}

TEST(NvidiaInventory, ADriverThatRunsNoneOfTheGpusIsNamed) {
  test::FakeDriver driver;
  EXPECT_TRUE(take_inventory(driver.system, kLong).gpus.empty());
  EXPECT_EQ(take_inventory(driver.system, kLong).system.why_not, "");
  driver.plug("0000:41:00.0");
  const Inventory inventory = take_inventory(driver.system, kLong);
  EXPECT_EQ(inventory.gpus.size(), 1U);
  EXPECT_TRUE(inventory.system.why_not.starts_with("driver not usable: it runs none of the GPUs"))
      << inventory.system.why_not;
}

TEST(NvidiaInventory, ADriverThatHangsIsLeftBehind) {
  for (const std::string hangs : {"nvmlInit_v2", "nvmlDeviceGetName", "nvmlShutdown"}) {
    test::FakeDriver driver;
    driver.plug("0000:41:00.0");
    driver.nvml.gpus.resize(1);
    const auto released = std::make_shared<std::latch>(1);
    driver.nvml.before = [&](const std::string& function) {
      if (function == hangs) {
        released->wait();
      }
    };
    for (int i = 0; i < 2; ++i) {
      const Inventory inventory = take_inventory(driver.system, kShort);
      EXPECT_TRUE(inventory.library);
      ASSERT_EQ(inventory.gpus.size(), 1U) << hangs;
      // What it said before it stopped answering stays, for who finds it hanging too.
      const bool said = hangs != "nvmlInit_v2";
      EXPECT_EQ(inventory.gpus[0].name, said && hangs == "nvmlShutdown" ? "NVIDIA H100 80GB HBM3" : "NVIDIA GPU");
      EXPECT_EQ(inventory.system.confidentiality, said ? GpuConfidentiality::unsupported : GpuConfidentiality::unknown);
      EXPECT_TRUE(inventory.system.why_not.starts_with(
          i == 0 ? "driver not usable: it did not answer in 50 ms"
                 : "driver not usable: another request of this process has kept it busy for 50 ms, and this is what it "
                   "said before; "))
          << inventory.system.why_not;
    }
    released->count_down();
    wait_for(driver.system);
    EXPECT_EQ(driver.nvml.users(), 0);
    const Inventory inventory = take_inventory(driver.system, kLong);
    EXPECT_EQ(inventory.system.why_not, "") << "once it answers, it is asked again";
    EXPECT_EQ(inventory.gpus.at(0).name, "NVIDIA H100 80GB HBM3");
  }
}

// ATTACK(D5): a host that makes the driver stumble must not have the machine simulated.
TEST(NvidiaInventory, KeepsThatConfidentialComputingIsOnWhenTheRestFails) {
  for (const std::string fails : {"nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2"}) {
    test::FakeDriver driver;
    driver.plug("0000:41:00.0");
    driver.turn_on();
    driver.nvml.gpus.resize(1);
    driver.nvml.returns[fails] = 999;
    const Inventory inventory = take_inventory(driver.system, kLong);
    EXPECT_EQ(inventory.system.confidentiality, GpuConfidentiality::on) << fails;
    EXPECT_NE(inventory.system.why_not, "") << fails;
    const auto findings = survey(inventory);
    EXPECT_TRUE(findings.front().present) << fails;
    EXPECT_FALSE(findings.front().usable) << fails;
  }
}

// ATTACK(D5)
TEST(NvidiaInventory, KeepsThatConfidentialComputingIsOnWhenTheRestHangs) {
  for (const std::string hangs : {"nvmlSystemGetConfComputeCapabilities", "nvmlSystemGetConfComputeGpusReadyState",
                                  "nvmlSystemGetDriverVersion", "nvmlDeviceGetCount_v2", "nvmlDeviceGetName"}) {
    test::FakeDriver driver;
    driver.plug("0000:41:00.0");
    driver.turn_on();
    driver.nvml.gpus.resize(1);
    const auto released = std::make_shared<std::latch>(1);
    driver.nvml.before = [&](const std::string& function) {
      if (function == hangs) {
        released->wait();
      }
    };
    // The second finds the first one's call hanging.
    for (const bool second : {false, true}) {
      const Inventory inventory = take_inventory(driver.system, kShort);
      EXPECT_EQ(inventory.system.confidentiality, GpuConfidentiality::on) << hangs << second;
      EXPECT_EQ(inventory.system.why_not.find("this is what it said before") != std::string::npos, second);
      EXPECT_TRUE(survey(inventory).front().present) << hangs << second;
      EXPECT_FALSE(survey(inventory).front().usable) << hangs << second;
    }
    released->count_down();
    wait_for(driver.system);
  }
}

// ATTACK(D5)
TEST(NvidiaInventory, NeverForgetsThatConfidentialComputingWasOn) {
  const std::vector<std::function<void(test::FakeDriver&)>> stumbles = {
      [](test::FakeDriver& driver) { driver.nvml.returns["nvmlInit_v2"] = 999; },
      [](test::FakeDriver& driver) { driver.nvml.returns["nvmlSystemGetConfComputeSettings"] = 999; },
      [](test::FakeDriver& driver) {
        driver.nvml.returns["nvmlSystemGetConfComputeSettings"] = 3;
        driver.nvml.returns["nvmlSystemGetConfComputeState"] = 3;
      },
      [](test::FakeDriver& driver) { driver.nvml.cc_feature = 0; },
      [](test::FakeDriver& driver) { driver.system->libraries.clear(); },
      [](test::FakeDriver& driver) { driver.nvml.gpus.clear(); }};
  for (std::size_t i = 0; i < stumbles.size(); ++i) {
    test::FakeDriver driver;
    if (i % 2 == 0) {
      driver.plug("0000:41:00.0");
    }
    driver.turn_on();
    driver.nvml.gpus.resize(1);
    EXPECT_TRUE(take_inventory(driver.system, kLong).was_confidential);
    stumbles[i](driver);
    const Inventory inventory = take_inventory(driver.system, kLong);
    const ProbeFinding finding = survey(inventory).front();
    EXPECT_TRUE(finding.present) << i;
    EXPECT_FALSE(finding.usable) << i;
    if (!inventory.gpus.empty() && inventory.system.confidentiality != GpuConfidentiality::on) {
      EXPECT_TRUE(finding.detail.ends_with(" (on before)")) << finding.detail;
    }
  }
}

// ATTACK(D5): another thread's request, of whatever kind, holds the driver for longer than a survey waits.
TEST(NvidiaInventory, ABusyDriverIsListedAsItWas) {
  test::FakeDriver driver;
  driver.plug("0000:41:00.0");
  driver.turn_on();
  driver.nvml.gpus.resize(1);
  EXPECT_EQ(take_inventory(driver.system, kLong).system.why_not, "");
  const std::string name = "libnvidia-ml.so.1";
  const auto released = std::make_shared<std::latch>(1);
  EXPECT_FALSE(driver.system->queue(name).run<void>(name, {.at_most = kShort},
                                                    [released](const device::Waiting&) -> Result<void> {
                                                      released->wait();
                                                      return {};
                                                    }));
  const Inventory inventory = take_inventory(driver.system, kShort);
  EXPECT_EQ(inventory.system.confidentiality, GpuConfidentiality::on);
  EXPECT_EQ(inventory.gpus.at(0).name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(inventory.system.why_not,
            "driver not usable: another request of this process has kept it busy for 50 ms, and this is what it said "
            "before; a GPU that hangs needs a reset");
  EXPECT_TRUE(survey(inventory).front().present);
  EXPECT_FALSE(survey(inventory).front().usable);
  released->count_down();
  wait_for(driver.system);
}

// ATTACK(D5): who sets the ready state need not have looked at the machine before.
TEST(NvidiaInventory, ARequestForTheReadyStateIsRememberedToo) {
  test::FakeDriver driver;
  driver.turn_on();
  driver.nvml.gpus.resize(1);
  const auto released = std::make_shared<std::latch>(1);
  driver.nvml.before = [&](const std::string& function) {
    if (function == "nvmlSystemGetConfComputeGpusReadyState") {
      released->wait();
    }
  };
  EXPECT_FALSE(ready_state(driver.system, {.at_most = kShort}));
  const Inventory inventory = take_inventory(driver.system, kShort);
  EXPECT_TRUE(inventory.was_confidential);
  EXPECT_NE(inventory.system.why_not.find("it has said nothing before"), std::string::npos);
  EXPECT_TRUE(survey(inventory).front().present);
  released->count_down();
  wait_for(driver.system);
}

TEST(NvidiaInventory, CountsSwitches) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.nscq.switches.resize(4);
  EXPECT_FALSE(take_inventory(driver.system, kLong).switch_library);
  driver.install_nscq();
  Inventory inventory = take_inventory(driver.system, kLong);
  EXPECT_TRUE(inventory.switch_library);
  EXPECT_EQ(inventory.system.switches, 4U);
  EXPECT_EQ(inventory.switch_why_not, "");
  driver.nscq.session_rc = -6;
  inventory = take_inventory(driver.system, kLong);
  EXPECT_EQ(inventory.system.switches, 0U);
  EXPECT_TRUE(inventory.switch_why_not.starts_with("nscq_session_create: the driver is of another version"))
      << inventory.switch_why_not;
  EXPECT_EQ(driver.nscq.open_sessions(), 0);

  driver.nvml.gpus.clear();
  EXPECT_FALSE(take_inventory(driver.system, kLong).switch_library) << "not looked for where there is no GPU";
}

TEST(NvidiaInventory, SwitchesThatHangAreLeftBehind) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.nscq.switches.resize(4);
  driver.install_nscq();
  const auto released = std::make_shared<std::latch>(1);
  driver.nscq.before = [&](const std::string& /*path*/) { released->wait(); };
  const Inventory inventory = take_inventory(driver.system, std::chrono::seconds{1});
  EXPECT_EQ(inventory.system.why_not, "");
  EXPECT_EQ(inventory.gpus.size(), 1U);
  EXPECT_NE(inventory.switch_why_not.find("no answer in the time given"), std::string::npos)
      << inventory.switch_why_not;
  released->count_down();
  wait_for(driver.system);
  EXPECT_EQ(driver.nscq.open_sessions(), 0);
}

// This machine, whatever it is: nothing may fail, and without driver and GPU that is what is said.
TEST(NvidiaInventory, IsTakenOfThisMachine) {
  const Inventory inventory = take_inventory(std::make_shared<device::LinuxSystem>(), std::chrono::seconds{2});
  const auto rows = survey(inventory);
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows[0].usable, rows[0].why_not.empty());
  if (inventory.gpus.empty() && !inventory.library) {
    EXPECT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].why_not, "no NVIDIA GPU");
    EXPECT_EQ(inventory.system.confidentiality, GpuConfidentiality::unknown);
  }
}

}  // namespace
}  // namespace tenzro::tee::nvidia
