// SPDX-License-Identifier: Apache-2.0
// Data released on a report instead of on the proof that it is good.
// REFUSED: invalid initialization|convert|no viable conversion|no matching
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void release_to(const VerifiedReport&) {}

void use(const AttestationReport& report, const VerificationResult& verdict) {
#ifdef MISUSE
  (void)verdict;
  release_to(report);
#else
  (void)report;
  if (const auto proof = verdict.verified()) {
    release_to(*proof);
  }
#endif
}
