// SPDX-License-Identifier: Apache-2.0
// A challenge typed as text.
// REFUSED: no matching|could not convert|invalid initialization|no viable conversion|is private
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(ByteView received) {
#ifdef MISUSE
  const VerifyOptions options = VerifyOptions::bound_to(Challenge("nonce"));
  (void)received;
#else
  const auto challenge = Challenge::from_bytes(received);
  if (!challenge) {
    return;
  }
  const VerifyOptions options = VerifyOptions::bound_to(*challenge);
  (void)options;
#endif
}
