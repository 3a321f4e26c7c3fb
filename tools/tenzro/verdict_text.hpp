// SPDX-License-Identifier: Apache-2.0
// A verdict for people.
#pragma once
#include <string>

#include "commands.hpp"
#include "tenzro/tee/verifier.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

/// Quiet: the verdict line alone. Verbose: every claim, what each check compared, and what no policy pins.
std::string verdict_text(const tee::VerificationResult& verdict, const Globals& globals, const Painter& painter);

}  // namespace tenzro::cli
