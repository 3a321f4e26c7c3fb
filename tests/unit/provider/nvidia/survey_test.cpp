// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/survey.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::nvidia {
namespace {

/// One H100 that makes evidence.
Inventory confidential() {
  Inventory out;
  out.library = out.makes_evidence = true;
  out.system.driver_version = "570.86.15";
  out.system.confidentiality = GpuConfidentiality::on;
  out.gpus.push_back({.name = "NVIDIA H100 80GB HBM3", .architecture = "hopper"});
  return out;
}

ProbeFinding nvml_of(const Inventory& inventory) { return survey(inventory).at(0); }

TEST(NvidiaSurvey, AGpuInConfidentialModeIsASignAndUsable) {
  const auto rows = survey(confidential());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].platform, Platform::nvidia_gpu);
  EXPECT_EQ(rows[0].interface_path, "libnvidia-ml.so.1");
  EXPECT_TRUE(rows[0].present && rows[0].usable);
  EXPECT_EQ(rows[0].why_not, "");
  EXPECT_EQ(rows[0].detail, "1 GPU, driver 570.86.15, CC mode on");
  EXPECT_EQ(rows[1].interface_path, "libnvidia-nscq.so.2");
  EXPECT_FALSE(rows[1].present || rows[1].usable);
  EXPECT_TRUE(rows[1].why_not.starts_with("not installed")) << rows[1].why_not;
}

TEST(NvidiaSurvey, DeveloperToolsAreASignTooAndTheVerifierJudgesThem) {
  Inventory inventory = confidential();
  inventory.system.confidentiality = GpuConfidentiality::developer_tools;
  const ProbeFinding row = nvml_of(inventory);
  EXPECT_TRUE(row.present && row.usable);
  EXPECT_EQ(row.detail, "1 GPU, driver 570.86.15, CC mode developer-tools");
}

TEST(NvidiaSurvey, AGpuAsSuchIsNoSign) {
  const auto expect = [](const Inventory& inventory, const std::string& words) {
    const ProbeFinding row = nvml_of(inventory);
    EXPECT_FALSE(row.present || row.usable) << words;
    EXPECT_NE(row.why_not.find(words), std::string::npos) << row.why_not;
  };
  Inventory inventory = confidential();
  inventory.system.confidentiality = GpuConfidentiality::off;
  expect(inventory, "confidential computing is off: the host turns it on");
  EXPECT_EQ(nvml_of(inventory).detail, "1 GPU, driver 570.86.15, CC mode off");
  inventory.system.confidentiality = GpuConfidentiality::unsupported;
  expect(inventory, "no confidential computing");
  inventory.system.confidentiality = GpuConfidentiality::unknown;
  expect(inventory, "does not say");
  inventory.system.driver_version.clear();
  inventory.system.why_not = "driver not usable: it did not answer in 2000 ms";
  expect(inventory, "driver not usable: it did not answer in 2000 ms");
  EXPECT_EQ(nvml_of(inventory).detail, "1 GPU, CC mode unknown");
}

TEST(NvidiaSurvey, WithoutAGpuThereIsOneRow) {
  EXPECT_EQ(survey({}).size(), 1U);
  EXPECT_EQ(nvml_of({}).why_not, "no NVIDIA GPU");
  EXPECT_EQ(nvml_of({}).detail, "");
  EXPECT_FALSE(nvml_of({}).present || nvml_of({}).usable);
  Inventory broken;
  broken.library = true;
  broken.system.why_not = "driver not usable: nvmlInit_v2: the driver is not loaded";
  EXPECT_EQ(nvml_of(broken).why_not, "no NVIDIA GPU on the bus; " + broken.system.why_not);
}

