// SPDX-License-Identifier: Apache-2.0
// Inputs of the targets that sign again: not evidence, but a short list of edits to evidence that is accepted. The
// empty list leaves it as it is, so that every input is near to what passes, and no signature is in the way.
//
// An input is two bytes (which evidence, and switches) and records of 16 bytes: which part, what to do, where (16 bits,
// little-endian), how many of the bytes that follow count, and 11 bytes. Cut records are padded with zeros.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::fuzz {

inline constexpr std::size_t kEditHead = 2;
inline constexpr std::size_t kEditSize = 16;
inline constexpr std::size_t kMaxEdits = 12;

struct Edit {
  std::uint8_t part = 0, operation = 0;
  std::uint16_t where = 0;
  std::uint8_t size_byte = 0;  ///< as it stands; value() is cut by it
  std::array<std::uint8_t, 11> bytes{};

  ByteView value() const { return ByteView(bytes).first(size_byte % (bytes.size() + 1)); }
  std::uint64_t number() const {
    std::uint64_t out = 0;
    for (const std::uint8_t byte : value().first(std::min<std::size_t>(value().size(), 8))) {
      out = (out << 8U) | byte;
    }
    return out;
  }
};

struct EditList {
  std::uint8_t shape = 0, switches = 0;
  std::vector<Edit> edits;

  bool has(std::uint8_t bit) const { return (switches & bit) != 0; }
};

inline EditList read_edits(ByteView input) {
  EditList out;
  if (!input.empty()) {
    out.shape = input[0];
  }
  if (input.size() > 1) {
    out.switches = input[1];
  }
  for (std::size_t at = kEditHead; at < input.size() && out.edits.size() < kMaxEdits; at += kEditSize) {
    std::array<std::uint8_t, kEditSize> record{};
    std::ranges::copy(input.subspan(at, std::min(kEditSize, input.size() - at)), record.begin());
    Edit edit{record[0], record[1], static_cast<std::uint16_t>(record[2] | (record[3] << 8)), record[4], {}};
    std::copy(record.begin() + 5, record.end(), edit.bytes.begin());
    out.edits.push_back(edit);
  }
  return out;
}

/// One edit of bytes without a structure, or regardless of it.
inline void edit_bytes(Bytes& target, const Edit& edit) {
  const std::size_t at = target.empty() ? 0 : edit.where % target.size();
  const auto here = target.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t left = target.size() - at;
  const ByteView value = edit.value();
  switch (edit.operation % 8) {
    case 0:  // overwrite
    case 1:
      std::copy_n(value.begin(), std::min(value.size(), left), here);
      break;
    case 2:  // flip
      for (std::size_t i = 0; i < std::min(value.size(), left); ++i) {
        here[static_cast<std::ptrdiff_t>(i)] ^= value[i];
      }
      break;
    case 3:  // add to the byte
      if (left > 0) {
        *here = static_cast<std::uint8_t>(*here + edit.bytes[0]);
      }
      break;
    case 4:  // fill
      std::fill_n(here, std::min<std::size_t>(edit.size_byte, left), edit.bytes[0]);
      break;
    case 5:
      target.insert(here, value.begin(), value.end());
      break;
    case 6:
      target.erase(here, here + static_cast<std::ptrdiff_t>(std::min<std::size_t>(edit.size_byte, left)));
      break;
    default:
      target.resize(at);
  }
}

}  // namespace tenzro::tee::fuzz
