// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/inventory.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
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
  bool library = false;
  bool makes_evidence = false;
};

/// What is known so far. A driver that stops answering takes nothing of it back: that confidential computing is on
/// above all, which keeps this machine from being simulated.
class Learned {
 public:
  void set(const Listing& listing) {
    const std::scoped_lock lock(mutex_);
    listing_ = listing;
  }
  Listing get() const {
    const std::scoped_lock lock(mutex_);
    return listing_;
  }

 private:
  mutable std::mutex mutex_;
  Listing listing_;
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

Result<void> ask_nvml(device::System& system, Learned& learned, const device::Waiting& waiting) {
  Listing out;
  const auto library = find_nvml(system);
  if (!library) {
    return {};
  }
  out.library = true;
  learned.set(out);
  TENZRO_ASSIGN_OR_RETURN(const auto nvml, Nvml::open(library));
  out.makes_evidence = nvml->makes_evidence();
  ask_confidentiality(*nvml, out.system);
  learned.set(out);
  take(nvml->driver_version(), out.system.driver_version);
  const bool confidential = out.system.confidentiality == GpuConfidentiality::on ||
                            out.system.confidentiality == GpuConfidentiality::developer_tools;
  TENZRO_ASSIGN_OR_RETURN(const std::uint32_t count, nvml->device_count());
  for (std::uint32_t index = 0; index < std::min<std::size_t>(count, kMaxDevices); ++index) {
    if (waiting.over()) {
      return waiting.error(kNvmlLibrary);
    }
    out.gpus.push_back(ask_gpu(*nvml, index, confidential, out.system.why_not));
  }
  learned.set(out);
  return {};
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

/// The switches' names; nothing without the library.
using Switches = std::optional<std::vector<std::string>>;

void ask_switches(const std::shared_ptr<device::System>& system, const Patience& patience, Inventory& out) {
  const std::string name(kNscqLibrary);
  const auto switches =
      system->queue(name).run<Switches>(name, patience, [system, name](const device::Waiting&) -> Result<Switches> {
        const auto library = system->load_library(name);
        if (!library) {
          return Switches();
        }
        TENZRO_ASSIGN_OR_RETURN(const auto nscq, Nscq::open(library));
        TENZRO_ASSIGN_OR_RETURN(auto names, nscq->switches());
        return Switches(std::move(names));
      });
  out.switch_library = !switches || *switches;
  if (!switches) {
    out.switch_why_not = switches.error().message();
  } else if (*switches) {
    out.system.switches = (*switches)->size();
  }
}

}  // namespace

Inventory take_inventory(const std::shared_ptr<device::System>& system, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  const std::string name(kNvmlLibrary);
  const auto learned = std::make_shared<Learned>();
  const auto asked = system->queue(name).run<void>(
      name, {.at_most = patience},
      [system, learned](const device::Waiting& waiting) { return ask_nvml(*system, *learned, waiting); });
  Listing listing = learned->get();
  Inventory out{.system = std::move(listing.system),
                .gpus = std::move(listing.gpus),
                .library = listing.library || !asked,
                .makes_evidence = listing.makes_evidence};
  if (!asked) {
    out.system.why_not = why_not(asked.error(), std::chrono::steady_clock::now() < until, patience);
  }
  if (out.gpus.empty()) {
    out.gpus = list_pci_gpus(*system);
    if (!out.gpus.empty() && out.system.why_not.empty()) {
      out.system.why_not = out.library
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
