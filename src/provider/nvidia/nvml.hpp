// SPDX-License-Identifier: Apache-2.0
// NVML, the library of NVIDIA's driver, loaded at run time.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "device/system.hpp"
#include "provider/nvidia/nvml_abi.hpp"
#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::string_view kNvmlLibrary = "libnvidia-ml.so.1";

/// Null where there is none. Looks where containers get the host's driver besides where the loader looks.
std::shared_ptr<device::Library> find_nvml(device::System& system);

/// What the driver says of confidential computing. It is what local software says, and proves nothing to anybody.
struct ConfidentialState {
  std::uint32_t environment = 0;  ///< 0 unavailable, 1 simulation, 2 production
  bool cc_feature = false, dev_tools = false;
  std::uint32_t multi_gpu = 0;  ///< nvml::kMultiGpu...; 0 where an old driver does not say
  /// Protected PCIe counts: the feature itself may be off in that mode.
  bool on() const noexcept { return cc_feature || protected_pcie(); }
  bool protected_pcie() const noexcept { return multi_gpu == nvml::kMultiGpuProtectedPcie; }
};

/// The library while it is initialised. Every call goes into the driver and may hang: make them where somebody else can
/// stop waiting (device::RequestQueue). Each function is looked up when it is called.
///
/// Errors name the function. unsupported: the driver has no such function, or the GPU no such feature.
/// permission_denied, not_available (driver not loaded, or of another version than the library) and timed_out as the
/// driver says; hardware_failure for everything else that it answers.
/// Threads: one thread at a time.
class Nvml {
  struct OpenOnly {};

 public:
  static Result<std::shared_ptr<Nvml>> open(std::shared_ptr<device::Library> library);
  Nvml(OpenOnly /*by open alone*/, std::shared_ptr<device::Library> library) noexcept : library_(std::move(library)) {}
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  Result<std::string> driver_version();  ///< "570.86.15"
  Result<std::uint32_t> device_count();
  Result<nvml::Device> device(std::uint32_t index);

  Result<std::string> name(nvml::Device device);
  Result<std::string> uuid(nvml::Device device);
  Result<std::string> vbios_version(nvml::Device device);
  Result<std::string> pci_address(nvml::Device device);  ///< as /sys/bus/pci/devices has it: "0000:41:00.0"
  Result<std::uint64_t> memory_bytes(nvml::Device device);
  Result<std::uint64_t> protected_memory_bytes(nvml::Device device);
  Result<std::uint32_t> architecture(nvml::Device device);  ///< as NVML numbers them

  /// unsupported: the driver knows nothing of confidential computing, or no GPU of this machine does.
  Result<ConfidentialState> confidential_state();
  Result<nvml::Capabilities> capabilities();
  Result<std::uint32_t> ready_state();  ///< 0: the GPUs accept no work
  Result<void> set_ready_state(bool ready);

  /// Whether the driver has the functions that make evidence.
  bool makes_evidence();
  /// PEM, leaf first, at most 5 KiB.
  Result<Bytes> certificate_chain(nvml::Device device);
  /// SPDM, at most 8 KiB.
  Result<Bytes> report(nvml::Device device, std::span<const std::uint8_t, 32> nonce);

 private:
  /// What the function returns; unsupported where there is none.
  template <class... Parameters>
  Result<nvml::Return> invoke(const nvml::Function<Parameters...>& function,
                              std::type_identity_t<Parameters>... arguments);
  template <class... Parameters>
  Result<void> call(const nvml::Function<Parameters...>& function, std::type_identity_t<Parameters>... arguments);
  template <std::uint32_t Size>
  Result<std::string> text(const nvml::Function<nvml::Device, char*, std::uint32_t>& function, nvml::Device device);

  std::shared_ptr<device::Library> library_;
  bool initialised_ = false;
};

/// "hopper", "blackwell", ...; "unknown" for a number without a name.
std::string_view architecture_name(std::uint32_t architecture) noexcept;

}  // namespace tenzro::tee::nvidia
