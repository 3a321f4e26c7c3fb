// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/collect.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "formats/pem.hpp"
#include "provider/nvidia/nscq.hpp"
#include "provider/nvidia/nvml.hpp"

namespace tenzro::tee::nvidia {

namespace {

using Nonce = ByteArray<32>;
using SharedNvml = std::shared_ptr<Nvml>;
using SharedNscq = std::shared_ptr<Nscq>;

constexpr std::size_t kMaxChainBlocks = 6;

/// Sessions that nobody may end, since the driver does not answer: they stay open until the process ends.
void leave_behind(std::shared_ptr<void> session) {
  static std::mutex& mutex = *new std::mutex();
  static auto& sessions = *new std::vector<std::shared_ptr<void>>();
  const std::scoped_lock lock(mutex);
  sessions.push_back(std::move(session));
}

/// Of the calls of one collection, and who ends its session: only ever a call, on the library's queue.
class Calls {
 public:
  /// One call, as long as it runs.
  class Running {
   public:
    explicit Running(Calls& calls) : calls_(&calls) {
      const std::scoped_lock lock(calls_->mutex_);
      ++calls_->running_;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      std::shared_ptr<void> session;  // ends without the lock
      const std::scoped_lock lock(calls_->mutex_);
      --calls_->running_;
      session.swap(calls_->to_end_);
    }

   private:
    Calls* calls_;
  };

  /// The next call that returns ends it. True when one runs: it was left behind, and ends it whenever it returns.
  bool give(std::shared_ptr<void> session) {
    const std::scoped_lock lock(mutex_);
    to_end_ = std::move(session);
    return running_ != 0;
  }
  /// What was given, where no call has taken it or will.
  std::shared_ptr<void> take_back() {
    const std::scoped_lock lock(mutex_);
    return running_ == 0 ? std::exchange(to_end_, nullptr) : nullptr;
  }

 private:
  std::mutex mutex_;
  unsigned running_ = 0;
  std::shared_ptr<void> to_end_;
};

/// One library: its calls run on threads of its queue, each no longer than the limit.
class Driver {
 public:
  Driver(device::System& system, std::string_view library, const device::Waiting& waiting,
         std::chrono::milliseconds call_limit)
      : queue_(&system.queue(std::string(library))), library_(library), waiting_(&waiting), limit_(call_limit) {}

