// SPDX-License-Identifier: Apache-2.0
// A libnvidia-ml.so.1 for tests. Its structures are written byte by byte at the offsets of NVIDIA's header, so that it
// shares no declaration with what it tests.
#include "fake_nvml.hpp"

#include <algorithm>
#include <cstring>

namespace {

using tenzro::tee::test::FakeGpu;
using tenzro::tee::test::FakeNvml;

FakeNvml* fake = nullptr;

constexpr int kUninitialised = 1, kInvalidArgument = 2, kNotSupported = 3, kInsufficientSize = 7, kVersionMismatch = 25;

/// What the function fails with, or 0.
int enter(const char* function, bool needs_session = true) {
  if (fake == nullptr) {
    return kUninitialised;
  }
  if (fake->before) {
    fake->before(function);
  }
  const std::scoped_lock lock(fake->mutex);
  fake->calls.emplace_back(function);
  if (needs_session && fake->initialised <= 0) {
    return kUninitialised;
  }
  const auto failure = fake->returns.find(function);
  return failure == fake->returns.end() ? 0 : failure->second;
}

/// Handles are indices, from 1.
FakeGpu* gpu_of(void* device) {
  const auto number = reinterpret_cast<std::uintptr_t>(device);
  return number == 0 || number > fake->gpus.size() ? nullptr : &fake->gpus[number - 1];
}

int enter(const char* function, void* device) {
  if (const int failure = enter(function); failure != 0) {
    return failure;
  }
  const FakeGpu* gpu = gpu_of(device);
  if (gpu == nullptr) {
    return kInvalidArgument;
  }
  const auto failure = gpu->returns.find(function);
  return failure == gpu->returns.end() ? 0 : failure->second;
}

void put32(void* structure, std::size_t offset, std::uint32_t value) {
  std::memcpy(static_cast<std::uint8_t*>(structure) + offset, &value, 4);
}
void put64(void* structure, std::size_t offset, std::uint64_t value) {
  std::memcpy(static_cast<std::uint8_t*>(structure) + offset, &value, 8);
}
std::uint32_t get32(const void* structure, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, static_cast<const std::uint8_t*>(structure) + offset, 4);
  return value;
}
int put_text(const std::string& text, char* buffer, unsigned size) {
  if (text.size() >= size) {
    return kInsufficientSize;
  }
  std::memcpy(buffer, text.c_str(), text.size() + 1);
  return 0;
}

}  // namespace

#define TENZRO_EXPORT extern "C" __attribute__((visibility("default")))

TENZRO_EXPORT void fake_nvml_use(FakeNvml* answers) { fake = answers; }

TENZRO_EXPORT int nvmlInit_v2() {
  const int failure = enter("nvmlInit_v2", false);
  if (failure == 0) {
    const std::scoped_lock lock(fake->mutex);
    ++fake->initialised;
  }
  return failure;
}

TENZRO_EXPORT int nvmlShutdown() {
  const int failure = enter("nvmlShutdown");
  if (failure == 0) {
    const std::scoped_lock lock(fake->mutex);
    --fake->initialised;
  }
  return failure;
}

TENZRO_EXPORT int nvmlSystemGetDriverVersion(char* version, unsigned length) {
  const int failure = enter("nvmlSystemGetDriverVersion");
  return failure != 0 ? failure : put_text(fake->driver_version, version, length);
}

TENZRO_EXPORT int nvmlDeviceGetCount_v2(unsigned* count) {
  const int failure = enter("nvmlDeviceGetCount_v2");
  if (failure == 0) {
    *count = static_cast<unsigned>(fake->gpus.size());
  }
  return failure;
}

TENZRO_EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (const int failure = enter("nvmlDeviceGetHandleByIndex_v2"); failure != 0) {
    return failure;
  }
  void* const handle = reinterpret_cast<void*>(std::uintptr_t{index} + 1);
  const FakeGpu* gpu = gpu_of(handle);
  if (gpu == nullptr) {
    return kInvalidArgument;
  }
  if (const auto failure = gpu->returns.find("nvmlDeviceGetHandleByIndex_v2"); failure != gpu->returns.end()) {
    return failure->second;
  }
  *device = handle;
  return 0;
}

TENZRO_EXPORT int nvmlDeviceGetName(void* device, char* name, unsigned length) {
  const int failure = enter("nvmlDeviceGetName", device);
  return failure != 0 ? failure : put_text(gpu_of(device)->name, name, length);
}

TENZRO_EXPORT int nvmlDeviceGetUUID(void* device, char* uuid, unsigned length) {
  const int failure = enter("nvmlDeviceGetUUID", device);
  return failure != 0 ? failure : put_text(gpu_of(device)->uuid, uuid, length);
}

TENZRO_EXPORT int nvmlDeviceGetVbiosVersion(void* device, char* version, unsigned length) {
  const int failure = enter("nvmlDeviceGetVbiosVersion", device);
  return failure != 0 ? failure : put_text(gpu_of(device)->vbios, version, length);
}

