// SPDX-License-Identifier: Apache-2.0
// What cannot fail, short of no memory, a broken OpenSSL or a maker's specification that makes no sense.
#pragma once
#include <cstdio>
#include <cstdlib>

#include "crypto/openssl_handles.hpp"

namespace tenzro::tee::simulated {

/// Nothing from outside reaches these makers, so a failure here is a bug or a broken installation: say where, and stop.
/// std::bad_alloc where OpenSSL says that it had no memory.
inline void ensure(bool holds, const char* what) {
  if (!holds) {
    crypto::forget_errors();
    (void)std::fprintf(stderr, "tenzro: simulated evidence: %s\n", what);
    std::abort();
  }
}

}  // namespace tenzro::tee::simulated
