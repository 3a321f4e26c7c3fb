// SPDX-License-Identifier: Apache-2.0
// Numbers inside the formulas: fixed width, most significant byte first.
#pragma once
#include <concepts>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::binding {

template <std::unsigned_integral U>
constexpr ByteArray<sizeof(U)> big_endian(U value) {
  ByteArray<sizeof(U)> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (out.size() - 1 - i)));
  }
  return out;
}

}  // namespace tenzro::tee::binding
