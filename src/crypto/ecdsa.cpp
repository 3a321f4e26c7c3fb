// SPDX-License-Identifier: Apache-2.0
#include "crypto/ecdsa.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <optional>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::crypto {

namespace {

constexpr std::size_t kMaxCoordinate = 48;
constexpr std::uint8_t kUncompressedPoint = 0x04;
constexpr std::uint8_t kDerInteger = 0x02;
constexpr std::uint8_t kDerSequence = 0x30;

// Orders of the groups: FIPS 186-4, D.1.2.3 and D.1.2.4.
constexpr ByteArray<32> kOrderP256 = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                      0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
constexpr ByteArray<48> kOrderP384 = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
                                      0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

ByteView order(Curve curve) noexcept { return curve == Curve::p256 ? ByteView(kOrderP256) : ByteView(kOrderP384); }
std::string_view name(Curve curve) noexcept { return curve == Curve::p256 ? "P-256" : "P-384"; }

/// A key without a point, from which the curve of every imported key is copied: three times as fast as building the
/// group each time. Never freed, never written to after this.
EVP_PKEY* make_domain_parameters(const char* group) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_paramgen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_group_name(context.get(), group) != 1 || EVP_PKEY_paramgen(context.get(), &key) != 1) {
    return nullptr;
  }
  return key;
}

/// Null, and a reason in OpenSSL's queue, when OpenSSL cannot make them now; the next call tries again, so that one
/// lack of memory does not refuse every key.
const EVP_PKEY* domain_parameters(Curve curve) {
  static std::array<std::atomic<EVP_PKEY*>, 2> made{};
  std::atomic<EVP_PKEY*>& slot = made[curve == Curve::p256 ? 0 : 1];
  EVP_PKEY* key = slot.load(std::memory_order_acquire);
  if (key != nullptr) {
    return key;
  }
  EVP_PKEY* const fresh = make_domain_parameters(curve == Curve::p256 ? "P-256" : "P-384");
  if (slot.compare_exchange_strong(key, fresh, std::memory_order_acq_rel)) {
    return fresh;
  }
  EVP_PKEY_free(fresh);  // another thread was faster
  return key;
}

bool is_scalar_in_range(Curve curve, ByteView value) {
  // Both are big-endian and of one width, so the order of the bytes is the order of the numbers.
  return std::ranges::any_of(value, [](std::uint8_t byte) { return byte != 0; }) &&
         std::ranges::lexicographical_compare(value, order(curve));
}

/// SEQUENCE { r INTEGER, s INTEGER } in DER (RFC 3279, 2.2.3). At most 104 bytes, so one length byte always does.
class EncodedSignature {
 public:
  /// r_s: two numbers of the same width, at most 48 bytes each.
  explicit EncodedSignature(ByteView r_s) {
    bytes_[0] = kDerSequence;
    append(r_s.first(r_s.size() / 2));
    append(r_s.subspan(r_s.size() / 2));
    bytes_[1] = static_cast<std::uint8_t>(size_ - 2);
  }
  ByteView view() const noexcept { return ByteView(bytes_).first(size_); }

 private:
  void append(ByteView number) {
    while (number.size() > 1 && number.front() == 0) {
      number = number.subspan(1);
    }
    const bool needs_sign_byte = number.front() >= 0x80;
    bytes_[size_++] = kDerInteger;
    bytes_[size_++] = static_cast<std::uint8_t>(number.size() + (needs_sign_byte ? 1 : 0));
    if (needs_sign_byte) {
      bytes_[size_++] = 0;
    }
    std::ranges::copy(number, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += number.size();
  }

  std::array<std::uint8_t, 2 + 2 * (3 + kMaxCoordinate)> bytes_{};
  std::size_t size_ = 2;  // tag and length of the whole
};

/// Takes one INTEGER off the front and writes it right-aligned to out. Lenient about leading zeros: the caller
/// compares.
bool take_integer(ByteView& rest, std::span<std::uint8_t> out) {
  if (rest.size() < 2 || rest[0] != kDerInteger || rest[1] > rest.size() - 2) {
    return false;
  }
  ByteView number = rest.subspan(2, rest[1]);
  rest = rest.subspan(2 + number.size());
  while (!number.empty() && number.front() == 0) {
    number = number.subspan(1);
  }
  if (number.size() > out.size()) {
    return false;
  }
  std::ranges::copy(number, out.last(number.size()).begin());
  return true;
}

/// The numbers of a DER signature at fixed width; nothing unless encoding them again gives the same bytes.
std::optional<ByteArray<2 * kMaxCoordinate>> decode_signature(Curve curve, ByteView der) {
  if (der.size() < 2 || der[0] != kDerSequence || der[1] != der.size() - 2) {
    return std::nullopt;
  }
  const std::size_t width = coordinate_size(curve);
  ByteArray<2 * kMaxCoordinate> out{};
  const std::span<std::uint8_t> r_s(out);
  ByteView rest = der.subspan(2);
  if (!take_integer(rest, r_s.first(width)) || !take_integer(rest, r_s.subspan(width, width)) || !rest.empty() ||
      !std::ranges::equal(EncodedSignature(r_s.first(2 * width)).view(), der)) {
    return std::nullopt;
  }
  return out;
}

bool is_named_curve(const EVP_PKEY& key) {
  // A key that spells its parameters out is refused even when they are those of a named curve (RFC 5480, 2.1.1).
  std::array<char, 32> encoding{};
  std::size_t size = 0;
  int decoded_from_explicit = 0;
  const bool known =
      EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_EC_ENCODING, encoding.data(), encoding.size(), &size) == 1 &&
      EVP_PKEY_get_int_param(&key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &decoded_from_explicit) == 1;
  return known && decoded_from_explicit == 0 && std::string_view(encoding.data(), size) == OSSL_PKEY_EC_ENCODING_GROUP;
}

