// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "core/text.hpp"

namespace tenzro::tee::crypto {

namespace {

constexpr int kMinBits = 2048;
constexpr int kMaxBits = 8192;
// Larger exponents only cost time; no vendor uses one.
constexpr int kMaxExponentBits = 64;

bool is_public_exponent_allowed(const EVP_PKEY& key) {
  BIGNUM* raw = nullptr;
  const int status = EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_E, &raw);
  const BignumPtr exponent(raw);
  return status == 1 && BN_is_odd(exponent.get()) == 1 && BN_is_one(exponent.get()) == 0 &&
         BN_num_bits(exponent.get()) <= kMaxExponentBits;
}

bool is_re_encoded_alike(const EVP_PKEY& key, ByteView der) {
  unsigned char* raw = nullptr;
  const int size = std::max(i2d_PUBKEY(&key, &raw), 0);
  const OpensslMemory encoded(raw);
  return std::ranges::equal(ByteView(encoded.get(), static_cast<std::size_t>(size)), der);
}

}  // namespace

Result<RsaPublicKey> RsaPublicKey::from_spki(ByteView der) {
  constexpr std::size_t kMaxDer = 4096;
  if (der.size() > kMaxDer) {
    return Error(ErrorCode::malformed_input, concat("RSA public key: ", der.size(),
                                                    " bytes of SubjectPublicKeyInfo, at most ", kMaxDer, " expected"));
  }
  ERR_clear_error();
  const unsigned char* at = der.data();
  PkeyPtr key(der.empty() ? nullptr : d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr) {
    forget_errors();
    return Error(ErrorCode::malformed_input, "RSA public key: not a SubjectPublicKeyInfo");
  }
  // Covers bytes that follow, too; OpenSSL's decoder itself takes BER.
  if (!is_re_encoded_alike(*key, der)) {
    forget_errors();
    return Error(ErrorCode::malformed_input, "RSA public key: not exactly one SubjectPublicKeyInfo in DER");
  }
  return from_pkey(std::move(key));
}

Result<RsaPublicKey> RsaPublicKey::from_pkey(PkeyPtr key) {
  // "RSA" only: a key of type RSASSA-PSS carries parameters of its own, which could contradict the caller's.
  ERR_clear_error();
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) {
    return Error(ErrorCode::unsupported, "public key: expected RSA");
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kMinBits || bits > kMaxBits) {
    return Error(ErrorCode::unsupported,
                 concat("RSA public key: ", bits, " bits, expected ", kMinBits, " to ", kMaxBits));
  }
  if (!is_public_exponent_allowed(*key)) {
    forget_errors();
    return Error(ErrorCode::unsupported, "RSA public key: the public exponent must be odd, above 1 and below 2^64");
  }
  return RsaPublicKey(bits, std::shared_ptr<EVP_PKEY>(std::move(key)));
}

Result<RsaPublicKey> RsaPublicKey::from_numbers(ByteView modulus, ByteView exponent) {
  constexpr std::size_t kMaxBytes = kMaxBits / 8;
  if (modulus.size() > kMaxBytes || exponent.size() > kMaxBytes) {
    return Error(ErrorCode::malformed_input, concat("RSA public key: a number of more than ", kMaxBytes, " bytes"));
  }
  ERR_clear_error();
  const BignumPtr n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const BignumPtr e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return openssl_error("RSA public key");
  }
  const Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* raw = nullptr;
  const bool made = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  PkeyPtr key(raw);
  if (!made) {
    forget_errors();
    return Error(ErrorCode::malformed_input, "RSA public key: these numbers make none");
  }
  return from_pkey(std::move(key));
}

bool RsaPublicKey::verify_pkcs1(Hash hash, ByteView data, ByteView signature) const {
  const Digest hashed = digest(hash, data);
  ERR_clear_error();
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  const bool verified =
      context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
      EVP_PKEY_CTX_set_signature_md(context.get(), md(hash)) == 1 &&
      EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hashed.bytes.data(), hashed.size) == 1;
  if (!verified) {
    forget_errors();
  }
  return verified;
}

bool RsaPublicKey::verify_pss(Hash hash, std::size_t salt_size, ByteView data, ByteView signature) const {
  const std::size_t modulus_size = (static_cast<std::size_t>(bits_) + 7) / 8;
  // OpenSSL reads negative salt lengths as "any"; a size that fits the modulus can never become one.
  if (signature.size() != modulus_size || salt_size > modulus_size) {
    return false;
  }
  const Digest hashed = digest(hash, data);
  ERR_clear_error();
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  const bool verified =
      context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
      EVP_PKEY_CTX_set_signature_md(context.get(), md(hash)) == 1 &&
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md(hash)) == 1 &&
      EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), static_cast<int>(salt_size)) == 1 &&
      EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hashed.bytes.data(), hashed.size) == 1;
  if (!verified) {
    forget_errors();
  }
  return verified;
}

}  // namespace tenzro::tee::crypto
