// SPDX-License-Identifier: Apache-2.0
// A Result whose value could be mistaken for its success.
// REFUSED: use Result<void> or an enum
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void decide() {
#ifdef MISUSE
  const Result<bool> answer = true;
#else
  const Result<void> answer;
  if (!answer) {
    return;
  }
#endif
}
