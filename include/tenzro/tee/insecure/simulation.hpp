// SPDX-License-Identifier: Apache-2.0
// The permission token for simulated evidence.
#pragma once

namespace tenzro::tee {

/// Permission to accept evidence that proves nothing. Every place that needs it takes one of these by value, so
/// searching for "InsecureSimulation" lists every such place in a program. No environment variable stands in for it.
class InsecureSimulation {
 public:
  static InsecureSimulation for_development_only() noexcept { return InsecureSimulation{}; }

 private:
  // User-provided on purpose: "{}" must not convert to it.
  InsecureSimulation() {}  // NOLINT(modernize-use-equals-default)
};

}  // namespace tenzro::tee
