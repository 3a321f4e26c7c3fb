// SPDX-License-Identifier: Apache-2.0
// Evidence that answers nobody.
// REFUSED: no matching|could not convert|no viable|ambiguous|initializer
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void attest(TeeProvider& provider, const Challenge& challenge) {
#ifdef MISUSE
  const auto report = provider.generate_attestation({});
  (void)challenge;
#else
  const auto report = provider.generate_attestation(ReportData::bind(challenge, {}));
#endif
  (void)report;
}
