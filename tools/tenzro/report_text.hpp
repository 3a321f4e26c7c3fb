// SPDX-License-Identifier: Apache-2.0
// Evidence that was just made, for people.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/report.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

/// made_by: the provider's name.
std::string report_text(const tee::AttestationReport& report, std::string_view made_by, const Painter& painter);

}  // namespace tenzro::cli
