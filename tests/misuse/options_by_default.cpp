// SPDX-License-Identifier: Apache-2.0
// Options that forget what the evidence must be bound to.
// REFUSED: no matching (function|constructor)
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(const Challenge& challenge) {
#ifdef MISUSE
  VerifyOptions options;
  (void)challenge;
#else
  const VerifyOptions options = VerifyOptions::bound_to(challenge);
  (void)options;
#endif
}
