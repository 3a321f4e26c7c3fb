// SPDX-License-Identifier: Apache-2.0
// Accepting simulated evidence by a flag.
// REFUSED: convert|no viable conversion
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(VerifyOptions options) {
#ifdef MISUSE
  options.accept_simulated(true);
#else
  options.accept_simulated(InsecureSimulation::for_development_only());
#endif
}
