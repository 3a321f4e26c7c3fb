// SPDX-License-Identifier: Apache-2.0
// A hardware profile for people.
#pragma once
#include <string>

#include "commands.hpp"
#include "tenzro/tee/hardware.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

/// Quiet: the usable TEEs alone, one a line, or "none". Verbose: why each interface that is not there is missing.
std::string hardware_text(const tee::HardwareProfile& profile, const Globals& globals, const Painter& painter);

}  // namespace tenzro::cli
