// SPDX-License-Identifier: Apache-2.0
// COSE_Sign1 (RFC 9052) with ES384 (RFC 9053), in the one form that AWS writes.
#pragma once
#include <array>
#include <cstdint>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::cose {

inline constexpr std::size_t kMaxPayload = std::size_t{16} << 10;
inline constexpr std::size_t kEs384SignatureSize = 96;

/// A signed message. Every view points into the bytes given to parse_sign1, which must outlive it.
struct Sign1 {
  bool tagged = false;  ///< tag 18 stood before it; that is not signed
  ByteView payload;     ///< 1 byte to 16 KiB
  ByteView signature;   ///< 96 bytes: r || s, big-endian
};

/// True when the bytes claim to be COSE: an array, tagged or not, whose first item is a byte string.
bool looks_like_sign1(ByteView bytes) noexcept;

/// Exactly: an array of four, tagged 18 or not; protected header {1: -35} (ES384) and nothing else; an empty
/// unprotected header; the payload; a signature of 96 bytes; all in definite lengths and shortest heads, so that what
/// is not signed has one spelling. unsupported: another protected or unprotected header. malformed_input: anything
/// else. Allocates nothing on success.
Result<Sign1> parse_sign1(ByteView bytes);

/// What comes before the payload's own bytes in the Sig_structure that is signed: context "Signature1", the protected
/// header, no external data, and the head of the payload.
class SigStructureHead {
 public:
  explicit SigStructureHead(std::size_t payload_size) noexcept;
  ByteView view() const noexcept { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 18 + 9> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace tenzro::tee::cose
