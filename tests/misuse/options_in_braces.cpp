// SPDX-License-Identifier: Apache-2.0
// The same, spelled as an empty pair of braces.
// REFUSED: could not convert|no matching|no viable|initializer
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void judge(const AttestationVerifier& verifier, const AttestationReport& report, const Challenge& challenge) {
#ifdef MISUSE
  (void)challenge;
  if (verifier.verify(report, {}).valid()) {
    return;
  }
#else
  if (verifier.verify(report, VerifyOptions::bound_to(challenge)).valid()) {
    return;
  }
#endif
}
