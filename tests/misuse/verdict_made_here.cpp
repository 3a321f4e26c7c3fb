// SPDX-License-Identifier: Apache-2.0
// A verdict that no verifier reached.
// REFUSED: is private|private constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void use(const VerificationResult& verdict) {
#ifdef MISUSE
  (void)verdict;
  const VerificationResult mine;
#else
  const VerificationResult mine = verdict;
  if (!mine.valid()) {
    return;
  }
#endif
}
