// SPDX-License-Identifier: Apache-2.0
// Bytes whose lengths are in the data: consumed from the front, each read named, the end demanded.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/text.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// Views into the caller's bytes. Names must be literals: they are kept as views for messages.
/// Threads: one thread at a time.
class ByteReader {
 public:
  ByteReader(std::string_view what, ByteView in) : what_(what), rest_(in) {}

  std::size_t remaining() const noexcept { return rest_.size(); }
  ByteView rest() const noexcept { return rest_; }

  /// malformed_input, naming the field, when fewer than n bytes are left.
  Result<ByteView> take(std::string_view field, std::size_t n) {
    if (n > rest_.size()) {
      return Error(ErrorCode::malformed_input,
                   concat(what_, ".", field, ": needs ", n, " bytes at offset ", at_, ", ", rest_.size(), " left"));
    }
    const ByteView out = rest_.first(n);
    rest_ = rest_.subspan(n);
    at_ += n;
    return out;
  }

  template <std::size_t N>
  Result<std::span<const std::uint8_t, N>> take(std::string_view field) {
    auto bytes = take(field, N);
    if (!bytes) {
      return std::move(bytes).error();
    }
    return bytes->template first<N>();
  }

  template <std::unsigned_integral U>
  Result<U> le(std::string_view field) {
    auto bytes = take(field, sizeof(U));
    if (!bytes) {
      return std::move(bytes).error();
    }
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(U); i-- > 0;) {
      value = (value << 8) | (*bytes)[i];
    }
    return static_cast<U>(value);
  }

  template <std::unsigned_integral U>
  Result<U> be(std::string_view field) {
    auto bytes = take(field, sizeof(U));
    if (!bytes) {
      return std::move(bytes).error();
    }
    std::uint64_t value = 0;
    for (const std::uint8_t byte : *bytes) {
      value = (value << 8) | byte;
    }
    return static_cast<U>(value);
  }

  /// A reader that cannot see past its own n bytes.
  Result<ByteReader> sub(std::string_view field, std::size_t n) {
    auto bytes = take(field, n);
    if (!bytes) {
      return std::move(bytes).error();
    }
    return ByteReader(field, *bytes);
  }

  /// malformed_input when anything is left over.
  Result<void> expect_end() const {
    if (rest_.empty()) {
      return {};
    }
    return Error(ErrorCode::malformed_input, concat(what_, ": ", rest_.size(), " unexpected bytes at offset ", at_));
  }

 private:
  std::string_view what_;
  ByteView rest_;
  std::size_t at_ = 0;
};

}  // namespace tenzro::tee
