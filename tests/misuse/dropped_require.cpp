// SPDX-License-Identifier: Apache-2.0
// A demand whose answer is ignored.
// REFUSED: unused-result|nodiscard
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void judge(const AttestationVerifier& verifier, const AttestationReport& report, const VerifyOptions& options) {
#ifdef MISUSE
  verifier.require(report, options);
#else
  if (!verifier.require(report, options)) {
    return;
  }
#endif
}
