// SPDX-License-Identifier: Apache-2.0
// One reason why something was refused or deserves a warning, and what every such reason means.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tenzro::tee {

/// One reason, for programs (code, stable snake_case) and people (message).
struct Finding {
  std::string check;  ///< "format", "platform", "signature", "chain", "revocation", "freshness", "user_data", "nonce",
                      ///< "event_log", "tcb", "policy" or "device"
  std::string code;   ///< "certificate_expired", "unknown_critical_extension", ...; find_help() explains each
  std::string message;  ///< one line: what was found, what was wanted
};

/// What a finding code means wherever it comes up, one sentence each, without a period.
struct FindingHelp {
  std::string_view code;
  std::string_view meaning;
  std::string_view advice;  ///< what to do about it
};

/// Every code that a verdict can carry, as failure or as warning, sorted by code.
std::span<const FindingHelp> finding_catalogue() noexcept;
/// nullptr for a code that this version does not know.
const FindingHelp* find_help(std::string_view code) noexcept;

}  // namespace tenzro::tee
