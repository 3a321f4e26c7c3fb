// SPDX-License-Identifier: Apache-2.0
// A copy of a secret.
// REFUSED: use of deleted function|call to deleted constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(SecretBytes secret) {
#ifdef MISUSE
  const SecretBytes copy = secret;
#else
  const SecretBytes moved = std::move(secret);
  (void)moved.size();
#endif
}
