// SPDX-License-Identifier: Apache-2.0
// A verdict that nobody reads.
// REFUSED: unused-result|nodiscard
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void judge(const AttestationVerifier& verifier, const AttestationReport& report, const VerifyOptions& options) {
#ifdef MISUSE
  verifier.verify(report, options);
#else
  const VerificationResult verdict = verifier.verify(report, options);
  if (!verdict.valid()) {
    return;
  }
#endif
}
