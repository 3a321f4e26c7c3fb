// SPDX-License-Identifier: Apache-2.0
// An empty proof.
// REFUSED: no matching (function|constructor)
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void use(const VerificationResult& verdict) {
#ifdef MISUSE
  (void)verdict;
  const VerifiedReport proof;
#else
  const auto proof = verdict.verified();
  if (!proof) {
    return;
  }
#endif
}
