// SPDX-License-Identifier: Apache-2.0
// A structure of known size, read by offset: one length check at run time, every field checked by the compiler.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// A view of exactly Size bytes. The bytes stay the caller's.
/// Threads: const members may be called from several threads at once.
template <std::size_t Size>
class FixedView {
 public:
  explicit constexpr FixedView(std::span<const std::uint8_t, Size> bytes) : bytes_(bytes) {}

  /// Nothing unless in has exactly Size bytes.
  static constexpr std::optional<FixedView> exactly(ByteView in) {
    if (in.size() != Size) {
      return std::nullopt;
    }
    return FixedView(in.template first<Size>());
  }

  template <std::size_t Offset, std::size_t Count>
  constexpr std::span<const std::uint8_t, Count> bytes() const {
    static_assert(Count <= Size && Offset <= Size - Count, "field lies outside the structure");
    return bytes_.template subspan<Offset, Count>();
  }

  /// A copy of the field, for claims that outlive the evidence.
  template <std::size_t Offset, std::size_t Count>
  constexpr ByteArray<Count> array() const {
    ByteArray<Count> out{};
    const auto field = bytes<Offset, Count>();
    for (std::size_t i = 0; i < Count; ++i) {
      out[i] = field[i];
    }
    return out;
  }

  template <std::unsigned_integral U, std::size_t Offset>
  constexpr U le() const {
    const auto field = bytes<Offset, sizeof(U)>();
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(U); i-- > 0;) {
      value = (value << 8) | field[i];
    }
    return static_cast<U>(value);
  }

  constexpr std::span<const std::uint8_t, Size> all() const { return bytes_; }

 private:
  std::span<const std::uint8_t, Size> bytes_;
};

}  // namespace tenzro::tee
