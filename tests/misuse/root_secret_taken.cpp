// SPDX-License-Identifier: Apache-2.0
// Taking the root's secret from the provider, past key derivation.
// REFUSED: is private|private constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(TeeProvider& provider, const SealKeyId& key_id) {
#ifdef MISUSE
  const auto key = provider.sealing_root({}, SealingRequest{});
  (void)key_id;
#else
  const auto key = SealingKey::make(key_id, provider);
#endif
  (void)key;
}
