// SPDX-License-Identifier: Apache-2.0
// A policy without rules, which nothing would fail.
// REFUSED: no matching (function|constructor)
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(PolicyRules rules) {
#ifdef MISUSE
  (void)rules;
  const Policy policy;
#else
  const auto policy = Policy::from_rules(std::move(rules));
  if (!policy) {
    return;
  }
#endif
}
