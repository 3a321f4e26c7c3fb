// SPDX-License-Identifier: Apache-2.0
// A secret that slips out where bytes are asked for.
// REFUSED: convert|no viable conversion|invalid initialization|no matching
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(const SecretBytes& secret) {
#ifdef MISUSE
  const std::string text = to_hex(secret);
#else
  const ByteView shown = secret.reveal();
  (void)shown;
#endif
}
