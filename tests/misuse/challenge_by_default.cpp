// SPDX-License-Identifier: Apache-2.0
// A challenge that was never drawn.
// REFUSED: no matching (function|constructor)
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose() {
#ifdef MISUSE
  const Challenge challenge;
#else
  const Challenge challenge = Challenge::random();
  (void)challenge;
#endif
}
