// SPDX-License-Identifier: Apache-2.0
#include "crypto/recipient_key.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <array>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::crypto {

namespace {

constexpr std::size_t kContentKeySize = 32;
constexpr std::size_t kBlock = 16;

bool is_size_allowed(int bits) { return bits == 2048 || bits == 3072 || bits == 4096; }

Error not_opened() {
  forget_errors();
  return Error(ErrorCode::authentication_failed, "the answer is not for this key, or was altered");
}

/// Empty when it does not open.
SecretBytes decrypt_oaep(EVP_PKEY* key, ByteView encrypted) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  auto size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  Bytes out(size);
  const bool opened = context != nullptr && EVP_PKEY_decrypt_init(context.get()) == 1 &&
                      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
                      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) == 1 &&
                      EVP_PKEY_decrypt(context.get(), out.data(), &size, encrypted.data(), encrypted.size()) == 1;
  out.resize(opened ? size : 0);
  return SecretBytes(std::move(out));
}

std::optional<Bytes> number_of(const EVP_PKEY& key, const char* name) {
  BIGNUM* raw = nullptr;
  const bool there = EVP_PKEY_get_bn_param(&key, name, &raw) == 1;
  const BignumPtr number(raw);
  if (!there) {
    return std::nullopt;
  }
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), out.data());
  return out;
}

/// Empty when it does not open.
SecretBytes decrypt_cbc(const SecretBytes& key, const ByteArray<16>& iv, ByteView ciphertext) {
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  Bytes out(ciphertext.size() + kBlock);
  int written = 0;
  int last = 0;
  const bool opened =
      context != nullptr &&
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_cbc(), key.reveal().data(), iv.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), out.data(), &written, ciphertext.data(), static_cast<int>(ciphertext.size())) ==
          1 &&
      EVP_DecryptFinal_ex(context.get(), out.data() + written, &last) == 1;
  out.resize(opened ? static_cast<std::size_t>(written) + static_cast<std::size_t>(last) : 0);
  return SecretBytes(std::move(out));
}

}  // namespace

Result<RecipientKey> RecipientKey::generate(int bits) {
  if (!is_size_allowed(bits)) {
    return Error(ErrorCode::invalid_argument, concat("recipient key: ", bits, " bits, expected 2048, 3072 or 4096"));
  }
  ERR_clear_error();
  PkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  if (key == nullptr) {
    return openssl_error("recipient key");
  }
  return from_pkey(std::move(key));
}

Result<RecipientKey> RecipientKey::from_pkey(PkeyPtr key) {
  ERR_clear_error();
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) {
    return Error(ErrorCode::unsupported, "recipient key: expected RSA");
  }
  const int bits = EVP_PKEY_get_bits(key.get());
  if (!is_size_allowed(bits)) {
    return Error(ErrorCode::unsupported, concat("recipient key: ", bits, " bits, expected 2048, 3072 or 4096"));
  }
  BIGNUM* raw = nullptr;
  const int has_private = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_D, &raw);
  const Handle<BIGNUM, BN_clear_free> exponent(raw);
  forget_errors();
  if (has_private != 1) {
    return Error(ErrorCode::unsupported, "recipient key: expected a private key");
  }
  return RecipientKey(bits, std::shared_ptr<EVP_PKEY>(std::move(key)));
}

Result<Bytes> RecipientKey::spki() const {
  ERR_clear_error();
  unsigned char* raw = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &raw);
  const OpensslMemory encoded(raw);
  if (size <= 0) {
    return openssl_error("recipient key");
  }
  return Bytes(encoded.get(), encoded.get() + size);
}

Result<RsaNumbers> RecipientKey::numbers() const {
  ERR_clear_error();
  auto modulus = number_of(*key_, OSSL_PKEY_PARAM_RSA_N);
  auto exponent = number_of(*key_, OSSL_PKEY_PARAM_RSA_E);
  if (!modulus || !exponent) {
    return openssl_error("recipient key");
  }
  return RsaNumbers{.modulus = *std::move(modulus), .exponent = *std::move(exponent)};
}

Result<SecretBytes> RecipientKey::unwrap(ByteView encrypted_key) const {
  ERR_clear_error();
  if (encrypted_key.size() != static_cast<std::size_t>(bits_) / 8) {
    return not_opened();
  }
  auto key = decrypt_oaep(key_.get(), encrypted_key);
  if (key.size() != kContentKeySize) {
    return not_opened();
  }
  return key;
}

Result<SecretBytes> RecipientKey::open(ByteView encrypted_key, const ByteArray<16>& iv, ByteView ciphertext) const {
  constexpr std::size_t kMaxCiphertext = std::size_t{1} << 20;
  ERR_clear_error();
  if (ciphertext.size() > kMaxCiphertext) {
    return not_opened();
  }
  TENZRO_ASSIGN_OR_RETURN(const auto content_key, unwrap(encrypted_key));
  auto content = decrypt_cbc(content_key, iv, ciphertext);
  if (content.size() == 0) {
    return not_opened();
  }
  return content;
}

}  // namespace tenzro::tee::crypto
