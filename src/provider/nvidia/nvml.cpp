// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/nvml.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::nvidia {

namespace {

/// Where NVIDIA's container tools put the host's driver when the loader's own folders are not to be touched.
constexpr std::array<std::string_view, 2> kPlaces = {kNvmlLibrary, "/usr/local/nvidia/lib64/libnvidia-ml.so.1"};

struct ReturnCode {
  nvml::Return value;
  ErrorCode means;
  std::string_view words;
};
/// nvmlReturn_t, in our words and with what helps.
constexpr std::array kReturnCodes = {
    ReturnCode{1, ErrorCode::hardware_failure, "the library is not initialised"},
    ReturnCode{2, ErrorCode::hardware_failure, "an argument is not valid"},
    ReturnCode{3, ErrorCode::unsupported, "the GPU, its VBIOS or its driver does not support it"},
    ReturnCode{4, ErrorCode::permission_denied,
               "no permission: run as root, or let this process use the device nodes /dev/nvidia*"},
    ReturnCode{6, ErrorCode::not_available, "not found"},
    ReturnCode{7, ErrorCode::hardware_failure, "the answer does not fit"},
    ReturnCode{8, ErrorCode::hardware_failure, "the GPU lacks power: its cables are not attached properly"},
    ReturnCode{9, ErrorCode::not_available, "the driver is not loaded: load it (modprobe nvidia)"},
    ReturnCode{10, ErrorCode::timed_out, "the GPU did not answer its driver in time"},
    ReturnCode{11, ErrorCode::hardware_failure, "the driver has trouble with the GPU's interrupts"},
    ReturnCode{12, ErrorCode::not_available, "a library of the driver is missing: install the driver as a whole"},
    ReturnCode{13, ErrorCode::unsupported, "this driver has no such function"},
    ReturnCode{14, ErrorCode::hardware_failure, "the GPU's infoROM is corrupted"},
    ReturnCode{15, ErrorCode::hardware_failure,
               "the GPU is lost (it fell off the bus, or has become inaccessible): restart the machine"},
    ReturnCode{16, ErrorCode::hardware_failure, "the GPU needs a reset (nvidia-smi --gpu-reset)"},
    ReturnCode{17, ErrorCode::permission_denied,
               "the operating system keeps the GPU from this process: its control group must allow it"},
    ReturnCode{18, ErrorCode::not_available,
               "library and driver are of different versions: after an update, restart the machine or the container"},
    ReturnCode{19, ErrorCode::hardware_failure, "the GPU is in use"},
    ReturnCode{20, ErrorCode::hardware_failure, "out of memory"},
    ReturnCode{23, ErrorCode::hardware_failure, "the GPU has not enough resources"},
    ReturnCode{25, ErrorCode::unsupported, "this driver has another version of the structure"},
    ReturnCode{27, ErrorCode::hardware_failure, "the GPU is not ready"},
    ReturnCode{28, ErrorCode::not_available, "no GPU was found"},
    ReturnCode{29, ErrorCode::hardware_failure, "the GPU's state does not allow it"},
    ReturnCode{999, ErrorCode::hardware_failure, "an internal error of the driver"},
};

Error return_error(std::string_view function, nvml::Return value) {
  const auto* const code = std::ranges::find(kReturnCodes, value, &ReturnCode::value);
  if (code == kReturnCodes.end()) {
    return {ErrorCode::hardware_failure, concat(function, ": NVML error ", value)};
  }
  return {code->means, concat(function, ": ", code->words, " (NVML error ", value, ")")};
}

/// Up to the first NUL, or all of it; what a terminal should not see, made visible.
template <std::size_t Size>
std::string text_of(const std::array<char, Size>& buffer) {
  return printable({buffer.begin(), std::ranges::find(buffer, '\0')}, Size);
}

void append_hex(std::string& out, std::uint32_t value, std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string reversed;
  for (; value != 0 || reversed.size() < digits; value >>= 4U) {
    reversed.push_back(kDigits[value & 0xfU]);
  }
  out.append(reversed.rbegin(), reversed.rend());
}

Error too_large(std::string_view function, std::string_view what, std::uint32_t size, std::size_t limit) {
  return {ErrorCode::hardware_failure, concat(function, ": a ", what, " of ", size, " bytes, expected 1 to ", limit)};
}

}  // namespace

