// SPDX-License-Identifier: Apache-2.0
// Text where the hardware is to sign bytes of a challenge.
// REFUSED: no matching|could not convert|cannot convert|no viable|invalid initialization|could not bind
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void attest(TeeProvider& provider, const Challenge& challenge) {
#ifdef MISUSE
  const auto report = provider.generate_attestation("nonce");
  (void)challenge;
#else
  const auto report = provider.generate_attestation(ReportData::bind(challenge, {}));
#endif
  (void)report;
}
