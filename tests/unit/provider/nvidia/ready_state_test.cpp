// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/ready_state.hpp"

#include <gtest/gtest.h>

#include "fake_driver.hpp"

namespace tenzro::tee {
namespace device {

namespace {
std::shared_ptr<System>& machine() {
  static std::shared_ptr<System> one;
  return one;
}
}  // namespace

/// In place of the library's: the public functions work on what a test puts here.
const std::shared_ptr<System>& this_machine() { return machine(); }

}  // namespace device

namespace {

/// A machine whose GPUs compute confidentially.
struct Machine : test::FakeDriver {
  Machine() {
    nvml.gpus.resize(1);
    turn_on();
    device::machine() = system;
  }
  ~Machine() { device::machine() = nullptr; }
};

TEST(GpuReadyState, IsReadAndSet) {
  Machine machine;
  EXPECT_EQ(gpu_ready_state().value(), GpuReadyState::not_ready);
  ASSERT_TRUE(set_gpu_ready_state(GpuReadyState::ready));
  EXPECT_EQ(machine.nvml.ready, 1U);
  EXPECT_EQ(gpu_ready_state().value(), GpuReadyState::ready);
  ASSERT_TRUE(set_gpu_ready_state(GpuReadyState::not_ready));
  EXPECT_EQ(machine.nvml.ready, 0U);
  machine.nvml.ready = 2;
  EXPECT_EQ(gpu_ready_state().value(), GpuReadyState::not_ready) << "a value that nobody knows is no yes";
  EXPECT_EQ(machine.nvml.users(), 0);
}

TEST(GpuReadyState, IsReadInProtectedPcieModeToo) {
  Machine machine;
  machine.nvml.cc_feature = 0;
  machine.nvml.multi_gpu = 1;
  EXPECT_TRUE(gpu_ready_state());
}

TEST(GpuReadyState, SettingSaysWhatStandsInTheWay) {
  Machine machine;
  const std::string set = "nvmlSystemSetConfComputeGpusReadyState";
  machine.nvml.returns[set] = 4;
  auto result = set_gpu_ready_state(GpuReadyState::ready);
  EXPECT_EQ(result.error().code(), ErrorCode::permission_denied);
  EXPECT_NE(result.error().message().find("root"), std::string::npos) << result.error().message();
  machine.nvml.returns[set] = 2;
  result = set_gpu_ready_state(GpuReadyState::ready);
  EXPECT_EQ(result.error().code(), ErrorCode::hardware_failure);
  EXPECT_NE(result.error().message().find("restart the machine"), std::string::npos) << result.error().message();
  machine.nvml.returns[set] = 3;
  EXPECT_EQ(set_gpu_ready_state(GpuReadyState::ready).error().code(), ErrorCode::not_available);
  machine.take_functions_from_nvml({set});
  EXPECT_EQ(set_gpu_ready_state(GpuReadyState::ready).error().code(), ErrorCode::not_available);
  EXPECT_TRUE(gpu_ready_state());
  machine.take_functions_from_nvml({"nvmlSystemGetConfComputeGpusReadyState"});
  EXPECT_EQ(gpu_ready_state().error().code(), ErrorCode::not_available);
}

TEST(GpuReadyState, IsNotThereWithoutConfidentialComputing) {
  Machine machine;
  machine.nvml.cc_feature = 0;
  EXPECT_EQ(gpu_ready_state().error().code(), ErrorCode::not_available);
  EXPECT_EQ(set_gpu_ready_state(GpuReadyState::ready).error().code(), ErrorCode::not_available);
  EXPECT_EQ(machine.nvml.ready, 0U);
  machine.nvml.returns["nvmlInit_v2"] = 9;
  EXPECT_EQ(gpu_ready_state().error().code(), ErrorCode::not_available);
  machine.nvml.returns["nvmlInit_v2"] = 15;
  EXPECT_EQ(gpu_ready_state().error().code(), ErrorCode::hardware_failure);
  machine.nvml.returns.clear();
  machine.take_functions_from_nvml({"nvmlSystemGetConfComputeSettings", "nvmlSystemGetConfComputeState"});
  EXPECT_EQ(gpu_ready_state().error().code(), ErrorCode::not_available);
  machine.system->libraries.clear();
  const auto none = gpu_ready_state();
  EXPECT_EQ(none.error().code(), ErrorCode::not_available);
  EXPECT_EQ(none.error().message(), "there is no libnvidia-ml.so.1: install NVIDIA's driver");
}

TEST(GpuReadyState, IsAskedAndSetWithPatience) {
  Machine machine;
  const Patience none{.at_most = std::chrono::milliseconds{0}};
  EXPECT_EQ(gpu_ready_state(none).error().code(), ErrorCode::timed_out);
  const auto set = set_gpu_ready_state(GpuReadyState::ready, none);
  EXPECT_EQ(set.error().code(), ErrorCode::timed_out);
  EXPECT_TRUE(set.error().message().ends_with("nothing was asked of it")) << set.error().message();
  EXPECT_EQ(machine.nvml.ready, 0U);
}

TEST(GpuReadyState, HasNames) {
  EXPECT_EQ(to_string(GpuReadyState::ready), "ready");
  EXPECT_EQ(to_string(GpuReadyState::not_ready), "not-ready");
}

}  // namespace
}  // namespace tenzro::tee
