// SPDX-License-Identifier: Apache-2.0
// A verdict for people.
#pragma once
#include <string>

#include "commands.hpp"
#include "tenzro/tee/verifier.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

/// Quiet: the verdict line alone. Verbose: every claim, and what no policy pins.
std::string verdict_text(const tee::VerificationResult& verdict, const Globals& globals, const Painter& painter);

/// What a person can do about a finding; empty when its message has to do.
std::string_view advice_for(const tee::Finding& finding) noexcept;

}  // namespace tenzro::cli
