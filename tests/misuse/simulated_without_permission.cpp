// SPDX-License-Identifier: Apache-2.0
// A simulated provider that nobody has to ask permission for.
// REFUSED: could not convert|no matching|no viable|is private|explicit|initializer|private constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void imitate() {
#ifdef MISUSE
  const auto provider = make_simulated_provider(Platform::intel_tdx, {});
#else
  const auto provider = make_simulated_provider(Platform::intel_tdx, InsecureSimulation::for_development_only());
#endif
  (void)provider;
}
