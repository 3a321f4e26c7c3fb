// SPDX-License-Identifier: Apache-2.0
// The calls, against a library that lays out the structures by itself.
#include "provider/nvidia/nvml.hpp"

#include <gtest/gtest.h>

#include "fake_driver.hpp"

namespace tenzro::tee::nvidia {
namespace {

std::shared_ptr<Nvml> open(const test::FakeDriver& driver) {
  auto nvml = Nvml::open(find_nvml(*driver.system));
  EXPECT_TRUE(nvml) << nvml.error().message();
  return nvml ? *nvml : nullptr;
}

TEST(NvidiaNvml, IsLookedForWhereTheLoaderLooksAndWhereContainersGetIt) {
  test::FakeSystem system;
  EXPECT_EQ(find_nvml(system), nullptr);
  const auto library = test::fake_library(TENZRO_FAKE_NVML);
  system.libraries["/usr/local/nvidia/lib64/libnvidia-ml.so.1"] = library;
  EXPECT_EQ(find_nvml(system), library);
  const auto first = test::fake_library(TENZRO_FAKE_NVML);
  system.libraries["libnvidia-ml.so.1"] = first;
  EXPECT_EQ(find_nvml(system), first);
}

TEST(NvidiaNvml, SaysWhatTheDriverSaysOfAGpu) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(2);
  driver.nvml.gpus[1].name = "NVIDIA H200";
  driver.nvml.gpus[1].domain = 0x12345;
  driver.nvml.gpus[1].bus = 0xc;
  driver.nvml.gpus[1].device = 0x1f;
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  EXPECT_EQ(nvml->driver_version().value(), "570.86.15");
  EXPECT_EQ(nvml->device_count().value(), 2U);
  const auto first = nvml->device(0);
  const auto second = nvml->device(1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(nvml->name(*first).value(), "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(nvml->name(*second).value(), "NVIDIA H200");
  EXPECT_EQ(nvml->uuid(*first).value(), "GPU-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
  EXPECT_EQ(nvml->vbios_version(*first).value(), "96.00.9F.00.01");
  EXPECT_EQ(nvml->pci_address(*first).value(), "0000:41:00.0");
  EXPECT_EQ(nvml->pci_address(*second).value(), "12345:0c:1f.0");
  EXPECT_EQ(nvml->memory_bytes(*first).value(), std::uint64_t{80} << 30);
  EXPECT_EQ(nvml->protected_memory_bytes(*first).value(), std::uint64_t{79} << 30);
  EXPECT_EQ(nvml->architecture(*first).value(), nvml::kArchitectureHopper);
}

TEST(NvidiaNvml, TextsFillTheirBufferAndShowNothingThatATerminalObeys) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.nvml.gpus[0].name = std::string(95, 'x');
  driver.nvml.gpus[0].uuid = "GPU-\x1b[2J";
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  EXPECT_EQ(nvml->name(*nvml->device(0)).value(), std::string(95, 'x'));
  EXPECT_EQ(nvml->uuid(*nvml->device(0)).value(), "GPU-\\x1b[2J");
  driver.nvml.gpus[0].name = std::string(96, 'x');
  EXPECT_EQ(nvml->name(*nvml->device(0)).error().code(), ErrorCode::hardware_failure);
}

TEST(NvidiaNvml, ShutsDownOnceForEachTimeThatItWasInitialised) {
  test::FakeDriver driver;
  auto first = open(driver);
  auto second = open(driver);
  EXPECT_EQ(driver.nvml.users(), 2);
  first.reset();
  second.reset();
  EXPECT_EQ(driver.nvml.users(), 0);
  driver.nvml.returns["nvmlInit_v2"] = 9;
  EXPECT_FALSE(Nvml::open(driver.nvml_library));
  EXPECT_EQ(driver.nvml.count("nvmlShutdown"), 2) << "what was not begun is not ended";
}

TEST(NvidiaNvml, TellsTheStateInEveryMode) {
  test::FakeDriver driver;
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  EXPECT_FALSE(nvml->confidential_state()->on());
  driver.turn_on();
  auto state = nvml->confidential_state();
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->on() && state->cc_feature && !state->dev_tools && !state->protected_pcie());
  EXPECT_EQ(state->environment, 2U);
  driver.nvml.dev_tools = 1;
  driver.nvml.cc_feature = 0;
  driver.nvml.multi_gpu = 1;
  state = nvml->confidential_state();
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->on() && state->protected_pcie() && !state->cc_feature && state->dev_tools);
  driver.nvml.multi_gpu = 2;
  EXPECT_FALSE(nvml->confidential_state()->on());
}

TEST(NvidiaNvml, AsksOlderDriversForWhatTheyHave) {
  test::FakeDriver driver;
  driver.turn_on();
  driver.nvml.multi_gpu = 1;
  driver.take_functions_from_nvml({"nvmlSystemGetConfComputeSettings"});
  auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  auto state = nvml->confidential_state();
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->cc_feature);
  EXPECT_EQ(state->environment, 2U);
  EXPECT_EQ(state->multi_gpu, 0U);
  driver.take_functions_from_nvml({"nvmlSystemGetConfComputeSettings", "nvmlSystemGetConfComputeState"});
  nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  EXPECT_EQ(nvml->confidential_state().error().code(), ErrorCode::unsupported);
}

