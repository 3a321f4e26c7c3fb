// SPDX-License-Identifier: Apache-2.0
// Keys that everybody can derive, and what is done with them.
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <cstddef>

#include "provider/simulated/ensure.hpp"
#include "provider/simulated/intel_hierarchy.hpp"
#include "provider/simulated/key_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using EcdsaSigPtr = crypto::Handle<ECDSA_SIG, ECDSA_SIG_free>;

constexpr std::size_t kPointSize = 65;  // 0x04, X, Y
constexpr std::size_t kMaxPointSize = 97;

/// The label's block under the curve's hash (SHA-256, SHA-384), with the first counter that gives a number from 1 to
/// n - 1.
crypto::BignumPtr scalar_from_label(std::string_view label, crypto::Curve curve, const BIGNUM* order) {
  const auto hash = curve == crypto::Curve::p256 ? crypto::Hash::sha256 : crypto::Hash::sha384;
  for (std::uint32_t counter = 0; counter < 0xff; ++counter) {
    const crypto::Digest digest = label_block(hash, label, counter);
    crypto::BignumPtr scalar(BN_bin2bn(digest.bytes.data(), static_cast<int>(digest.size), nullptr));
    ensure(scalar != nullptr, "no memory for a key");
    if (BN_is_zero(scalar.get()) == 0 && BN_cmp(scalar.get(), order) < 0) {
      return scalar;
    }
  }
  ensure(false, "no key follows from this label");
  return nullptr;
}
}  // namespace

crypto::PkeyPtr key_from_label(std::string_view label, crypto::Curve curve) {
  const bool p256 = curve == crypto::Curve::p256;
  const crypto::EcGroupPtr group(EC_GROUP_new_by_curve_name(p256 ? NID_X9_62_prime256v1 : NID_secp384r1));
  ensure(group != nullptr, "OpenSSL has no such curve");
  const crypto::BignumPtr scalar = scalar_from_label(label, curve, EC_GROUP_get0_order(group.get()));
  const crypto::EcPointPtr point(EC_POINT_new(group.get()));
  ByteArray<kMaxPointSize> encoded{};
  const std::size_t size = p256 ? kPointSize : kMaxPointSize;
  ensure(point != nullptr && EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1 &&
             EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                                nullptr) == size,
         "a public key could not be computed");

  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  ensure(builder != nullptr &&
             OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                             p256 ? SN_X9_62_prime256v1 : SN_secp384r1, 0) == 1 &&
             OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), size) == 1 &&
             OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) == 1,
         "a key could not be described");
  return key_pair("EC", builder.get());
}

namespace {
/// Raw r || s of half_size bytes each.
Bytes sign_raw(EVP_PKEY* key, crypto::Hash hash, std::size_t half_size, ByteView data) {
  const crypto::MdCtxPtr context(EVP_MD_CTX_new());
  std::size_t size = 0;
  ensure(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, crypto::md(hash), nullptr, key) == 1 &&
             EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) == 1,
         "signing could not begin");
  Bytes encoded(size);
  ensure(EVP_DigestSign(context.get(), encoded.data(), &size, data.data(), data.size()) == 1, "signing failed");
  const unsigned char* at = encoded.data();
  const EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  Bytes out(2 * half_size);
  const int half = static_cast<int>(half_size);
  ensure(signature != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), half) == half &&
             BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + half_size, half) == half,
         "a signature is not of the key's curve");
  return out;
}
}  // namespace

ByteArray<64> sign(EVP_PKEY* key, ByteView data) {
  ByteArray<64> out{};
  std::ranges::copy(sign_raw(key, crypto::Hash::sha256, 32, data), out.begin());
  return out;
}

ByteArray<96> sign_p384(EVP_PKEY* key, ByteView data) {
  ByteArray<96> out{};
  std::ranges::copy(sign_raw(key, crypto::Hash::sha384, 48, data), out.begin());
  return out;
}

ByteArray<64> public_point(EVP_PKEY* key) {
  ByteArray<kPointSize> encoded{};
  std::size_t size = 0;
  ensure(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(), &size) == 1 &&
             size == encoded.size() && encoded.front() == 0x04,
         "a public key is no P-256 one");
  ByteArray<64> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = encoded[i + 1];
  }
  return out;
}

}  // namespace tenzro::tee::simulated
