// SPDX-License-Identifier: Apache-2.0
// RSA signature verification with every parameter fixed by the caller.
#pragma once
#include <memory>

#include "crypto/digest.hpp"
#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

/// An RSA public key of 2048 to 8192 bits. Immutable; copies share the key.
/// Threads: const members may be called from several threads at once.
class RsaPublicKey {
 public:
  /// malformed_input unless der is exactly one SubjectPublicKeyInfo; unsupported unless it is RSA of an allowed size.
  static Result<RsaPublicKey> from_spki(ByteView der);
  static Result<RsaPublicKey> from_pkey(PkeyPtr key);
  /// modulus and exponent: big-endian, at most 1024 bytes each.
  static Result<RsaPublicKey> from_numbers(ByteView modulus, ByteView exponent);

  int bits() const noexcept { return bits_; }
  /// RSASSA-PSS, MGF1 with the same hash, salt of exactly salt_size bytes. False for anything that does not verify.
  [[nodiscard]] bool verify_pss(Hash hash, std::size_t salt_size, ByteView data, ByteView signature) const;

  /// RSASSA-PKCS1-v1_5. False for anything that does not verify.
  [[nodiscard]] bool verify_pkcs1(Hash hash, ByteView data, ByteView signature) const;

 private:
  RsaPublicKey(int bits, std::shared_ptr<EVP_PKEY> key) : bits_(bits), key_(std::move(key)) {}
  int bits_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace tenzro::tee::crypto
