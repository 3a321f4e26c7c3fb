// SPDX-License-Identifier: Apache-2.0
// lp(x) = u16 big-endian length || x: an encoding in which no two lists of texts are the same bytes.
#pragma once
#include <string_view>

#include "core/encoded_text.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::seal_format {

inline void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// bytes: at most 65535, which the caller has checked.
inline void append_prefixed(Bytes& out, ByteView bytes) {
  out.push_back(static_cast<std::uint8_t>(bytes.size() >> 8U));
  out.push_back(static_cast<std::uint8_t>(bytes.size()));
  append(out, bytes);
}

/// label || 0x00 || lp(vendor_tag) || lp(key_id)
inline Bytes labelled(std::string_view label, std::string_view vendor_tag, std::string_view key_id) {
  Bytes out;
  append(out, as_bytes(label));
  out.push_back(0);
  append_prefixed(out, as_bytes(vendor_tag));
  append_prefixed(out, as_bytes(key_id));
  return out;
}

}  // namespace tenzro::tee::seal_format
