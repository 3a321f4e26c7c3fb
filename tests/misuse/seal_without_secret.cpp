// SPDX-License-Identifier: Apache-2.0
// Measurements, which are public, in place of a root.
// REFUSED: no matching|could not convert|cannot convert|no viable|invalid initialization
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(TeeProvider& provider, const AttestationReport& report, const SealKeyId& key_id, ByteView plaintext) {
#ifdef MISUSE
  const auto sealed = seal(key_id, plaintext, report.evidence);
  (void)provider;
#else
  const auto sealed = seal(key_id, plaintext, provider);
  (void)report;
#endif
  (void)sealed;
}