std::shared_ptr<device::Library> find_nvml(device::System& system) {
  for (const std::string_view place : kPlaces) {
    if (auto library = system.load_library(std::string(place))) {
      return library;
    }
  }
  return nullptr;
}

template <class... Parameters>
Result<nvml::Return> Nvml::invoke(const nvml::Function<Parameters...>& function,
                                  std::type_identity_t<Parameters>... arguments) {
  void* const address = library_->symbol(function.name);
  if (address == nullptr) {
    return Error(ErrorCode::unsupported, concat(function.name, ": this driver has no such function"));
  }
  return reinterpret_cast<nvml::Return (*)(Parameters...)>(address)(arguments...);
}

template <class... Parameters>
Result<void> Nvml::call(const nvml::Function<Parameters...>& function, std::type_identity_t<Parameters>... arguments) {
  TENZRO_ASSIGN_OR_RETURN(const nvml::Return result, invoke(function, arguments...));
  return result == 0 ? Result<void>() : return_error(function.name, result);
}

template <std::uint32_t Size>
Result<std::string> Nvml::text(const nvml::Function<nvml::Device, char*, std::uint32_t>& function,
                               nvml::Device device) {
  std::array<char, Size> buffer{};
  TENZRO_RETURN_IF_ERROR(call(function, device, buffer.data(), Size));
  return text_of(buffer);
}

Result<std::shared_ptr<Nvml>> Nvml::open(std::shared_ptr<device::Library> library) {
  auto out = std::make_shared<Nvml>(OpenOnly{}, std::move(library));
  TENZRO_RETURN_IF_ERROR(out->call(nvml::kInit));
  out->initialised_ = true;
  return out;
}

Nvml::~Nvml() {
  if (initialised_) {
    static_cast<void>(call(nvml::kShutdown).has_value());  // there is nobody left to tell
  }
}

Result<std::string> Nvml::driver_version() {
  std::array<char, nvml::kDriverVersionSize> buffer{};
  TENZRO_RETURN_IF_ERROR(call(nvml::kDriverVersion, buffer.data(), nvml::kDriverVersionSize));
  return text_of(buffer);
}

Result<std::uint32_t> Nvml::device_count() {
  std::uint32_t count = 0;
  TENZRO_RETURN_IF_ERROR(call(nvml::kDeviceCount, &count));
  return count;
}

Result<nvml::Device> Nvml::device(std::uint32_t index) {
  nvml::Device device = nullptr;
  TENZRO_RETURN_IF_ERROR(call(nvml::kDeviceHandle, index, &device));
  return device;
}

Result<std::string> Nvml::name(nvml::Device device) { return text<nvml::kNameSize>(nvml::kDeviceName, device); }
Result<std::string> Nvml::uuid(nvml::Device device) { return text<nvml::kUuidSize>(nvml::kDeviceUuid, device); }
Result<std::string> Nvml::vbios_version(nvml::Device device) {
  return text<nvml::kVbiosVersionSize>(nvml::kDeviceVbios, device);
}

Result<std::string> Nvml::pci_address(nvml::Device device) {
  nvml::PciInfo info{};
  TENZRO_RETURN_IF_ERROR(call(nvml::kDevicePci, device, &info));
  std::string out;
  append_hex(out, info.domain, 4);
  out += ':';
  append_hex(out, info.bus, 2);
  out += ':';
  append_hex(out, info.device, 2);
  return out + ".0";  // GPUs are function 0
}

Result<std::uint64_t> Nvml::memory_bytes(nvml::Device device) {
  nvml::Memory memory{};
  TENZRO_RETURN_IF_ERROR(call(nvml::kDeviceMemory, device, &memory));
  return memory.total;
}

Result<std::uint64_t> Nvml::protected_memory_bytes(nvml::Device device) {
  nvml::MemorySizes sizes{};
  TENZRO_RETURN_IF_ERROR(call(nvml::kMemorySizes, device, &sizes));
  return sizes.protected_kib << 10U;
}

