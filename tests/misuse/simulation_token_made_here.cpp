// SPDX-License-Identifier: Apache-2.0
// Making the permission without its alarming name.
// REFUSED: is private|private constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(VerifyOptions options) {
#ifdef MISUSE
  const InsecureSimulation token{};
  options.accept_simulated(token);
#else
  const InsecureSimulation token = InsecureSimulation::for_development_only();
  options.accept_simulated(token);
#endif
}
