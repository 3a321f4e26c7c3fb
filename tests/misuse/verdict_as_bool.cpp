// SPDX-License-Identifier: Apache-2.0
// A verdict is not a yes or a no: valid() asks, verified() proves.
// REFUSED: could not convert|value of type .* is not contextually convertible
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void judge(const AttestationVerifier& verifier, const AttestationReport& report, const VerifyOptions& options) {
#ifdef MISUSE
  if (verifier.verify(report, options)) {
    return;
  }
#else
  if (verifier.verify(report, options).valid()) {
    return;
  }
#endif
}
