// SPDX-License-Identifier: Apache-2.0
// Accepting simulated evidence by an empty pair of braces.
// REFUSED: is private|private constructor|private member
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(VerifyOptions options) {
#ifdef MISUSE
  options.accept_simulated({});
#else
  options.accept_simulated(InsecureSimulation::for_development_only());
#endif
}
