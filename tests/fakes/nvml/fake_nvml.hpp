// SPDX-License-Identifier: Apache-2.0
// What the fake libnvidia-ml answers. Tests hand it one of these by its function fake_nvml_use; null takes it back.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tenzro::tee::test {

struct FakeGpu {
  std::string name = "NVIDIA H100 80GB HBM3";
  std::string uuid = "GPU-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
  std::string vbios = "96.00.9F.00.01";
  std::uint64_t memory = std::uint64_t{80} << 30;
  std::uint64_t protected_kib = std::uint64_t{79} << 20;
  std::uint32_t architecture = 9, domain = 0, bus = 0x41, device = 0;
  std::string chain{};  ///< PEM
  std::function<std::vector<std::uint8_t>(const std::vector<std::uint8_t>& nonce)> report{};
  std::map<std::string, int> returns{};  ///< by function, of this GPU alone
};

struct FakeNvml {
  std::string driver_version = "570.86.15";
  std::vector<FakeGpu> gpus{};
  std::uint32_t environment = 0, cc_feature = 0, dev_tools = 0, multi_gpu = 0;
  std::uint32_t cpu_capabilities = 0, gpu_capabilities = 0;
  std::uint32_t ready = 0;
  std::uint32_t chain_size = 0, report_size = 0;              ///< what is said in place of the true size, unless 0
  std::map<std::string, int> returns{};                       ///< by function: what it fails with
  std::function<void(const std::string& function)> before{};  ///< each call, first of all

  std::mutex mutex{};
  std::vector<std::string> calls{};  ///< under the mutex
  int initialised = 0;               ///< nvmlInit_v2 less nvmlShutdown; under the mutex

  int users() {
    const std::scoped_lock lock(mutex);
    return initialised;
  }
  int count(const std::string& function) {
    const std::scoped_lock lock(mutex);
    int out = 0;
    for (const std::string& call : calls) {
      out += call == function ? 1 : 0;
    }
    return out;
  }
};

using FakeNvmlUse = void (*)(FakeNvml* fake);

}  // namespace tenzro::tee::test
