// SPDX-License-Identifier: Apache-2.0
// Byte types, their text forms, and secrets.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;
using UtcTime = std::chrono::sys_seconds;

std::string to_hex(ByteView bytes);                ///< lowercase, no prefix
Result<Bytes> from_hex(std::string_view text);     ///< even length, either case, no separators; else malformed_input
std::string to_base64(ByteView bytes);             ///< RFC 4648 section 4, padded
Result<Bytes> from_base64(std::string_view text);  ///< strict: no white space, padding required
std::string to_rfc3339(UtcTime time);              ///< "2026-11-22T07:00:00Z"
/// "2026-11-22T07:00:00.123Z"
std::string to_rfc3339(std::chrono::sys_time<std::chrono::milliseconds> time);
/// "2026-11-22T07:00:00Z", with an optional fraction (cut off) and any numeric offset; years 1970 to 9999.
Result<UtcTime> from_rfc3339(std::string_view text);

/// Bytes that the prover chose, quoted from evidence for display. On purpose not convertible to ByteView: an
/// expectation (ReportData, EvidenceNonce) cannot be made from them by accident.
struct QuotedBytes {
  Bytes value;
};

/// Bytes that must not leak: move-only, wiped on destruction, never printed or compared with ==. They stand in memory
/// that is left out of core dumps and, as far as RLIMIT_MEMLOCK goes, locked.
/// Threads: const members may be called from several threads at once; moving needs the object for itself.
class SecretBytes {
 public:
  explicit SecretBytes(Bytes&& takes_over);  ///< copies and wipes them: nothing is left in ordinary memory
  explicit SecretBytes(std::size_t size);    ///< zeros, to be filled
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();
  std::size_t size() const noexcept { return size_; }
  /// Named so that every use shows in review; valid while *this lives.
  ByteView reveal() const noexcept { return {data_, size_}; }
  std::span<std::uint8_t> fill() noexcept { return {data_, size_}; }  ///< likewise, for whoever makes the secret

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tenzro::tee
