// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM with 96-bit nonces and 128-bit tags; nothing else is offered.
#pragma once
#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

inline constexpr std::size_t kAeadKeySize = 32;
inline constexpr std::size_t kAeadNonceSize = 12;
inline constexpr std::size_t kAeadTagSize = 16;

/// Writes the ciphertext (as long as plaintext) and then the 16-byte tag to out, whose size must be plaintext.size()
/// + 16. invalid_argument for wrong sizes.
Result<void> aead_seal(ByteView key, ByteView nonce, ByteView associated_data, ByteView plaintext,
                       std::span<std::uint8_t> out);
/// The reverse; out must be sealed.size() - 16 long. authentication_failed, with out wiped, when the tag does not
/// match.
Result<void> aead_open(ByteView key, ByteView nonce, ByteView associated_data, ByteView sealed,
                       std::span<std::uint8_t> out);

/// A key that many messages are sealed or opened under: its schedule is computed once. OpenSSL's memory holds it, and
/// wipes it at the end.
/// Threads: one thread at a time.
class AeadContext {
 public:
  /// invalid_argument: not 32 bytes.
  static Result<AeadContext> to_seal(ByteView key);
  static Result<AeadContext> to_open(ByteView key);

  /// As aead_seal. out may begin where plaintext does.
  Result<void> seal(ByteView nonce, ByteView associated_data, ByteView plaintext, std::span<std::uint8_t> out);
  /// As aead_open. out may begin where sealed does.
  Result<void> open(ByteView nonce, ByteView associated_data, ByteView sealed, std::span<std::uint8_t> out);

 private:
  explicit AeadContext(CipherCtxPtr context) noexcept : context_(std::move(context)) {}
  CipherCtxPtr context_;
};

}  // namespace tenzro::tee::crypto
