// SPDX-License-Identifier: Apache-2.0
// Claims read off a verdict as if it were the proof.
// REFUSED: has no member|no member named
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void use(const VerificationResult& verdict) {
#ifdef MISUSE
  const Claims& claims = verdict.claims();
#else
  if (const auto proof = verdict.verified()) {
    (void)proof->claims();
  }
#endif
}
