// SPDX-License-Identifier: Apache-2.0
// A verdict that is looked at, and a proof that is thrown away.
// REFUSED: unused-result|nodiscard
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void use(VerificationResult verdict) {
#ifdef MISUSE
  std::move(verdict).verified();
#else
  if (!std::move(verdict).verified()) {
    return;
  }
#endif
}
