// SPDX-License-Identifier: Apache-2.0
// Wire structures, written field by field.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// Appends fields one after another, integers little-endian.
class ByteWriter {
 public:
  void put(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void zeros(std::size_t count) { out_.resize(out_.size() + count); }
  template <std::unsigned_integral U>
  void le(U value) {
    std::uint64_t rest = value;
    for (std::size_t i = 0; i < sizeof(U); ++i, rest >>= 8) {
      out_.push_back(static_cast<std::uint8_t>(rest & 0xff));
    }
  }
  std::size_t size() const noexcept { return out_.size(); }
  Bytes take() && { return std::move(out_); }

 private:
  Bytes out_;
};

}  // namespace tenzro::tee::simulated
