// SPDX-License-Identifier: Apache-2.0
// A secret compared byte by byte, at a speed that tells where it differs.
// REFUSED: no match for .operator==|invalid operands
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(const SecretBytes& one, const SecretBytes& other) {
#ifdef MISUSE
  if (one == other) {
    return;
  }
#else
  if (one.size() == other.size()) {
    return;
  }
#endif
}
