// SPDX-License-Identifier: Apache-2.0
#include "device/pause.hpp"

#include <algorithm>

namespace tenzro::tee::device {

bool pause(System& system, std::chrono::milliseconds duration, const Waiting& waiting) {
  constexpr std::chrono::milliseconds kPiece{50};
  while (duration.count() > 0) {
    if (waiting.over()) {
      return false;
    }
    const auto piece = std::min(duration, kPiece);
    system.sleep(piece);
    duration -= piece;
  }
  return !waiting.over();
}

}  // namespace tenzro::tee::device
