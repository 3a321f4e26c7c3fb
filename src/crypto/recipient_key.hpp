// SPDX-License-Identifier: Apache-2.0
// An RSA key that others encrypt secrets to: RSAES-OAEP around an AES-256 key, or around the key of AES-256-CBC
// content.
#pragma once
#include <memory>

#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

/// Of an RSA public key, big-endian without leading zeros.
struct RsaNumbers {
  Bytes modulus;
  Bytes exponent;
};

/// A private key of 2048, 3072 or 4096 bits, which its memory alone holds. Immutable; copies share the key.
/// Threads: const members may be called from several threads at once.
class RecipientKey {
 public:
  /// A fresh one; takes from 50 ms to some seconds. invalid_argument for other sizes, crypto_failure when OpenSSL
  /// cannot.
  static Result<RecipientKey> generate(int bits);
  /// unsupported unless it is an RSA private key of those sizes.
  static Result<RecipientKey> from_pkey(PkeyPtr key);

  int bits() const noexcept { return bits_; }
  /// DER SubjectPublicKeyInfo: what an attestation document carries as public_key; 294 bytes for 2048 bits.
  Result<Bytes> spki() const;
  Result<RsaNumbers> numbers() const;

  /// The content. encrypted_key: RSAES-OAEP, SHA-256 and MGF1-SHA-256, no label, as long as the modulus, around an
  /// AES-256 key. ciphertext: whole blocks of AES-256-CBC, padded as PKCS #7 says, of a content that is not empty.
  /// authentication_failed, in the same words for every reason, when it does not open. That is no promise the other way
  /// round: CBC is not authenticated, so altered bytes may open to something else, and whoever sees the public key can
  /// make any content at all. Nobody from outside may learn, not by repeated tries either, which altered bytes open.
  Result<SecretBytes> open(ByteView encrypted_key, const ByteArray<16>& iv, ByteView ciphertext) const;

  /// The AES-256 key, 32 bytes, in an encrypted_key as above. authentication_failed, in the words of open(), for
  /// whatever holds no such key. Whoever sees the public key can make one.
  Result<SecretBytes> unwrap(ByteView encrypted_key) const;

 private:
  RecipientKey(int bits, std::shared_ptr<EVP_PKEY> key) : bits_(bits), key_(std::move(key)) {}
  int bits_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace tenzro::tee::crypto
