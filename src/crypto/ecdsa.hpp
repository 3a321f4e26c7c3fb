// SPDX-License-Identifier: Apache-2.0
// ECDSA verification from the forms that evidence uses: raw r || s, raw X || Y.
#pragma once
#include <initializer_list>
#include <memory>

#include "crypto/digest.hpp"
#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

enum class Curve : std::uint8_t { p256, p384 };
constexpr std::size_t coordinate_size(Curve curve) noexcept { return curve == Curve::p256 ? 32 : 48; }

/// True when r || s, fixed-width and big-endian, are two numbers in 1..n-1: without that, no key can have made them.
bool is_signature(Curve curve, ByteView r_s);

/// An EC public key on one named curve. Immutable; copies share the key.
/// Threads: const members may be called from several threads at once.
class EcPublicKey {
 public:
  /// x_y: two big-endian coordinates, 64 bytes (P-256) or 96 (P-384). malformed_input for another size or a point that
  /// is not on the curve (the point at infinity has no such form).
  static Result<EcPublicKey> from_point(Curve curve, ByteView x_y);
  /// The key of a certificate. unsupported unless it is EC on the named curve P-256 or P-384.
  static Result<EcPublicKey> from_pkey(PkeyPtr key);

  Curve curve() const noexcept { return curve_; }
  /// The same point on the same curve, however each was encoded. False when OpenSSL cannot tell.
  [[nodiscard]] bool is_same_as(const EcPublicKey& other) const;
  /// Fixed-width big-endian r || s over the digest of data. False for any other size, for r or s outside 1..n-1, and
  /// for a signature that does not verify; also when OpenSSL fails.
  [[nodiscard]] bool verify(Hash hash, ByteView data, ByteView r_s) const;
  /// The same over the parts one after another, without joining them.
  [[nodiscard]] bool verify(Hash hash, std::initializer_list<ByteView> parts, ByteView r_s) const;
  /// The same for a DER-encoded signature. False for any encoding that is not minimal DER of two positive integers.
  [[nodiscard]] bool verify_der(Hash hash, ByteView data, ByteView signature) const;

 private:
  bool verify_digest(const Digest& hashed, ByteView r_s) const;
  EcPublicKey(Curve curve, std::shared_ptr<EVP_PKEY> key) : curve_(curve), key_(std::move(key)) {}
  Curve curve_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace tenzro::tee::crypto
