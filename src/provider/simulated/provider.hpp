// SPDX-License-Identifier: Apache-2.0
// The provider of a machine without hardware: the vendors' formats under keys that everybody knows.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::simulated {

/// The names that make_provider takes; empty for a platform that is not imitated.
std::vector<std::string_view> claim_names(Platform imitates);
/// machine: the clock. Errors as make_simulated_provider.
Result<std::unique_ptr<TeeProvider>> make_provider(std::shared_ptr<device::System> machine, Platform imitates,
                                                   const SimulatedClaims& claims);

}  // namespace tenzro::tee::simulated
