// SPDX-License-Identifier: Apache-2.0
// A failure that is dropped on the way.
// REFUSED: unused-result|nodiscard
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void read(std::string_view text) {
#ifdef MISUSE
  from_hex(text);
#else
  if (!from_hex(text)) {
    return;
  }
#endif
}