TENZRO_EXPORT int nvmlDeviceGetMemoryInfo(void* device, void* memory) {
  const int failure = enter("nvmlDeviceGetMemoryInfo", device);
  if (failure == 0) {
    put64(memory, 0, gpu_of(device)->memory);
    put64(memory, 8, 1);
    put64(memory, 16, 2);
  }
  return failure;
}

TENZRO_EXPORT int nvmlDeviceGetPciInfo_v3(void* device, void* pci) {
  const int failure = enter("nvmlDeviceGetPciInfo_v3", device);
  if (failure == 0) {
    std::memset(pci, 0x7a, 68);
    put32(pci, 16, gpu_of(device)->domain);
    put32(pci, 20, gpu_of(device)->bus);
    put32(pci, 24, gpu_of(device)->device);
  }
  return failure;
}

TENZRO_EXPORT int nvmlDeviceGetArchitecture(void* device, unsigned* architecture) {
  const int failure = enter("nvmlDeviceGetArchitecture", device);
  if (failure == 0) {
    *architecture = gpu_of(device)->architecture;
  }
  return failure;
}

TENZRO_EXPORT int nvmlSystemGetConfComputeCapabilities(void* capabilities) {
  const int failure = enter("nvmlSystemGetConfComputeCapabilities");
  if (failure == 0) {
    put32(capabilities, 0, fake->cpu_capabilities);
    put32(capabilities, 4, fake->gpu_capabilities);
  }
  return failure;
}

TENZRO_EXPORT int nvmlSystemGetConfComputeState(void* state) {
  const int failure = enter("nvmlSystemGetConfComputeState");
  if (failure == 0) {
    put32(state, 0, fake->environment);
    put32(state, 4, fake->cc_feature);
    put32(state, 8, fake->dev_tools);
  }
  return failure;
}

TENZRO_EXPORT int nvmlSystemGetConfComputeSettings(void* settings) {
  if (const int failure = enter("nvmlSystemGetConfComputeSettings"); failure != 0) {
    return failure;
  }
  if (get32(settings, 0) != 0x01000014) {
    return kVersionMismatch;
  }
  put32(settings, 4, fake->environment);
  put32(settings, 8, fake->cc_feature);
  put32(settings, 12, fake->dev_tools);
  put32(settings, 16, fake->multi_gpu);
  return 0;
}

TENZRO_EXPORT int nvmlSystemGetConfComputeGpusReadyState(unsigned* ready) {
  const int failure = enter("nvmlSystemGetConfComputeGpusReadyState");
  if (failure == 0) {
    *ready = fake->ready;
  }
  return failure;
}

TENZRO_EXPORT int nvmlSystemSetConfComputeGpusReadyState(unsigned ready) {
  const int failure = enter("nvmlSystemSetConfComputeGpusReadyState");
  if (failure == 0) {
    fake->ready = ready;
  }
  return failure;
}

TENZRO_EXPORT int nvmlDeviceGetConfComputeMemSizeInfo(void* device, void* sizes) {
  const int failure = enter("nvmlDeviceGetConfComputeMemSizeInfo", device);
  if (failure == 0) {
    put64(sizes, 0, gpu_of(device)->protected_kib);
    put64(sizes, 8, 3);
  }
  return failure;
}

TENZRO_EXPORT int nvmlDeviceGetConfComputeGpuCertificate(void* device, void* certificate) {
  if (const int failure = enter("nvmlDeviceGetConfComputeGpuCertificate", device); failure != 0) {
    return failure;
  }
  std::memset(certificate, 0, 9224);
  const std::string& chain = gpu_of(device)->chain;
  const std::size_t size = std::min<std::size_t>(chain.size(), 0x1400);
  put32(certificate, 0, 4);
  put32(certificate, 4, fake->chain_size != 0 ? fake->chain_size : static_cast<std::uint32_t>(size));
  std::memcpy(static_cast<char*>(certificate) + 8, "no! ", 4);
  std::memcpy(static_cast<char*>(certificate) + 4104, chain.data(), size);
  return 0;
}

TENZRO_EXPORT int nvmlDeviceGetConfComputeGpuAttestationReport(void* device, void* report) {
  if (const int failure = enter("nvmlDeviceGetConfComputeGpuAttestationReport", device); failure != 0) {
    return failure;
  }
  const auto* const nonce = static_cast<const std::uint8_t*>(report) + 12;
  const FakeGpu& gpu = *gpu_of(device);
  if (!gpu.report) {
    return kNotSupported;
  }
  const std::vector<std::uint8_t> bytes = gpu.report({nonce, nonce + 32});
  const std::size_t size = std::min<std::size_t>(bytes.size(), 0x2000);
  put32(report, 0, 0);
  put32(report, 4, fake->report_size != 0 ? fake->report_size : static_cast<std::uint32_t>(size));
  put32(report, 8, 0);
  std::copy_n(bytes.begin(), size, static_cast<std::uint8_t*>(report) + 44);
  std::memset(static_cast<std::uint8_t*>(report) + 8236, 0xee, 0x1000);
  return 0;
}