TEST(NvidiaSurvey, WhatCannotMakeEvidenceIsPresentAndNotUsable) {
  Inventory inventory = confidential();
  inventory.makes_evidence = false;
  EXPECT_TRUE(nvml_of(inventory).present);
  EXPECT_FALSE(nvml_of(inventory).usable);
  EXPECT_NE(nvml_of(inventory).why_not.find("too old"), std::string::npos);

  inventory = confidential();
  inventory.gpus.push_back({.name = "NVIDIA R100", .architecture = "rubin"});
  EXPECT_TRUE(nvml_of(inventory).present);
  EXPECT_FALSE(nvml_of(inventory).usable);
  EXPECT_EQ(nvml_of(inventory).why_not, "evidence of NVIDIA R100 (rubin) is not known here: Hopper and Blackwell are");
  EXPECT_EQ(nvml_of(inventory).detail, "2 GPUs, driver 570.86.15, CC mode on");
  inventory.gpus.back() = {.name = "NVIDIA B200", .architecture = "blackwell"};
  EXPECT_TRUE(nvml_of(inventory).usable);

  inventory.system.why_not = "GPU 1: nvmlDeviceGetHandleByIndex_v2: the GPU is lost";
  EXPECT_TRUE(nvml_of(inventory).present);
  EXPECT_EQ(nvml_of(inventory).why_not, inventory.system.why_not) << "all devices, or none";
}

TEST(NvidiaSurvey, ProtectedPcieWantsTheSwitches) {
  Inventory inventory = confidential();
  inventory.system.multi_gpu = MultiGpuMode::protected_pcie;
  EXPECT_EQ(nvml_of(inventory).detail, "1 GPU, driver 570.86.15, CC mode on, protected-pcie");
  EXPECT_TRUE(nvml_of(inventory).present);
  EXPECT_NE(nvml_of(inventory).why_not.find("libnvidia-nscq.so.2: not installed"), std::string::npos)
      << nvml_of(inventory).why_not;
  inventory.switch_library = true;
  EXPECT_NE(nvml_of(inventory).why_not.find("it shows no NVSwitch"), std::string::npos);
  inventory.switch_why_not = "nscq_session_create: the driver failed (NSCQ error -7)";
  EXPECT_NE(nvml_of(inventory).why_not.find(inventory.switch_why_not), std::string::npos);
  EXPECT_EQ(survey(inventory)[1].why_not, inventory.switch_why_not);
  inventory.switch_why_not.clear();
  inventory.system.switches = 4;
  const auto rows = survey(inventory);
  EXPECT_TRUE(rows[0].usable && rows[1].usable && rows[1].present);
  EXPECT_EQ(rows[1].detail, "4 switches");
  EXPECT_EQ(rows[1].why_not, "");
}

TEST(NvidiaSurvey, SwitchesOfOtherModesAreShownAndNotUsed) {
  Inventory inventory = confidential();
  inventory.switch_library = true;
  inventory.system.switches = 1;
  const auto rows = survey(inventory);
  EXPECT_TRUE(rows[0].usable);
  EXPECT_FALSE(rows[1].usable || rows[1].present);
  EXPECT_EQ(rows[1].detail, "1 switch");
  EXPECT_NE(rows[1].why_not.find("not in protected PCIe mode"), std::string::npos);
}

TEST(NvidiaSurvey, ModesHaveNames) {
  EXPECT_EQ(to_string(GpuConfidentiality::unknown), "unknown");
  EXPECT_EQ(to_string(GpuConfidentiality::unsupported), "unsupported");
  EXPECT_EQ(to_string(GpuConfidentiality::off), "off");
  EXPECT_EQ(to_string(GpuConfidentiality::on), "on");
  EXPECT_EQ(to_string(GpuConfidentiality::developer_tools), "developer-tools");
  EXPECT_EQ(to_string(MultiGpuMode::none), "none");
  EXPECT_EQ(to_string(MultiGpuMode::protected_pcie), "protected-pcie");
  EXPECT_EQ(to_string(MultiGpuMode::nvlink_encryption), "nvlink-encryption");
}

}  // namespace
}  // namespace tenzro::tee::nvidia
