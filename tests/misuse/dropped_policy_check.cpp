// SPDX-License-Identifier: Apache-2.0
// A policy whose contradictions nobody hears of.
// REFUSED: unused-result|nodiscard
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void read(PolicyRules rules) {
#ifdef MISUSE
  Policy::from_rules(std::move(rules));
#else
  if (!Policy::from_rules(std::move(rules))) {
    return;
  }
#endif
}
