// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object.items()) {
    out.push_back(key);
  }
  return out;
}
using Keys = std::vector<std::string>;

HardwareProfile full() {
  HardwareProfile out;
  out.processor = {.model = "M", .architecture = "x86_64", .sockets = 1, .cores = 2, .threads = 4, .usable_threads = 3};
  out.memory = {.total = 1024, .available = 512};
  out.gpus.push_back({.name = "NVIDIA H100",
                      .uuid = "GPU-1",
                      .pci_address = "0000:41:00.0",
                      .architecture = "hopper",
                      .vbios_version = "96.00.9F.00.01",
                      .memory_bytes = std::uint64_t{80} << 30,
                      .protected_memory_bytes = std::uint64_t{79} << 30});
  out.gpu_system = {.driver_version = "570.86.15",
                    .confidentiality = GpuConfidentiality::developer_tools,
                    .multi_gpu = MultiGpuMode::protected_pcie,
                    .environment = "production",
                    .cpu_confidentiality = "tdx",
                    .ready = false,
                    .switches = 4};
  out.interfaces.push_back({.platform = Platform::aws_nitro,
                            .interface_path = "/dev/nsm",
                            .present = true,
                            .usable = false,
                            .why_not = "permission denied",
                            .detail = ""});
  out.simulation.push_back(
      {.variable = "TENZRO_SIMULATE_TDX", .platform = Platform::intel_tdx, .value = "1", .on = true});
  out.simulation_built_in = true;
  out.usable = {Platform::intel_tdx, Platform::nvidia_gpu};
  out.simulated = true;
  out.services.emplace();
  out.services->push_back(
      {.service = CollateralService::intel_pcs, .url = "https://x", .reachable = false, .detail = "gone"});
  return out;
}

TEST(HardwareJson, HasTheseKeysInThisOrder) {
  const std::string text = to_json(full());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const Json json = Json::parse(text);
  EXPECT_EQ(keys_of(json),
            (Keys{"cpu", "memory", "gpus", "gpu_system", "tee", "interfaces", "services", "simulation"}));
  EXPECT_EQ(keys_of(json["cpu"]), (Keys{"model", "architecture", "sockets", "cores", "threads", "usable_threads"}));
  EXPECT_EQ(keys_of(json["memory"]), (Keys{"total_bytes", "available_bytes"}));
  EXPECT_EQ(keys_of(json["gpus"][0]), (Keys{"name", "uuid", "pci_address", "architecture", "vbios_version",
                                            "memory_bytes", "protected_memory_bytes"}));
  EXPECT_EQ(keys_of(json["gpu_system"]), (Keys{"driver_version", "cc_mode", "multi_gpu_mode", "environment",
                                               "cpu_confidentiality", "ready", "switches", "why_not"}));
  EXPECT_EQ(keys_of(json["tee"]), (Keys{"usable", "simulated"}));
  EXPECT_EQ(keys_of(json["interfaces"][0]), (Keys{"platform", "interface", "present", "usable", "why_not", "detail"}));
  EXPECT_EQ(keys_of(json["services"][0]), (Keys{"service", "url", "reachable", "detail"}));
  EXPECT_EQ(keys_of(json["simulation"]), (Keys{"built_in", "switches"}));
  EXPECT_EQ(keys_of(json["simulation"]["switches"][0]), (Keys{"variable", "platform", "value", "on"}));
}

TEST(HardwareJson, SaysWhatTheProfileSays) {
  const Json json = Json::parse(to_json(full()));
  EXPECT_EQ(json["cpu"], (Json{{"model", "M"},
                               {"architecture", "x86_64"},
                               {"sockets", 1},
                               {"cores", 2},
                               {"threads", 4},
                               {"usable_threads", 3}}));
  EXPECT_EQ(json["memory"], (Json{{"total_bytes", 1024}, {"available_bytes", 512}}));
  EXPECT_EQ(json["gpus"][0]["memory_bytes"], std::uint64_t{80} << 30);
  EXPECT_EQ(json["gpus"][0]["vbios_version"], "96.00.9F.00.01");
  EXPECT_EQ(json["gpu_system"]["cc_mode"], "developer-tools");
  EXPECT_EQ(json["gpu_system"]["multi_gpu_mode"], "protected-pcie");
  EXPECT_EQ(json["gpu_system"]["ready"], false);
  EXPECT_EQ(json["gpu_system"]["switches"], 4);
  EXPECT_EQ(json["tee"]["usable"], (Json{"intel-tdx", "nvidia-gpu"}));
  EXPECT_EQ(json["tee"]["simulated"], true);
  EXPECT_EQ(json["interfaces"][0]["platform"], "aws-nitro");
  EXPECT_EQ(json["interfaces"][0]["why_not"], "permission denied");
  EXPECT_EQ(json["services"][0]["service"], "intel-pcs");
  EXPECT_EQ(json["services"][0]["detail"], "gone");
  EXPECT_EQ(json["simulation"]["switches"][0]["on"], true);
}

TEST(HardwareJson, IsNullWhereNothingIsKnown) {
  const Json json = Json::parse(to_json(HardwareProfile()));
  for (const auto* const key : {"model", "sockets", "cores", "threads", "usable_threads"}) {
    EXPECT_TRUE(json["cpu"][key].is_null()) << key;
  }
  EXPECT_TRUE(json["memory"]["total_bytes"].is_null());
  for (const auto* const key : {"driver_version", "environment", "cpu_confidentiality", "ready", "why_not"}) {
    EXPECT_TRUE(json["gpu_system"][key].is_null()) << key;
  }
  EXPECT_EQ(json["gpu_system"]["cc_mode"], "unknown");
  EXPECT_EQ(json["gpu_system"]["multi_gpu_mode"], "none");
  EXPECT_EQ(json["gpu_system"]["switches"], 0);
  EXPECT_EQ(json["gpus"], Json::array());
  EXPECT_EQ(json["interfaces"], Json::array());
  EXPECT_EQ(json["tee"], (Json{{"usable", Json::array()}, {"simulated", false}}));
  EXPECT_TRUE(json["services"].is_null()) << "nobody asked";
  EXPECT_EQ(json["simulation"]["built_in"], false);
  HardwareProfile asked;
  asked.services.emplace();
  EXPECT_EQ(Json::parse(to_json(asked))["services"], Json::array());
}

TEST(HardwareJson, IsTextWhateverDriversSay) {
  HardwareProfile profile = full();
  profile.gpus[0].name = "\xff\xfe\x1b[2J\n";
  profile.processor.model = std::string("a\0b", 3);
  const std::string text = to_json(profile);
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) << text;
  EXPECT_TRUE(Json::accept(text));
}

}  // namespace
}  // namespace tenzro::tee
