// SPDX-License-Identifier: Apache-2.0
// Bytes of any length taken for a challenge.
// REFUSED: is private|private constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(Bytes received) {
#ifdef MISUSE
  const Challenge challenge(std::move(received));
#else
  if (!Challenge::from_bytes(received)) {
    return;
  }
#endif
}
