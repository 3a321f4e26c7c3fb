// SPDX-License-Identifier: Apache-2.0
// DER by hand, so that tests can write what no encoder would.
#pragma once
#include <cstdint>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// An element around content, which is shorter than 16 MiB; its length in the fewest bytes.
inline Bytes tlv(std::uint8_t tag, const Bytes& content) {
  const auto octet = [size = content.size()](unsigned shift) { return static_cast<std::uint8_t>(size >> shift); };
  Bytes out = {tag};
  if (content.size() >= 0x10000) {
    out.insert(out.end(), {0x83, octet(16), octet(8)});
  } else if (content.size() >= 0x100) {
    out.insert(out.end(), {0x82, octet(8)});
  } else if (content.size() >= 0x80) {
    out.push_back(0x81);
  }
  out.push_back(octet(0));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

}  // namespace tenzro::tee::test
