// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/inventory.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "provider/nvidia/nscq.hpp"
#include "provider/nvidia/nvml.hpp"
#include "provider/nvidia/pci.hpp"

namespace tenzro::tee::nvidia {

namespace {

struct Listing {
  GpuSystem system;
  std::vector<Gpu> gpus;
  bool makes_evidence = false;
};

std::string environment_word(std::uint32_t environment) {
  switch (environment) {
    case 0:
      return "unavailable";
    case 1:
      return "simulation";
    case 2:
      return "production";
    default:
      return {};
  }
}

std::string cpu_word(std::uint32_t cpu) {
  switch (cpu) {
    case 0:
      return "none";
    case 1:
      return "sev";
    case 2:
      return "tdx";
    case 3:
      return "sev-snp";
    case 4:
      return "snp-vtom";
    default:
      return {};
  }
}

MultiGpuMode multi_gpu_mode(std::uint32_t mode) {
  if (mode == nvml::kMultiGpuProtectedPcie) {
    return MultiGpuMode::protected_pcie;
  }
  return mode == nvml::kMultiGpuNvlinkEncryption ? MultiGpuMode::nvlink_encryption : MultiGpuMode::none;
}

void ask_confidentiality(Nvml& nvml, GpuSystem& out) {
  const auto capabilities = nvml.capabilities();
  if (capabilities) {
    out.cpu_confidentiality = cpu_word(capabilities->cpu);
  }
  const auto state = nvml.confidential_state();
  if (!state) {
    out.confidentiality =
        state.error().code() == ErrorCode::unsupported ? GpuConfidentiality::unsupported : GpuConfidentiality::unknown;
    return;
  }
  out.environment = environment_word(state->environment);
  out.multi_gpu = multi_gpu_mode(state->multi_gpu);
  if (state->on()) {
    out.confidentiality = state->dev_tools ? GpuConfidentiality::developer_tools : GpuConfidentiality::on;
    if (const auto ready = nvml.ready_state()) {
      out.ready = *ready != 0;
    }
    return;
  }
  const bool capable = !capabilities || capabilities->gpus != 0;
  out.confidentiality = capable ? GpuConfidentiality::off : GpuConfidentiality::unsupported;
}

template <class T>
void take(Result<T> from, T& to) {
  if (from) {
    to = *std::move(from);
  }
}

/// What a GPU does not say stays empty.
Gpu ask_gpu(Nvml& nvml, std::uint32_t index, bool confidential, std::string& why_not) {
  Gpu out;
  out.name = "NVIDIA GPU";
  const auto device = nvml.device(index);
  if (!device) {
    why_not = concat("GPU ", index, ": ", device.error().message());
    return out;
  }
  take(nvml.name(*device), out.name);
  take(nvml.uuid(*device), out.uuid);
  take(nvml.pci_address(*device), out.pci_address);
  take(nvml.vbios_version(*device), out.vbios_version);
  take(nvml.memory_bytes(*device), out.memory_bytes);
  if (const auto architecture = nvml.architecture(*device)) {
    out.architecture = architecture_name(*architecture);
  }
  if (confidential) {
    take(nvml.protected_memory_bytes(*device), out.protected_memory_bytes);
  }
  return out;
}

Result<Listing> ask_nvml(const std::shared_ptr<device::Library>& library, const device::Waiting& waiting) {
  TENZRO_ASSIGN_OR_RETURN(const auto nvml, Nvml::open(library));
  Listing out;
  take(nvml->driver_version(), out.system.driver_version);
  out.makes_evidence = nvml->makes_evidence();
  ask_confidentiality(*nvml, out.system);
  const bool confidential = out.system.confidentiality == GpuConfidentiality::on ||
                            out.system.confidentiality == GpuConfidentiality::developer_tools;
  TENZRO_ASSIGN_OR_RETURN(const std::uint32_t count, nvml->device_count());
  for (std::uint32_t index = 0; index < std::min<std::size_t>(count, kMaxDevices); ++index) {
    if (waiting.over()) {
      return waiting.error(kNvmlLibrary);
    }
    out.gpus.push_back(ask_gpu(*nvml, index, confidential, out.system.why_not));
  }
  return out;
}

/// in_time: the driver answered, and that was the error. A queue's own words are about devices that many want.
std::string why_not(const Error& error, bool in_time, std::chrono::milliseconds patience) {
  if (in_time) {
    return concat("driver not usable: ", error.message());
  }
  return concat("driver not usable: it did not answer in ", patience.count(),
                " ms; where it must wake the GPUs first, keep them awake (nvidia-smi -pm 1, or nvidia-persistenced); a "
                "GPU that hangs needs a reset");
}

void ask_switches(const std::shared_ptr<device::System>& system, const Patience& patience, Inventory& out) {
  const std::string name(kNscqLibrary);
  const auto library = system->load_library(name);
  out.switch_library = library != nullptr;
  if (!library) {
    return;
  }
  const auto switches = system->queue(name).run<std::vector<std::string>>(
      name, patience, [library](const device::Waiting&) -> Result<std::vector<std::string>> {
        TENZRO_ASSIGN_OR_RETURN(const auto nscq, Nscq::open(library));
        return nscq->switches();
      });
  if (switches) {
    out.system.switches = switches->size();
  } else {
    out.switch_why_not = switches.error().message();
  }
}

}  // namespace

Inventory take_inventory(const std::shared_ptr<device::System>& system, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  Inventory out;
  const auto library = find_nvml(*system);
  out.library = library != nullptr;
  if (library) {
    const std::string name(kNvmlLibrary);
    auto listing = system->queue(name).run<Listing>(
        name, {.at_most = patience}, [library](const device::Waiting& waiting) { return ask_nvml(library, waiting); });
    if (listing) {
      out.system = std::move(listing->system);
      out.gpus = std::move(listing->gpus);
      out.makes_evidence = listing->makes_evidence;
    } else {
      out.system.why_not = why_not(listing.error(), std::chrono::steady_clock::now() < until, patience);
    }
  }
  if (out.gpus.empty()) {
    out.gpus = list_pci_gpus(*system);
    if (!out.gpus.empty() && out.system.why_not.empty()) {
      out.system.why_not = library
                               ? "driver not usable: it runs none of the GPUs on the bus: they are given to virtual "
                                 "machines, or this process may not use them"
                               : "driver not usable: there is no libnvidia-ml.so.1: install NVIDIA's driver, or let "
                                 "the container have it; whether confidential computing is on is unknown";
    }
  }
  if (!out.gpus.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    ask_switches(system, {.at_most = std::max(left, std::chrono::milliseconds{0})}, out);
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