Result<std::uint32_t> Nvml::architecture(nvml::Device device) {
  std::uint32_t architecture = 0;
  TENZRO_RETURN_IF_ERROR(call(nvml::kDeviceArchitecture, device, &architecture));
  return architecture;
}

Result<ConfidentialState> Nvml::confidential_state() {
  nvml::Settings settings{};
  settings.version = nvml::kSettingsVersion;
  const auto known = call(nvml::kSettings, &settings);
  if (known) {
    return ConfidentialState{.environment = settings.environment,
                             .cc_feature = settings.cc_feature != 0,
                             .dev_tools = settings.dev_tools != 0,
                             .multi_gpu = settings.multi_gpu};
  }
  if (known.error().code() != ErrorCode::unsupported) {
    return known.error();
  }
  // Drivers before multi-GPU modes.
  nvml::State state{};
  TENZRO_RETURN_IF_ERROR(call(nvml::kState, &state));
  return ConfidentialState{
      .environment = state.environment, .cc_feature = state.cc_feature != 0, .dev_tools = state.dev_tools != 0};
}

Result<nvml::Capabilities> Nvml::capabilities() {
  nvml::Capabilities capabilities{};
  TENZRO_RETURN_IF_ERROR(call(nvml::kCapabilities, &capabilities));
  return capabilities;
}

Result<std::uint32_t> Nvml::ready_state() {
  std::uint32_t ready = 0;
  TENZRO_RETURN_IF_ERROR(call(nvml::kReadyState, &ready));
  return ready;
}

Result<void> Nvml::set_ready_state(bool ready) {
  constexpr nvml::Return kInvalidArgument = 2;
  TENZRO_ASSIGN_OR_RETURN(const nvml::Return result, invoke(nvml::kSetReadyState, ready ? 1U : 0U));
  if (result == kInvalidArgument) {  // so NVIDIA's tools have seen it
    return Error(ErrorCode::hardware_failure,
                 concat(nvml::kSetReadyState.name,
                        ": the state of the GPUs has become final: restart the machine (NVML error ", result, ")"));
  }
  return result == 0 ? Result<void>() : return_error(nvml::kSetReadyState.name, result);
}

bool Nvml::makes_evidence() {
  return library_->symbol(nvml::kCertificate.name) != nullptr && library_->symbol(nvml::kReport.name) != nullptr;
}

Result<Bytes> Nvml::certificate_chain(nvml::Device device) {
  const auto answer = std::make_unique<nvml::Certificate>();
  TENZRO_RETURN_IF_ERROR(call(nvml::kCertificate, device, answer.get()));
  const std::uint32_t size = answer->attestation_chain_size;
  if (size == 0 || size > answer->attestation_chain.size()) {
    return too_large(nvml::kCertificate.name, "certificate chain", size, answer->attestation_chain.size());
  }
  return Bytes(answer->attestation_chain.begin(), answer->attestation_chain.begin() + size);
}

Result<Bytes> Nvml::report(nvml::Device device, std::span<const std::uint8_t, 32> nonce) {
  const auto answer = std::make_unique<nvml::AttestationReport>();
  std::ranges::copy(nonce, answer->nonce.begin());
  TENZRO_RETURN_IF_ERROR(call(nvml::kReport, device, answer.get()));
  if (answer->report_size == 0 || answer->report_size > answer->report.size()) {
    return too_large(nvml::kReport.name, "report", answer->report_size, answer->report.size());
  }
  return Bytes(answer->report.begin(), answer->report.begin() + answer->report_size);
}

std::string_view architecture_name(std::uint32_t architecture) noexcept {
  switch (architecture) {
    case 2:
      return "kepler";
    case 3:
      return "maxwell";
    case 4:
      return "pascal";
    case 5:
      return "volta";
    case 6:
      return "turing";
    case 7:
      return "ampere";
    case 8:
      return "ada";
    case nvml::kArchitectureHopper:
      return "hopper";
    case nvml::kArchitectureBlackwell:
      return "blackwell";
    case 13:
      return "rubin";
    default:
      return "unknown";
  }
}

}  // namespace tenzro::tee::nvidia