  /// what: the device and the matter, for errors. job owns what it uses: it may be left behind.
  template <class T>
  Result<T> ask(const std::string& what, std::function<Result<T>()> job) const {
    if (waiting_->over()) {
      return waiting_->error(what);
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(waiting_->until() - std::chrono::steady_clock::now());
    auto result = queue_->run<T>(library_, {.at_most = std::min(left, limit_), .stop = waiting_->stop()},
                                 [job = std::move(job), calls = calls_](const device::Waiting&) {
                                   const Calls::Running running(*calls);
                                   return job();
                                 });
    if (result) {
      return result;
    }
    if (result.error().code() == ErrorCode::timed_out && !waiting_->over()) {
      return Error(ErrorCode::timed_out,
                   concat(what, ": ", result.error().message(), "; a device that hangs needs a reset or a restart"));
    }
    return std::move(result).error().with_context(what);
  }

  /// What was collected stays good, whatever becomes of the session: its end too can be left behind.
  void end(std::shared_ptr<void> session) const {
    if (calls_->give(std::move(session))) {
      return;
    }
    const auto ended = ask<void>("the end of the session", [] { return Result<void>(); });
    if (ended) {
      return;
    }
    if (auto left = calls_->take_back()) {
      leave_behind(std::move(left));
    }
  }

 private:
  std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
  device::RequestQueue* queue_;
  std::string library_;
  const device::Waiting* waiting_;
  std::chrono::milliseconds limit_;
};

Error not_available(std::string message) { return {ErrorCode::not_available, std::move(message)}; }
Error bad_answer(std::string_view name, std::string_view why) {
  return {ErrorCode::hardware_failure, concat(name, ": ", why)};
}

/// The chain as text without the end of a C string.
Result<Bytes> usable_chain(const std::string& name, Bytes chain) {
  while (!chain.empty() && chain.back() == 0) {
    chain.pop_back();
  }
  const auto blocks = pem::split(as_text(chain), {.max_blocks = kMaxChainBlocks});
  if (!blocks) {
    return bad_answer(name, concat("its certificate chain: ", blocks.error().message()));
  }
  if (!std::ranges::all_of(*blocks, [](const pem::Block& block) { return block.label == "CERTIFICATE"; })) {
    return bad_answer(name, "its certificate chain holds other things than certificates");
  }
  return chain;
}

Result<void> expect_answer(const std::string& name, const Bytes& report, const Nonce& nonce) {
  const auto parsed = parse_report(report);
  if (!parsed) {
    return bad_answer(name, concat("its report: ", parsed.error().message()));
  }
  if (!std::ranges::equal(parsed->nonce(), nonce)) {
    return bad_answer(name, "its report answers another nonce than the one that it was given");
  }
  return {};
}

Result<DeviceEvidence> evidence_of(const std::string& name, Architecture architecture, const Nonce& nonce, Bytes report,
                                   Bytes chain) {
  TENZRO_RETURN_IF_ERROR(expect_answer(name, report, nonce));
  DeviceEvidence out;
  out.architecture = architecture;
  out.nonce = nonce;
  out.report = std::move(report);
  TENZRO_ASSIGN_OR_RETURN(out.certificate_chain, usable_chain(name, std::move(chain)));
  return out;
}

Result<Architecture> architecture_of(const std::string& name, std::uint32_t number) {
  if (number == nvml::kArchitectureHopper) {
    return Architecture::hopper;
  }
  if (number == nvml::kArchitectureBlackwell) {
    return Architecture::blackwell;
  }
  return not_available(concat(name, ": evidence of GPUs of the ", architecture_name(number),
                              " generation is not known here: of Hopper and Blackwell it is"));
}

Result<DeviceEvidence> ask_gpu(const Driver& driver, const SharedNvml& nvml, std::uint32_t index, const Nonce& nonce) {
  const std::string name = concat("GPU ", index);
  TENZRO_ASSIGN_OR_RETURN(const auto device,
                          driver.ask<nvml::Device>(name, [nvml, index] { return nvml->device(index); }));
  TENZRO_ASSIGN_OR_RETURN(const auto number,
                          driver.ask<std::uint32_t>(name, [nvml, device] { return nvml->architecture(device); }));
  TENZRO_ASSIGN_OR_RETURN(const Architecture architecture, architecture_of(name, number));
  TENZRO_ASSIGN_OR_RETURN(Bytes chain,
                          driver.ask<Bytes>(name, [nvml, device] { return nvml->certificate_chain(device); }));
  TENZRO_ASSIGN_OR_RETURN(Bytes report,
                          driver.ask<Bytes>(name, [nvml, device, nonce] { return nvml->report(device, nonce); }));
  return evidence_of(name, architecture, nonce, std::move(report), std::move(chain));
}

Result<void> expect_confidential(const ConfidentialState& state) {
  if (!state.on()) {
    return not_available(
        "confidential computing of the GPUs is off: the host turns it on (NVIDIA's gpu-admin-tools) before the guest "
        "starts");
  }
  return {};
}

struct GpuEvidence {
  bool protected_pcie = false;
  std::vector<DeviceEvidence> devices;
};

Result<GpuEvidence> ask_gpus(const Driver& driver, const SharedNvml& nvml, const Nonce& nonce) {
  GpuEvidence out;
  const auto state = driver.ask<ConfidentialState>("the GPUs", [nvml] { return nvml->confidential_state(); });
  if (!state && state.error().code() == ErrorCode::unsupported) {
    return not_available(
        concat("no confidential computing: it takes a GPU of the Hopper generation or later, with a "
               "VBIOS and a driver for it: ",
               state.error().message()));
  }
  if (!state) {
    return state.error();
  }
  TENZRO_RETURN_IF_ERROR(expect_confidential(*state));
  out.protected_pcie = state->protected_pcie();
  TENZRO_ASSIGN_OR_RETURN(const auto count,
                          driver.ask<std::uint32_t>("the GPUs", [nvml] { return nvml->device_count(); }));
  if (count == 0 || count > kMaxDevices) {
    return not_available(concat("the driver runs ", count, " GPUs, expected 1 to ", kMaxDevices));
  }
  for (std::uint32_t index = 0; index < count; ++index) {
    TENZRO_ASSIGN_OR_RETURN(DeviceEvidence one, ask_gpu(driver, nvml, index, nonce));
    out.devices.push_back(std::move(one));
  }
  return out;
}

Result<DeviceEvidence> ask_switch(const Driver& driver, const SharedNscq& nscq, const std::string& label,
                                  const Nonce& nonce) {
  const std::string name = concat("NVSwitch ", label);
  TENZRO_ASSIGN_OR_RETURN(const auto mode,
                          driver.ask<std::int8_t>(name, [nscq, label] { return nscq->pcie_mode(label); }));
  if (mode != nscq::kTrustedNvlinkLocked) {
    return not_available(concat(name, ": trusted NVLink is ", trusted_nvlink_words(mode),
                                ": the host must enable and lock it before the guest starts"));
  }
  TENZRO_ASSIGN_OR_RETURN(Bytes chain,
                          driver.ask<Bytes>(name, [nscq, label] { return nscq->certificate_chain(label); }));
  TENZRO_ASSIGN_OR_RETURN(Bytes report,
                          driver.ask<Bytes>(name, [nscq, label, nonce] { return nscq->report(label, nonce); }));
  return evidence_of(name, Architecture::ls10, nonce, std::move(report), std::move(chain));
}

Result<std::vector<DeviceEvidence>> ask_switches(const Driver& driver, const SharedNscq& nscq, const Nonce& nonce) {
  TENZRO_ASSIGN_OR_RETURN(const auto labels,
                          driver.ask<std::vector<std::string>>("the NVSwitches", [nscq] { return nscq->switches(); }));
  if (labels.empty()) {
    return not_available(
        "the GPUs are in protected PCIe mode, and NSCQ shows no NVSwitch: the host must give the guest "
        "all of them");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto architecture,
                          driver.ask<std::int8_t>("the NVSwitches", [nscq] { return nscq->architecture(); }));
  if (architecture != nscq::kArchitectureLs10) {
    return not_available(
        concat("evidence of NVSwitches of another kind than LS10 is not known here (NSCQ architecture ",
               int{architecture}, ")"));
  }
  std::vector<DeviceEvidence> out;
  for (const std::string& label : labels) {
    TENZRO_ASSIGN_OR_RETURN(DeviceEvidence one, ask_switch(driver, nscq, label, nonce));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::vector<DeviceEvidence>> collect_from_switches(const std::shared_ptr<device::System>& system,
                                                          const Nonce& nonce, const device::Waiting& waiting,
                                                          std::chrono::milliseconds call_limit) {
  const auto library = system->load_library(std::string(kNscqLibrary));
  if (!library) {
    return not_available(
        concat("the GPUs are in protected PCIe mode, where the NVSwitches make evidence too, and there "
               "is no ",
               kNscqLibrary, ": install libnvidia-nscq of the driver's version"));
  }
  const Driver driver(*system, kNscqLibrary, waiting, call_limit);
  TENZRO_ASSIGN_OR_RETURN(auto nscq,
                          driver.ask<SharedNscq>("the NVSwitches", [library] { return Nscq::open(library); }));
  auto out = ask_switches(driver, nscq, nonce);
  driver.end(std::move(nscq));
  return out;
}

}  // namespace

Result<std::vector<DeviceEvidence>> collect_evidence(const std::shared_ptr<device::System>& system,
                                                     std::span<const std::uint8_t, 32> nonce,
                                                     const device::Waiting& waiting,
                                                     std::chrono::milliseconds call_limit) {
  Nonce wanted{};
  std::ranges::copy(nonce, wanted.begin());
  const auto library = find_nvml(*system);
  if (!library) {
    return not_available(concat("there is no ", kNvmlLibrary, ": install NVIDIA's driver"));
  }
  const Driver driver(*system, kNvmlLibrary, waiting, call_limit);
  TENZRO_ASSIGN_OR_RETURN(auto nvml, driver.ask<SharedNvml>("the GPUs", [library] { return Nvml::open(library); }));
  auto gpus = ask_gpus(driver, nvml, wanted);
  driver.end(std::move(nvml));
  if (!gpus) {
    return std::move(gpus).error();
  }
  std::vector<DeviceEvidence> out = std::move(gpus->devices);
  if (gpus->protected_pcie) {
    TENZRO_ASSIGN_OR_RETURN(auto switches, collect_from_switches(system, wanted, waiting, call_limit));
    std::ranges::move(switches, std::back_inserter(out));
  }
  if (out.size() > kMaxDevices) {
    return not_available(concat(out.size(), " devices, at most ", kMaxDevices));
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