std::optional<Curve> named_curve(const EVP_PKEY& key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(&key, group.data(), group.size(), &size) != 1 || !is_named_curve(key)) {
    return std::nullopt;
  }
  const std::string_view curve(group.data(), size);
  if (curve == SN_X9_62_prime256v1) {
    return Curve::p256;
  }
  if (curve == SN_secp384r1) {
    return Curve::p384;
  }
  return std::nullopt;
}

bool read_coordinate(const EVP_PKEY& key, const char* parameter, std::span<std::uint8_t> out) {
  BIGNUM* raw = nullptr;
  const int status = EVP_PKEY_get_bn_param(&key, parameter, &raw);
  const BignumPtr value(raw);
  const int size = static_cast<int>(out.size());
  return status == 1 && BN_bn2binpad(value.get(), out.data(), size) == size;
}

}  // namespace

Result<EcPublicKey> EcPublicKey::from_point(Curve curve, ByteView x_y) {
  const std::size_t size = 2 * coordinate_size(curve);
  if (x_y.size() != size) {
    return Error(ErrorCode::malformed_input,
                 concat(name(curve), " public key: expected ", size, " bytes of x and y, found ", x_y.size()));
  }
  std::array<std::uint8_t, 1 + 2 * kMaxCoordinate> point{};
  point[0] = kUncompressedPoint;
  std::ranges::copy(x_y, point.begin() + 1);

  ERR_clear_error();
  const EVP_PKEY* parameters = domain_parameters(curve);
  std::shared_ptr<EVP_PKEY> key(EVP_PKEY_new(), EVP_PKEY_free);
  if (parameters == nullptr) {
    return openssl_error(concat(name(curve), " public key"));
  }
  if (key == nullptr || EVP_PKEY_copy_parameters(key.get(), parameters) != 1) {
    // Nothing of the caller's has been looked at yet, and OpenSSL calls a lack of memory an internal error here.
    ERR_clear_error();
    throw std::bad_alloc();
  }
  // OpenSSL refuses coordinates above the field's prime and points that do not satisfy the curve equation.
  if (EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), 1 + size) != 1) {
    forget_errors();
    return Error(ErrorCode::malformed_input, concat(name(curve), " public key: x and y are not a point of the curve"));
  }
  return EcPublicKey(curve, std::move(key));
}

Result<EcPublicKey> EcPublicKey::from_pkey(PkeyPtr key) {
  ERR_clear_error();
  const std::optional<Curve> curve = key == nullptr ? std::nullopt : named_curve(*key);
  if (!curve) {
    forget_errors();
    return Error(ErrorCode::unsupported, "public key: expected EC on the named curve P-256 or P-384");
  }
  // Imported anew from its coordinates: OpenSSL's decoder takes the point at infinity, for which anyone can sign.
  ByteArray<2 * kMaxCoordinate> x_y{};
  const std::size_t width = coordinate_size(*curve);
  const std::span<std::uint8_t> out(x_y);
  if (!read_coordinate(*key, OSSL_PKEY_PARAM_EC_PUB_X, out.first(width)) ||
      !read_coordinate(*key, OSSL_PKEY_PARAM_EC_PUB_Y, out.subspan(width, width))) {
    forget_errors();
    return Error(ErrorCode::malformed_input, concat(name(*curve), " public key: it holds no finite point"));
  }
  return from_point(*curve, out.first(2 * width));
}

bool is_signature(Curve curve, ByteView r_s) {
  const std::size_t width = coordinate_size(curve);
  return r_s.size() == 2 * width && is_scalar_in_range(curve, r_s.first(width)) &&
         is_scalar_in_range(curve, r_s.subspan(width));
}

bool EcPublicKey::is_same_as(const EcPublicKey& other) const {
  ERR_clear_error();
  const bool same = curve_ == other.curve_ && EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
  forget_errors();
  return same;
}

bool EcPublicKey::verify(Hash hash, ByteView data, ByteView r_s) const { return verify(hash, {data}, r_s); }

bool EcPublicKey::verify(Hash hash, std::initializer_list<ByteView> parts, ByteView r_s) const {
  return verify_digest(digest(hash, parts), r_s);
}

bool EcPublicKey::verify_digest(const Digest& hashed, ByteView r_s) const {
  if (!is_signature(curve_, r_s)) {
    return false;
  }
  const EncodedSignature signature(r_s);
  ERR_clear_error();
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  const bool verified = context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
                        EVP_PKEY_verify(context.get(), signature.view().data(), signature.view().size(),
                                        hashed.bytes.data(), hashed.size) == 1;
  if (!verified) {
    forget_errors();
  }
  return verified;
}

bool EcPublicKey::verify_der(Hash hash, ByteView data, ByteView signature) const {
  const auto r_s = decode_signature(curve_, signature);
  return r_s && verify(hash, data, ByteView(*r_s).first(2 * coordinate_size(curve_)));
}

}  // namespace tenzro::tee::crypto
