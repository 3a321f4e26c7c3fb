// SPDX-License-Identifier: Apache-2.0
// The environment variables that ask for simulation. They never make anybody accept it.
#pragma once
#include <span>
#include <string_view>

#include "tenzro/tee/platform.hpp"

namespace tenzro::tee {

struct SimulationVariable {
  const char* name;
  Platform platform;
};

/// In the order in which platforms are preferred; the second spelling of a name after the first.
std::span<const SimulationVariable> simulation_variables() noexcept;
/// "true" or "1", and nothing else.
bool is_switched_on(std::string_view value) noexcept;

}  // namespace tenzro::tee
