// SPDX-License-Identifier: Apache-2.0
// One reason why something was refused or deserves a warning.
#pragma once
#include <string>

namespace tenzro::tee {

/// One reason, for programs (code, stable snake_case) and people (message).
struct Finding {
  std::string check;  ///< "format", "platform", "signature", "chain", "revocation", "freshness", "user_data", "nonce",
                      ///< "event_log", "tcb", "policy" or "device"
  std::string code;   ///< "certificate_expired", "unknown_critical_extension", ...
  std::string message;  ///< one line: what was found, what was wanted, what to do
};

}  // namespace tenzro::tee
