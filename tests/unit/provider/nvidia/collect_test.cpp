// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/collect.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <vector>

#include "made_machine.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::MadeFabric;
using test::MadeMachine;

constexpr std::chrono::seconds kLong{60};
constexpr std::chrono::milliseconds kShort{50};

ByteArray<32> nonce() {
  ByteArray<32> out{};
  out.fill(0x5a);
  return out;
}

Result<std::vector<DeviceEvidence>> collect(const test::FakeDriver& machine, Patience patience = {.at_most = kLong},
                                            std::chrono::milliseconds call_limit = kLong) {
  return collect_evidence(machine.system, nonce(), device::Waiting(patience), call_limit);
}

void expect_error(const test::FakeDriver& machine, ErrorCode code, std::string_view words) {
  const auto devices = collect(machine);
  ASSERT_FALSE(devices) << words;
  EXPECT_EQ(devices.error().code(), code) << devices.error().message();
  EXPECT_NE(devices.error().message().find(words), std::string::npos) << devices.error().message();
}

/// Everything that was left behind has ended.
void wait_for(const test::FakeDriver& machine) {
  for (const std::string name : {"libnvidia-ml.so.1", "libnvidia-nscq.so.2"}) {
    ASSERT_TRUE(machine.system->queue(name).run<void>(name, {.at_most = kLong},
                                                      [](const device::Waiting&) -> Result<void> { return {}; }));
  }
}

TEST(NvidiaCollect, AsksEveryGpuForTheSameNonce) {
  MadeMachine machine;
  machine.nvml.gpus.push_back(machine.nvml.gpus.front());
  machine.nvml.gpus[1].architecture = 10;
  machine.nvml.gpus[1].chain += std::string(3, '\0');
  const auto devices = collect(machine);
  ASSERT_TRUE(devices) << devices.error().message();
  ASSERT_EQ(devices->size(), 2U);
  EXPECT_EQ((*devices)[0].architecture, Architecture::hopper);
  EXPECT_EQ((*devices)[1].architecture, Architecture::blackwell);
  const std::string chain = test::pem_of(test::made_gpu());
  for (const DeviceEvidence& device : *devices) {
    EXPECT_EQ(device.nonce, nonce());
    EXPECT_EQ(to_hex(ByteView(device.report).subspan(4, 32)), to_hex(nonce()));
    EXPECT_EQ(device.certificate_chain, Bytes(chain.begin(), chain.end()));
  }
  EXPECT_EQ(machine.nvml.count("nvmlDeviceGetConfComputeGpuAttestationReport"), 2);
  EXPECT_EQ(machine.nvml.count("nvmlInit_v2"), 1);
  EXPECT_EQ(machine.nvml.users(), 0);
}

TEST(NvidiaCollect, AsksSwitchesInProtectedPcieModeAlone) {
  MadeFabric fabric;
  const auto devices = collect(fabric);
  ASSERT_TRUE(devices) << devices.error().message();
  ASSERT_EQ(devices->size(), 4U);
  EXPECT_EQ((*devices)[1].architecture, Architecture::hopper);
  EXPECT_EQ((*devices)[2].architecture, Architecture::ls10);
  EXPECT_EQ((*devices)[3].architecture, Architecture::ls10);
  EXPECT_NE((*devices)[2].report, (*devices)[3].report);
  for (const DeviceEvidence& device : *devices) {
    EXPECT_EQ(to_hex(ByteView(device.report).subspan(4, 32)), to_hex(nonce()));
  }
  EXPECT_EQ(fabric.nscq.open_sessions(), 0);
  EXPECT_EQ(fabric.nvml.users(), 0);

  fabric.nvml.multi_gpu = 0;
  fabric.nvml.cc_feature = 1;
  EXPECT_EQ(collect(fabric)->size(), 2U) << "elsewhere a verifier refuses switches beside GPUs";
}

TEST(NvidiaCollect, DeveloperToolsAreForTheVerifierToRefuse) {
  MadeMachine machine;
  machine.nvml.dev_tools = 1;
  EXPECT_TRUE(collect(machine));
}

// ATTACK(V10): no evidence is made where the GPUs keep no secrets.
TEST(NvidiaCollect, RefusesWhereConfidentialComputingIsNotOn) {
  MadeMachine machine;
  machine.nvml.cc_feature = 0;
  expect_error(machine, ErrorCode::not_available, "is off: the host turns it on");
  EXPECT_EQ(machine.nvml.count("nvmlDeviceGetConfComputeGpuAttestationReport"), 0);
  machine.nvml.returns = {{"nvmlSystemGetConfComputeSettings", 3}, {"nvmlSystemGetConfComputeState", 3}};
  expect_error(machine, ErrorCode::not_available, "no confidential computing: it takes a GPU of the Hopper");
  machine.nvml.returns = {{"nvmlSystemGetConfComputeSettings", 15}};
  expect_error(machine, ErrorCode::hardware_failure, "the GPUs: nvmlSystemGetConfComputeSettings: the GPU is lost");
  EXPECT_EQ(machine.nvml.users(), 0);
}

