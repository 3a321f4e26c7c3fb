// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/ready_state.hpp"

#include <functional>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "provider/nvidia/inventory.hpp"
#include "provider/nvidia/nvml.hpp"

namespace tenzro::tee::nvidia {

namespace {

/// What a driver does not support is not there, for a caller.
Error as_not_available(Error error) {
  return error.code() == ErrorCode::unsupported ? Error(ErrorCode::not_available, error.message()) : std::move(error);
}

Result<void> expect_confidential(device::System& system, Nvml& nvml) {
  const auto state = nvml.confidential_state();
  if (!state) {
    return as_not_available(state.error());
  }
  if (!state->on()) {
    return Error(ErrorCode::not_available,
                 "confidential computing of the GPUs is off: they accept work without being told");
  }
  remember_confidential(system);  // what comes next may hang
  return {};
}

template <class T>
Result<T> with_nvml(const std::shared_ptr<device::System>& system, const Patience& patience,
                    std::function<Result<T>(Nvml&)> job, std::string_view if_unanswered = {}) {
  const auto library = find_nvml(*system);
  if (!library) {
    return Error(ErrorCode::not_available, concat("there is no ", kNvmlLibrary, ": install NVIDIA's driver"));
  }
  const std::string name(kNvmlLibrary);
  return system->queue(name).run<T>(
      name, patience,
      [system, library, job = std::move(job)](const device::Waiting&) -> Result<T> {
        auto nvml = Nvml::open(library);
        if (!nvml) {
          return as_not_available(std::move(nvml).error());
        }
        TENZRO_RETURN_IF_ERROR(expect_confidential(*system, **nvml));
        return job(**nvml);
      },
      if_unanswered);
}

}  // namespace

Result<GpuReadyState> ready_state(const std::shared_ptr<device::System>& system, const Patience& patience) {
  return with_nvml<GpuReadyState>(system, patience, [](Nvml& nvml) -> Result<GpuReadyState> {
    const auto ready = nvml.ready_state();
    if (!ready) {
      return as_not_available(ready.error());
    }
    return *ready == 1 ? GpuReadyState::ready : GpuReadyState::not_ready;
  });
}

Result<void> set_ready_state(const std::shared_ptr<device::System>& system, GpuReadyState state,
                             const Patience& patience) {
  return with_nvml<void>(
      system, patience,
      [state](Nvml& nvml) -> Result<void> {
        const auto set = nvml.set_ready_state(state == GpuReadyState::ready);
        return set ? Result<void>() : as_not_available(set.error());
      },
      "the state may be set, or may yet be: read it before trying again");
}

}  // namespace tenzro::tee::nvidia

namespace tenzro::tee {

Result<GpuReadyState> gpu_ready_state(const Patience& patience) {
  return nvidia::ready_state(device::this_machine(), patience);
}

Result<void> set_gpu_ready_state(GpuReadyState state, const Patience& patience) {
  return nvidia::set_ready_state(device::this_machine(), state, patience);
}

}  // namespace tenzro::tee
