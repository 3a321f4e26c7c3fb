// SPDX-License-Identifier: Apache-2.0
// Which TEE hardware a machine has, which of it can be used, and what stands in for it where there is none.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "device/system.hpp"
#include "provider/nvidia/inventory.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

using Providers = std::vector<std::unique_ptr<TeeProvider>>;

struct Survey {
  nvidia::Inventory gpus;
  std::vector<ProbeFinding> findings;

  /// Any sign of hardware, usable or not: then nothing is simulated.
  bool shows_hardware() const noexcept;
};
Survey survey_machine(const std::shared_ptr<device::System>& machine);

/// The hardware's providers, or, where no hardware shows, those that the environment asks for. Best first, then in the
/// order that is preferred. The warning about simulation is left to the caller.
Providers make_providers(const std::shared_ptr<device::System>& machine, const Survey& survey,
                         const DetectOptions& options);

/// Why there is no provider: each interface, and what was set and has no effect.
Error no_provider(device::System& machine, const Survey& survey, const DetectOptions& options);

/// One line on standard error when these are imitations.
void warn_of_simulation(device::System& machine, const Providers& providers);

/// As the functions without a machine.
Result<std::unique_ptr<TeeProvider>> detect_tee_on(const std::shared_ptr<device::System>& machine,
                                                   const DetectOptions& options);
Providers detect_all_tees_on(const std::shared_ptr<device::System>& machine, const DetectOptions& options);

}  // namespace tenzro::tee
