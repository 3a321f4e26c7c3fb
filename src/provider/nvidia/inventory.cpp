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

/// What the driver has said to this process. That confidential computing is on is never taken back: a driver that stops
/// answering, or is made to, must not have this machine simulated.
class Memory {
 public:
  void keep(const Listing& listing) {
    const std::scoped_lock lock(mutex_);
    last_ = listing;
    was_confidential_ = was_confidential_ || is_confidential(listing.system);
  }
  void keep_confidential() {
    const std::scoped_lock lock(mutex_);
    was_confidential_ = true;
  }
  std::optional<Listing> last() const {
    const std::scoped_lock lock(mutex_);
    return last_;
  }
  bool was_confidential() const {
    const std::scoped_lock lock(mutex_);
    return was_confidential_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Listing> last_;
  bool was_confidential_ = false;
};

/// What one inventory knows so far; nothing before its turn.
class Learned {
 public:
  explicit Learned(std::shared_ptr<Memory> memory) noexcept : memory_(std::move(memory)) {}
  void set(const Listing& listing) {
    memory_->keep(listing);
    const std::scoped_lock lock(mutex_);
    listing_ = listing;
  }
  std::optional<Listing> get() const {
    const std::scoped_lock lock(mutex_);
    return listing_;
  }

 private:
  std::shared_ptr<Memory> memory_;
  mutable std::mutex mutex_;
  std::optional<Listing> listing_;
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

/// Whether it is on comes first, and is learned at once: whatever is asked next may hang.
void ask_confidentiality(Nvml& nvml, Listing& out, Learned& learned) {
  GpuSystem& system = out.system;
  const auto state = nvml.confidential_state();
  if (state) {
    system.environment = environment_word(state->environment);
    system.multi_gpu = multi_gpu_mode(state->multi_gpu);
    if (state->on()) {
      system.confidentiality = state->dev_tools ? GpuConfidentiality::developer_tools : GpuConfidentiality::on;
      learned.set(out);
    }
  }
  const auto capabilities = nvml.capabilities();
  if (capabilities) {
    system.cpu_confidentiality = cpu_word(capabilities->cpu);
  }
  if (!state) {
    const bool unsupported = state.error().code() == ErrorCode::unsupported;
    system.confidentiality = unsupported ? GpuConfidentiality::unsupported : GpuConfidentiality::unknown;
  } else if (!state->on()) {
    const bool capable = !capabilities || capabilities->gpus != 0;
    system.confidentiality = capable ? GpuConfidentiality::off : GpuConfidentiality::unsupported;
  } else if (const auto ready = nvml.ready_state()) {
    system.ready = *ready != 0;
  }
  learned.set(out);
}

template <class T>
void take(Result<T> from, T& to) {
  if (from) {
    to = *std::move(from);
  }
}

/// What a GPU does not say stays empty.
Gpu ask_gpu(Nvml& nvml, std::uint32_t index, bool with_protected, std::string& why_not) {
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
  if (with_protected) {
    take(nvml.protected_memory_bytes(*device), out.protected_memory_bytes);
  }
  return out;
}

Result<void> ask_nvml(device::System& system, Learned& learned, const device::Waiting& waiting) {
  Listing out;
  learned.set(out);
  const auto library = find_nvml(system);
  if (!library) {
    return {};
  }
  out.library = true;
  learned.set(out);
  TENZRO_ASSIGN_OR_RETURN(const auto nvml, Nvml::open(library));
  out.makes_evidence = nvml->makes_evidence();
  ask_confidentiality(*nvml, out, learned);
  take(nvml->driver_version(), out.system.driver_version);
  TENZRO_ASSIGN_OR_RETURN(const std::uint32_t count, nvml->device_count());
  for (std::uint32_t index = 0; index < std::min<std::size_t>(count, kMaxDevices); ++index) {
    if (waiting.over()) {
      return waiting.error(kNvmlLibrary);
    }
    out.gpus.push_back(ask_gpu(*nvml, index, is_confidential(out.system), out.system.why_not));
  }
  learned.set(out);
  return {};
}

constexpr std::string_view kAGpuThatHangs = "a GPU that hangs needs a reset";

/// in_time: the driver answered, and that was the error. A queue's own words are about devices that many want.
std::string why_not(const Error& error, bool in_time, std::chrono::milliseconds patience) {
  if (in_time) {
    return concat("driver not usable: ", error.message());
  }
  return concat("driver not usable: it did not answer in ", patience.count(),
                " ms; where it must wake the GPUs first, keep them awake (nvidia-smi -pm 1, or nvidia-persistenced); ",
                kAGpuThatHangs);
}

std::string why_not_asked(bool before, std::chrono::milliseconds patience) {
  return concat("driver not usable: another request of this process has kept it busy for ", patience.count(), " ms, ",
                before ? "and this is what it said before; " : "and it has said nothing before; ", kAGpuThatHangs);
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
  const auto memory = system->memory<Memory>();
  const auto learned = std::make_shared<Learned>(memory);
  const auto asked = system->queue(name).run<void>(
      name, {.at_most = patience},
      [system, learned](const device::Waiting& waiting) { return ask_nvml(*system, *learned, waiting); });
  const auto own = learned->get();
  const auto last = own ? own : memory->last();
  Listing listing = last.value_or(Listing{});
  Inventory out{.system = std::move(listing.system),
                .gpus = std::move(listing.gpus),
                .was_confidential = memory->was_confidential(),
                .library = listing.library || !asked,
                .makes_evidence = listing.makes_evidence};
  if (!asked && !own && asked.error().code() == ErrorCode::timed_out) {
    out.system.why_not = why_not_asked(last.has_value(), patience);
  } else if (!asked) {
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

bool is_confidential(const GpuSystem& system) noexcept {
  return system.confidentiality == GpuConfidentiality::on ||
         system.confidentiality == GpuConfidentiality::developer_tools;
}

void remember_confidential(device::System& system) { system.memory<Memory>()->keep_confidential(); }

}  // namespace tenzro::tee::nvidia