TEST(NvidiaCollect, RefusesWithoutDriverOrGpu) {
  MadeMachine machine;
  machine.nvml.returns = {{"nvmlInit_v2", 18}};
  expect_error(machine, ErrorCode::not_available, "different versions");
  machine.nvml.returns = {{"nvmlInit_v2", 4}};
  expect_error(machine, ErrorCode::permission_denied, "run as root");
  machine.nvml.returns.clear();
  machine.nvml.gpus.resize(65);
  expect_error(machine, ErrorCode::not_available, "the driver runs 65 GPUs");
  machine.nvml.gpus.clear();
  expect_error(machine, ErrorCode::not_available, "the driver runs 0 GPUs");
  machine.system->libraries.clear();
  expect_error(machine, ErrorCode::not_available, "there is no libnvidia-ml.so.1");
}

TEST(NvidiaCollect, OneGpuThatFailsIsTheWholesFailure) {
  MadeMachine machine;
  machine.nvml.gpus.push_back(machine.nvml.gpus.front());
  test::FakeGpu& second = machine.nvml.gpus[1];
  for (const std::string function :
       {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetArchitecture", "nvmlDeviceGetConfComputeGpuCertificate",
        "nvmlDeviceGetConfComputeGpuAttestationReport"}) {
    second.returns = {{function, 999}};
    expect_error(machine, ErrorCode::hardware_failure, "GPU 1: " + function + ": an internal error of the driver");
  }
  second.returns = {{"nvmlDeviceGetConfComputeGpuAttestationReport", 10}};
  expect_error(machine, ErrorCode::timed_out, "GPU 1: ");
  second.returns.clear();
  second.architecture = 13;
  expect_error(machine, ErrorCode::not_available, "GPU 1: evidence of GPUs of the rubin generation");
  EXPECT_EQ(machine.nvml.users(), 0);
}

// ATTACK(D3)
TEST(NvidiaCollect, RefusesReportsThatDoNotAnswer) {
  MadeMachine machine;
  const auto good = machine.nvml.gpus[0].report;
  machine.nvml.gpus[0].report = [good](const Bytes& /*nonce*/) { return good(Bytes(32, 0x5b)); };
  expect_error(machine, ErrorCode::hardware_failure, "GPU 0: its report answers another nonce");
  machine.nvml.gpus[0].report = [good](const Bytes& asked) {
    Bytes out = good(asked);
    out.pop_back();
    return out;
  };
  expect_error(machine, ErrorCode::hardware_failure, "GPU 0: its report: ");
  machine.nvml.gpus[0].report = [good](const Bytes& asked) {
    Bytes out = good(asked);
    out.push_back(0);
    return out;
  };
  EXPECT_TRUE(collect(machine)) << "one collector's reports end in a zero byte";
}

TEST(NvidiaCollect, RefusesChainsThatAreNone) {
  MadeMachine machine;
  const std::string chain = machine.nvml.gpus[0].chain;
  for (const std::string& bad :
       {std::string("certificates"), chain.substr(0, chain.size() / 2), chain + "x", std::string(8, '\0'),
        chain + pem::encode("PRIVATE KEY", Bytes(3, 1)), chain + chain}) {
    machine.nvml.gpus[0].chain = bad;
    expect_error(machine, ErrorCode::hardware_failure, "GPU 0: its certificate chain");
  }
}

TEST(NvidiaCollect, ProtectedPcieWantsLockedSwitchesOfAKnownKind) {
  MadeFabric fabric;
  fabric.nscq.switches[1].pcie_mode = 1;
  expect_error(fabric, ErrorCode::not_available,
               "NVSwitch SWX-5252525252525252: trusted NVLink is enabled, not locked: the host must");
  fabric.nscq.switches[1].pcie_mode = -1;
  expect_error(fabric, ErrorCode::not_available, "trusted NVLink is unknown");
  fabric.nscq.switches[1].pcie_mode = 3;
  fabric.nscq.switches[0].architecture = fabric.nscq.switches[1].architecture = 1;
  expect_error(fabric, ErrorCode::not_available, "another kind than LS10");
  fabric.nscq.switches[0].architecture = fabric.nscq.switches[1].architecture = 2;
  for (const std::string what : {"pcie_mode", "certificate", "attestation_report"}) {
    fabric.nscq.path_rc = {{what, -7}};
    expect_error(fabric, ErrorCode::hardware_failure, "NVSwitch SWX-5151515151515151: ");
  }
  fabric.nscq.path_rc.clear();
  fabric.nscq.switches[1].report = [](const Bytes& /*nonce*/) { return test::made_gpu().report(); };
  EXPECT_TRUE(collect(fabric)) << "of this very nonce";
  fabric.nscq.switches[1].report = [](const Bytes& /*nonce*/) { return Bytes(100, 1); };
  expect_error(fabric, ErrorCode::hardware_failure, "NVSwitch SWX-5252525252525252: its report: ");
  fabric.nscq.switches.clear();
  expect_error(fabric, ErrorCode::not_available, "NSCQ shows no NVSwitch");
  fabric.nscq.session_rc = -6;
  expect_error(fabric, ErrorCode::not_available, "install the libnvidia-nscq of the driver");
  fabric.system->libraries.erase("libnvidia-nscq.so.2");
  expect_error(fabric, ErrorCode::not_available, "there is no libnvidia-nscq.so.2");
  EXPECT_EQ(fabric.nscq.open_sessions(), 0);
}

