// SPDX-License-Identifier: Apache-2.0
// Bytes put together of parts.
#pragma once
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace tenzro::tee::test
