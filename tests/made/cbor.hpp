// SPDX-License-Identifier: Apache-2.0
// CBOR by hand, so that tests can write what no encoder would.
#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "made/joined.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// The head of an item; width: bytes after the initial one (0, 1, 2, 4, 8), or -1 for the fewest that hold the value.
inline Bytes cbor_head(std::uint8_t major, std::uint64_t value, int width = -1) {
  if (width < 0) {
    width = value < 24 ? 0 : (value < 0x100 ? 1 : (value < 0x10000 ? 2 : (value < 0x100000000 ? 4 : 8)));
  }
  const std::uint8_t info = width == 0   ? static_cast<std::uint8_t>(value)
                            : width == 1 ? 24
                            : width == 2 ? 25
                            : width == 4 ? 26
                                         : 27;
  Bytes out = {static_cast<std::uint8_t>((major << 5) | info)};
  for (int i = width; i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return out;
}

inline Bytes cbor_unsigned(std::uint64_t value) { return cbor_head(0, value); }
inline Bytes cbor_bytes(const Bytes& value) { return joined({cbor_head(2, value.size()), value}); }
inline Bytes cbor_text(std::string_view value) {
  return joined({cbor_head(3, value.size()), Bytes(value.begin(), value.end())});
}
inline Bytes cbor_null() { return {0xf6}; }

/// Pairs of a map, keys and values as they are encoded.
using CborPairs = std::vector<std::pair<Bytes, Bytes>>;
inline Bytes cbor_map(const CborPairs& pairs, bool indefinite = false) {
  Bytes out = indefinite ? Bytes{0xbf} : cbor_head(5, pairs.size());
  for (const auto& [key, value] : pairs) {
    out = joined({out, key, value});
  }
  return indefinite ? joined({out, {0xff}}) : out;
}
inline Bytes cbor_array(const std::vector<Bytes>& items, bool indefinite = false) {
  Bytes out = indefinite ? Bytes{0x9f} : cbor_head(4, items.size());
  for (const Bytes& item : items) {
    out = joined({out, item});
  }
  return indefinite ? joined({out, {0xff}}) : out;
}

/// COSE_Sign1 whose parts are as they are encoded; the defaults are those of a genuine document.
struct MadeSign1 {
  Bytes tag{};
  Bytes protected_header = cbor_bytes({0xa1, 0x01, 0x38, 0x22});
  Bytes unprotected = {0xa0};
  Bytes payload = cbor_bytes({0xa0});
  Bytes signature = cbor_bytes(Bytes(96, 0x5a));

  Bytes bytes() const { return joined({tag, cbor_array({protected_header, unprotected, payload, signature})}); }
};

}  // namespace tenzro::tee::test
