// SPDX-License-Identifier: Apache-2.0
// A key id that nobody looked at: two spellings of one name would be two keys.
// REFUSED: no matching|could not convert|cannot convert|no viable|invalid initialization
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(TeeProvider& provider, ByteView plaintext) {
#ifdef MISUSE
  const auto sealed = seal("model key", plaintext, provider);
#else
  const auto key_id = SealKeyId::parse("model-key");
  if (!key_id) {
    return;
  }
  const auto sealed = seal(*key_id, plaintext, provider);
#endif
  (void)sealed;
}
