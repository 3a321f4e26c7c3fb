// SPDX-License-Identifier: Apache-2.0
// What this machine is: processor, memory, GPUs, TEE interfaces, and what is simulated. For people and inventories:
// nothing here proves anything to anybody.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

/// As the kernel of this machine shows it: a VM's own, a container's host's.
struct ProcessorInfo {
  std::string model{};         ///< "AMD EPYC 9654 96-Core Processor"; empty when the kernel does not say
  std::string architecture{};  ///< "x86_64"
  unsigned sockets = 0, cores = 0, threads = 0;  ///< 0: unknown
  unsigned usable_threads = 0;                   ///< that the scheduler may give to this process; 0: unknown
};

/// In bytes, 0: unknown. The smaller of the kernel's figure and the limit of this process's control group.
struct MemoryInfo {
  std::uint64_t total = 0, available = 0;
};

/// What the driver says of confidential computing on the GPUs, all of them together.
enum class GpuConfidentiality : std::uint8_t {
  unknown = 0,  ///< the driver could not be asked
  unsupported,  ///< GPU, VBIOS or driver has none
  off,
  on,              ///< the feature itself, or protected PCIe mode
  developer_tools  ///< on with developer tools: protects nothing
};
/// "unknown", "unsupported", "off", "on", "developer-tools"
std::string_view to_string(GpuConfidentiality mode) noexcept;

enum class MultiGpuMode : std::uint8_t { none = 0, protected_pcie, nvlink_encryption };
/// "none", "protected-pcie", "nvlink-encryption"
std::string_view to_string(MultiGpuMode mode) noexcept;

struct Gpu {
  std::string name{};           ///< "NVIDIA H100 80GB HBM3"; "NVIDIA GPU" when only the bus shows it
  std::string uuid{};           ///< "GPU-..."
  std::string pci_address{};    ///< "0000:41:00.0"
  std::string architecture{};   ///< "hopper", "blackwell", ...; empty when the driver could not be asked
  std::string vbios_version{};  ///< "96.00.9F.00.01"
  std::uint64_t memory_bytes = 0;
  std::uint64_t protected_memory_bytes = 0;  ///< under confidential computing
};

struct GpuSystem {
  std::string driver_version{};  ///< empty when the driver could not be asked
  GpuConfidentiality confidentiality = GpuConfidentiality::unknown;
  MultiGpuMode multi_gpu = MultiGpuMode::none;
  std::string environment{};          ///< "production", "simulation", "unavailable"; empty: unknown
  std::string cpu_confidentiality{};  ///< what NVML sees of the CPU: "none", "sev", "tdx", "sev-snp", "snp-vtom"
  std::optional<bool> ready{};        ///< whether the GPUs accept work
  std::size_t switches = 0;           ///< NVSwitches that NSCQ shows
  std::string why_not{};              ///< why the driver could not be asked; empty when it could, or there is no GPU
};

/// One TENZRO_SIMULATE_* variable that is looked at.
struct SimulationSwitch {
  std::string variable{};
  Platform platform = Platform::unknown;
  std::string value{};  ///< as it is set; empty: not set
  bool on = false;      ///< "true" or "1"
};

struct HardwareProfile {
  ProcessorInfo processor{};
  MemoryInfo memory{};
  std::vector<Gpu> gpus{};
  GpuSystem gpu_system{};
  std::vector<ProbeFinding> interfaces{};  ///< as survey_tee_hardware()
  std::vector<SimulationSwitch> simulation{};
  bool simulation_built_in = false;
  /// The platforms that detect_all_tees() has providers of, best first.
  std::vector<Platform> usable{};
  bool simulated = false;                               ///< these are imitations
  std::optional<std::vector<ServiceProbe>> services{};  ///< left to probe_services(); empty: nobody asked
};

/// Never fails: what cannot be found out is left empty. A driver that does not answer is given two seconds.
HardwareProfile describe_hardware();
/// One JSON object; docs/attesting.md names its keys.
std::string to_json(const HardwareProfile& profile);

enum class GpuReadyState : std::uint8_t { not_ready = 0, ready };
/// "not-ready", "ready"
std::string_view to_string(GpuReadyState state) noexcept;

/// A driver that works answers at once.
inline const Patience kReadyStatePatience{.at_most = std::chrono::seconds{5}};

/// Whether the GPUs of this machine accept work: confidential computing has them wait until somebody judged them. One
/// state for all GPUs. not_available: no driver, or confidential computing is off or unknown to it. timed_out or
/// cancelled: patience.
Result<GpuReadyState> gpu_ready_state(const Patience& patience = kReadyStatePatience);
/// Needs root (permission_denied). Say ready only when the evidence of every GPU was judged good. Once the GPUs have
/// been told no, some drivers want a restart before yes (hardware_failure). With timed_out and cancelled, the message
/// says whether the driver was asked.
Result<void> set_gpu_ready_state(GpuReadyState state, const Patience& patience = kReadyStatePatience);

}  // namespace tenzro::tee