TEST(NvidiaNvml, EachFunctionIsMissedOnlyWhereItIsCalled) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.take_functions_from_nvml({"nvmlDeviceGetName", "nvmlDeviceGetConfComputeGpuCertificate", "nvmlShutdown"});
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  const auto device = nvml->device(0);
  ASSERT_TRUE(device);
  EXPECT_TRUE(nvml->uuid(*device));
  EXPECT_FALSE(nvml->makes_evidence());
  const auto name = nvml->name(*device);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code(), ErrorCode::unsupported);
  EXPECT_EQ(name.error().message(), "nvmlDeviceGetName: this driver has no such function");
  driver.take_functions_from_nvml({"nvmlInit_v2"});
  EXPECT_EQ(Nvml::open(find_nvml(*driver.system)).error().code(), ErrorCode::unsupported);
}

TEST(NvidiaNvml, EachReturnCodeSaysWhatToDo) {
  const std::map<int, std::pair<ErrorCode, std::string>> expected = {
      {1, {ErrorCode::hardware_failure, "not initialised"}},
      {2, {ErrorCode::hardware_failure, "argument"}},
      {3, {ErrorCode::unsupported, "does not support"}},
      {4, {ErrorCode::permission_denied, "run as root"}},
      {6, {ErrorCode::not_available, "not found"}},
      {7, {ErrorCode::hardware_failure, "does not fit"}},
      {8, {ErrorCode::hardware_failure, "cables"}},
      {9, {ErrorCode::not_available, "modprobe nvidia"}},
      {10, {ErrorCode::timed_out, "in time"}},
      {11, {ErrorCode::hardware_failure, "interrupts"}},
      {12, {ErrorCode::not_available, "install the driver"}},
      {13, {ErrorCode::unsupported, "no such function"}},
      {14, {ErrorCode::hardware_failure, "infoROM"}},
      {15, {ErrorCode::hardware_failure, "restart the machine"}},
      {16, {ErrorCode::hardware_failure, "nvidia-smi --gpu-reset"}},
      {17, {ErrorCode::permission_denied, "control group"}},
      {18, {ErrorCode::not_available, "different versions"}},
      {19, {ErrorCode::hardware_failure, "in use"}},
      {20, {ErrorCode::hardware_failure, "memory"}},
      {23, {ErrorCode::hardware_failure, "resources"}},
      {25, {ErrorCode::unsupported, "version of the structure"}},
      {27, {ErrorCode::hardware_failure, "not ready"}},
      {28, {ErrorCode::not_available, "no GPU"}},
      {29, {ErrorCode::hardware_failure, "state"}},
      {999, {ErrorCode::hardware_failure, "internal error"}},
      {-1, {ErrorCode::hardware_failure, "NVML error -1"}},
      {1000, {ErrorCode::hardware_failure, "NVML error 1000"}},
  };
  test::FakeDriver driver;
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  for (const auto& [code, meaning] : expected) {
    driver.nvml.returns["nvmlSystemGetDriverVersion"] = code;
    const auto version = nvml->driver_version();
    ASSERT_FALSE(version) << code;
    EXPECT_EQ(version.error().code(), meaning.first) << code;
    EXPECT_NE(version.error().message().find(meaning.second), std::string::npos) << version.error().message();
    EXPECT_TRUE(version.error().message().starts_with("nvmlSystemGetDriverVersion: ")) << version.error().message();
    EXPECT_NE(version.error().message().find("NVML error " + std::to_string(code)), std::string::npos);
  }
}

