// SPDX-License-Identifier: Apache-2.0
// What evidence must be bound to.
#pragma once
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// A verifier's nonce. No default constructor and no conversion from text: one cannot be forgotten or typed by
/// accident.
/// Threads: random and from_bytes may be called, and one object read, from several threads at once.
class Challenge {
 public:
  static constexpr std::size_t kMinSize = 32;
  static constexpr std::size_t kMaxSize = 64;
  static Challenge random();                            ///< 32 bytes from the OS generator; aborts if there is none
  static Result<Challenge> from_bytes(ByteView bytes);  ///< 32 to 64 bytes received from a peer; else invalid_argument
  ByteView bytes() const noexcept { return bytes_; }

 private:
  explicit Challenge(Bytes bytes) noexcept : bytes_(std::move(bytes)) {}
  Bytes bytes_;
};

/// The 64 bytes that the hardware signs for us (TDX REPORTDATA, SNP REPORT_DATA, Nitro user_data; a GPU alone signs
/// their SHA-256 as its SPDM nonce). Made from a challenge or from the caller's own data, never from evidence.
/// Threads: static and const members may be called from several threads at once.
class ReportData {
 public:
  static constexpr std::size_t kSize = 64;
  /// The recommended way: SHA-512(pad32("tenzro-bind-v1") || u32be(size) || challenge || u32be(size) || context), where
  /// context is what the challenge is bound to (for example the hash of a TLS public key). Empty context is allowed.
  /// Throws std::length_error for a context of 4 GiB or more, which is a bug of the caller.
  static ReportData bind(const Challenge& challenge, ByteView context);
  /// The caller's own bytes: 1 to 64 stand as they are, zero-padded on the right; longer ones are replaced by their
  /// SHA-512. invalid_argument for no bytes, for all-zero bytes, and for fewer than 64 that end in 0x00 (they would
  /// collide).
  static Result<ReportData> from_caller_data(ByteView bytes);
  std::span<const std::uint8_t, kSize> bytes() const noexcept { return bytes_; }  ///< the 64-byte form
  /// The bytes as the caller gave them; after bind: bytes(). A Nitro user_data matches when it equals either form:
  /// other tools write it unpadded.
  ByteView raw() const noexcept { return raw_; }

 private:
  ReportData(const ByteArray<kSize>& bytes, Bytes raw) noexcept : bytes_(bytes), raw_(std::move(raw)) {}
  ByteArray<kSize> bytes_;
  Bytes raw_;
};

/// The separate field of Nitro documents (nonce), and the 32 bytes that a GPU or switch answers. Never mixed with
/// ReportData: in a Nitro document each is compared with its own field only; a GPU's nonce is compared with these bytes
/// as they are, and with the SHA-256 of the 64-byte form of ReportData. Threads: static and const members may be called
/// from several threads at once.
class EvidenceNonce {
 public:
  static constexpr std::size_t kMaxSize = 1024;
  static EvidenceNonce from_challenge(const Challenge& challenge);  ///< the challenge's bytes as they are
  static Result<EvidenceNonce> from_caller_data(ByteView bytes);    ///< 1 to 1024 bytes; else invalid_argument
  ByteView bytes() const noexcept { return bytes_; }

 private:
  explicit EvidenceNonce(Bytes bytes) noexcept : bytes_(std::move(bytes)) {}
  Bytes bytes_;
};

}  // namespace tenzro::tee
