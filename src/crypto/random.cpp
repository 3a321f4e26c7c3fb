// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace tenzro::tee::crypto {

void fill_random(std::span<std::uint8_t> out) noexcept {
  while (!out.empty()) {
    // Large requests come back short when a signal arrives: getrandom(2), "Interruption by a signal handler".
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      std::abort();
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace tenzro::tee::crypto