TEST(NvidiaCollect, ACallThatHangsIsLeftBehindAndNamed) {
  for (const std::string hangs : {"nvmlInit_v2", "nvmlDeviceGetConfComputeGpuAttestationReport"}) {
    MadeMachine machine;
    const auto released = std::make_shared<std::latch>(1);
    machine.nvml.before = [&](const std::string& function) {
      if (function == hangs) {
        released->wait();
      }
    };
    const auto devices = collect(machine, {.at_most = kLong}, std::chrono::seconds{1});
    ASSERT_FALSE(devices);
    EXPECT_EQ(devices.error().code(), ErrorCode::timed_out);
    EXPECT_TRUE(devices.error().message().starts_with(hangs == "nvmlInit_v2" ? "the GPUs: " : "GPU 0: "))
        << devices.error().message();
    EXPECT_NE(devices.error().message().find("needs a reset"), std::string::npos);
    // The library is busy still: who comes next does not get in, and nothing breaks.
    EXPECT_EQ(collect(machine, {.at_most = kLong}, kShort).error().code(), ErrorCode::timed_out);
    released->count_down();
    wait_for(machine);
    EXPECT_TRUE(collect(machine));
    EXPECT_EQ(machine.nvml.users(), 0);
  }
}

TEST(NvidiaCollect, AnEndThatHangsTakesNothingBack) {
  MadeMachine machine;
  const auto released = std::make_shared<std::latch>(1);
  machine.nvml.before = [&](const std::string& function) {
    if (function == "nvmlShutdown") {
      released->wait();
    }
  };
  EXPECT_TRUE(collect(machine, {.at_most = kLong}, std::chrono::seconds{1}));
  released->count_down();
  wait_for(machine);
  EXPECT_EQ(machine.nvml.users(), 0);
}

// The end of a session is a call into the driver: one on the queue, whoever holds the session last.
TEST(NvidiaCollect, EndsItsSessionsOnTheQueueAlone) {
  for (const bool hangs : {false, true}) {
    MadeFabric fabric;
    const auto released = std::make_shared<std::latch>(1);
    std::vector<std::thread::id> enders;  // of one queue: one at a time
    fabric.nvml.before = [&](const std::string& function) {
      if (hangs && function == "nvmlDeviceGetConfComputeGpuAttestationReport") {
        released->wait();
      }
      if (function == "nvmlShutdown") {
        EXPECT_FALSE(
            fabric.system->queue("libnvidia-ml.so.1")
                .run<void>("another", {.at_most = kShort}, [](const device::Waiting&) -> Result<void> { return {}; }));
        enders.push_back(std::this_thread::get_id());
      }
    };
    EXPECT_EQ(collect(fabric, {.at_most = kLong}, hangs ? std::chrono::seconds{1} : kLong).has_value(), !hangs);
    EXPECT_EQ(enders.size(), hangs ? 0U : 1U);
    released->count_down();
    wait_for(fabric);
    ASSERT_EQ(enders.size(), 1U);
    EXPECT_NE(enders[0], std::this_thread::get_id());
    EXPECT_EQ(fabric.nvml.users(), 0);
    EXPECT_EQ(fabric.nscq.open_sessions(), 0);
  }
}

TEST(NvidiaCollect, EndsWithItsCallersPatience) {
  MadeMachine machine;
  EXPECT_EQ(collect(machine, {.at_most = std::chrono::milliseconds{0}}).error().code(), ErrorCode::timed_out);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(collect(machine, {.at_most = kLong, .stop = stop.get_token()}).error().code(), ErrorCode::cancelled);
  EXPECT_EQ(machine.nvml.count("nvmlInit_v2"), 0);

  std::stop_source later;
  machine.nvml.before = [&](const std::string& function) {
    if (function == "nvmlDeviceGetConfComputeGpuCertificate") {
      later.request_stop();
    }
  };
  EXPECT_EQ(collect(machine, {.at_most = kLong, .stop = later.get_token()}).error().code(), ErrorCode::cancelled);
  wait_for(machine);
  EXPECT_EQ(machine.nvml.count("nvmlDeviceGetConfComputeGpuAttestationReport"), 0);
}

}  // namespace
}  // namespace tenzro::tee::nvidia