TEST(NvidiaNvml, HandsTheNonceInAndTheReportOut) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.nvml.gpus[0].chain = std::string(0x1400, 'c');
  driver.nvml.gpus[0].report = [](const Bytes& nonce) {
    Bytes out(0x2000, 0x77);
    std::ranges::copy(nonce, out.begin());
    return out;
  };
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  const auto device = nvml->device(0);
  ASSERT_TRUE(device);
  EXPECT_TRUE(nvml->makes_evidence());
  ByteArray<32> nonce{};
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    nonce.at(i) = static_cast<std::uint8_t>(i + 1);
  }
  const auto report = nvml->report(*device, nonce);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->size(), 0x2000U);
  EXPECT_EQ(to_hex(ByteView(*report).first<33>()), to_hex(nonce) + "77");
  EXPECT_EQ(report->back(), 0x77);
  EXPECT_EQ(nvml->certificate_chain(*device).value(), Bytes(0x1400, 'c'));
}

TEST(NvidiaNvml, SizesThatCannotBeAreNotBelieved) {
  test::FakeDriver driver;
  driver.nvml.gpus.resize(1);
  driver.nvml.gpus[0].chain = "chain";
  driver.nvml.gpus[0].report = [](const Bytes& /*nonce*/) { return Bytes(10, 1); };
  const auto nvml = open(driver);
  ASSERT_NE(nvml, nullptr);
  const auto device = nvml->device(0);
  ASSERT_TRUE(device);
  for (const std::uint32_t size : {0x2001U, 0xffffffffU}) {
    driver.nvml.report_size = size;
    driver.nvml.chain_size = size;
    EXPECT_EQ(nvml->report(*device, ByteArray<32>{}).error().code(), ErrorCode::hardware_failure) << size;
    EXPECT_EQ(nvml->certificate_chain(*device).error().code(), ErrorCode::hardware_failure) << size;
  }
  driver.nvml.report_size = driver.nvml.chain_size = 0x1401;
  EXPECT_TRUE(nvml->report(*device, ByteArray<32>{}));
  EXPECT_EQ(nvml->certificate_chain(*device).error().code(), ErrorCode::hardware_failure);
  driver.nvml.report_size = driver.nvml.chain_size = 0;
  driver.nvml.gpus[0].chain.clear();
  driver.nvml.gpus[0].report = [](const Bytes& /*nonce*/) { return Bytes(); };
  EXPECT_EQ(nvml->report(*device, ByteArray<32>{}).error().code(), ErrorCode::hardware_failure);
  EXPECT_EQ(nvml->certificate_chain(*device).error().code(), ErrorCode::hardware_failure);
}

TEST(NvidiaNvml, NamesArchitectures) {
  EXPECT_EQ(architecture_name(7), "ampere");
  EXPECT_EQ(architecture_name(9), "hopper");
  EXPECT_EQ(architecture_name(10), "blackwell");
  EXPECT_EQ(architecture_name(13), "rubin");
  EXPECT_EQ(architecture_name(0xffffffff), "unknown");
}

}  // namespace
}  // namespace tenzro::tee::nvidia
