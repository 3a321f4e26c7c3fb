// SPDX-License-Identifier: Apache-2.0
// The part of NVML's binary interface that is used here: names, structures and numbers, as the driver's library has
// them. The library is never linked: it belongs to the driver, and is absent elsewhere.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace tenzro::tee::nvidia::nvml {

/// nvmlReturn_t; 0 is success.
using Return = int;
/// nvmlDevice_t: a handle, never looked into. Valid until the library is shut down.
struct OpaqueDevice;
using Device = OpaqueDevice*;

inline constexpr std::uint32_t kDriverVersionSize = 80;
inline constexpr std::uint32_t kNameSize = 96;
inline constexpr std::uint32_t kUuidSize = 96;
inline constexpr std::uint32_t kVbiosVersionSize = 32;

/// nvmlMemory_t, in bytes.
struct Memory {
  std::uint64_t total, free, used;
};
static_assert(sizeof(Memory) == 24);

/// nvmlPciInfo_t, of nvmlDeviceGetPciInfo_v3.
struct PciInfo {
  std::array<char, 16> bus_id_legacy;
  std::uint32_t domain, bus, device, device_id, subsystem_id;
  std::array<char, 32> bus_id;
};
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, domain) == 16 && offsetof(PciInfo, bus_id) == 36);

/// nvmlConfComputeSystemCaps_t
struct Capabilities {
  std::uint32_t cpu, gpus;
};
static_assert(sizeof(Capabilities) == 8);

/// nvmlConfComputeSystemState_t
struct State {
  std::uint32_t environment, cc_feature, dev_tools;
};
static_assert(sizeof(State) == 12);

/// nvmlSystemConfComputeSettings_t; its caller says which version of it this is.
struct Settings {
  std::uint32_t version, environment, cc_feature, dev_tools, multi_gpu;
};
static_assert(sizeof(Settings) == 20);
inline constexpr std::uint32_t kSettingsVersion = sizeof(Settings) | (1U << 24U);
static_assert(kSettingsVersion == 0x01000014);

inline constexpr std::uint32_t kMultiGpuProtectedPcie = 1;
inline constexpr std::uint32_t kMultiGpuNvlinkEncryption = 2;

/// nvmlConfComputeMemSizeInfo_t
struct MemorySizes {
  std::uint64_t protected_kib, unprotected_kib;
};
static_assert(sizeof(MemorySizes) == 16);

/// nvmlConfComputeGpuCertificate_t: PEM texts.
struct Certificate {
  std::uint32_t chain_size, attestation_chain_size;
  std::array<std::uint8_t, 0x1000> chain;
  std::array<std::uint8_t, 0x1400> attestation_chain;
};
static_assert(sizeof(Certificate) == 9224 && offsetof(Certificate, attestation_chain) == 4104);

/// nvmlConfComputeGpuAttestationReport_t: the nonce goes in, everything else comes out.
struct AttestationReport {
  std::uint32_t has_cec_report, report_size, cec_report_size;
  std::array<std::uint8_t, 32> nonce;
  std::array<std::uint8_t, 0x2000> report;
  std::array<std::uint8_t, 0x1000> cec_report;
};
static_assert(sizeof(AttestationReport) == 12332 && offsetof(AttestationReport, nonce) == 12 &&
              offsetof(AttestationReport, report) == 44 && offsetof(AttestationReport, cec_report) == 8236);

/// nvmlDeviceArchitecture_t
inline constexpr std::uint32_t kArchitectureHopper = 9;
inline constexpr std::uint32_t kArchitectureBlackwell = 10;

/// The name of a function, and what it takes.
template <class... Parameters>
struct Function {
  const char* name;
};

inline constexpr Function<> kInit{"nvmlInit_v2"};
inline constexpr Function<> kShutdown{"nvmlShutdown"};
inline constexpr Function<char*, std::uint32_t> kDriverVersion{"nvmlSystemGetDriverVersion"};
inline constexpr Function<std::uint32_t*> kDeviceCount{"nvmlDeviceGetCount_v2"};
inline constexpr Function<std::uint32_t, Device*> kDeviceHandle{"nvmlDeviceGetHandleByIndex_v2"};
inline constexpr Function<Device, char*, std::uint32_t> kDeviceName{"nvmlDeviceGetName"};
inline constexpr Function<Device, char*, std::uint32_t> kDeviceUuid{"nvmlDeviceGetUUID"};
inline constexpr Function<Device, char*, std::uint32_t> kDeviceVbios{"nvmlDeviceGetVbiosVersion"};
inline constexpr Function<Device, Memory*> kDeviceMemory{"nvmlDeviceGetMemoryInfo"};
inline constexpr Function<Device, PciInfo*> kDevicePci{"nvmlDeviceGetPciInfo_v3"};
inline constexpr Function<Device, std::uint32_t*> kDeviceArchitecture{"nvmlDeviceGetArchitecture"};
inline constexpr Function<Capabilities*> kCapabilities{"nvmlSystemGetConfComputeCapabilities"};
inline constexpr Function<State*> kState{"nvmlSystemGetConfComputeState"};
inline constexpr Function<Settings*> kSettings{"nvmlSystemGetConfComputeSettings"};
inline constexpr Function<std::uint32_t*> kReadyState{"nvmlSystemGetConfComputeGpusReadyState"};
inline constexpr Function<std::uint32_t> kSetReadyState{"nvmlSystemSetConfComputeGpusReadyState"};
inline constexpr Function<Device, MemorySizes*> kMemorySizes{"nvmlDeviceGetConfComputeMemSizeInfo"};
inline constexpr Function<Device, Certificate*> kCertificate{"nvmlDeviceGetConfComputeGpuCertificate"};
inline constexpr Function<Device, AttestationReport*> kReport{"nvmlDeviceGetConfComputeGpuAttestationReport"};

}  // namespace tenzro::tee::nvidia::nvml
