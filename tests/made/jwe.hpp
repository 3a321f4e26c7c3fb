// SPDX-License-Identifier: Apache-2.0
// JSON Web Encryptions as a key broker makes them, by plain OpenSSL; as right or as wrong as a test wants.
#pragma once
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/encoded_text.hpp"
#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline constexpr std::string_view kJweHeader = R"({"alg":"RSA-OAEP-256","enc":"A256GCM"})";

inline Bytes wrap_key(EVP_PKEY* to, ByteView key, int padding = RSA_PKCS1_OAEP_PADDING,
                      const EVP_MD* hash = EVP_sha256()) {
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, to, nullptr));
  EVP_PKEY_encrypt_init(context.get());
  EVP_PKEY_CTX_set_rsa_padding(context.get(), padding);
  if (padding == RSA_PKCS1_OAEP_PADDING) {
    EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash);
    EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash);
  }
  auto size = static_cast<std::size_t>(EVP_PKEY_get_size(to));
  Bytes out(size);
  return EVP_PKEY_encrypt(context.get(), out.data(), &size, key.data(), key.size()) == 1 ? out : Bytes{};
}

/// What goes into one.
struct JweParts {
  std::string header{kJweHeader};
  Bytes content_key = Bytes(32, 0x4b);
  Bytes iv = Bytes(12, 0x1f);
  std::string associated_data{};  ///< empty: the encoded header, as it must be
  int padding = RSA_PKCS1_OAEP_PADDING;
  const EVP_MD* hash = EVP_sha256();
};

/// The flattened JSON form, with its members in the order of RFC 7516.
inline nlohmann::ordered_json made_jwe(EVP_PKEY* to, ByteView plaintext, const JweParts& parts = {}) {
  const std::string header = to_base64url(as_bytes(parts.header));
  const ByteView data = as_bytes(parts.associated_data.empty() ? header : parts.associated_data);
  const crypto::CipherCtxPtr context(EVP_CIPHER_CTX_new());
  Bytes ciphertext(plaintext.size() + 1);
  Bytes tag(16);
  int written = 0;
  int last = 0;
  EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(parts.iv.size()), nullptr);
  EVP_EncryptInit_ex2(context.get(), nullptr, parts.content_key.data(), parts.iv.data(), nullptr);
  EVP_EncryptUpdate(context.get(), nullptr, &written, data.data(), static_cast<int>(data.size()));
  EVP_EncryptUpdate(context.get(), ciphertext.data(), &written, plaintext.data(), static_cast<int>(plaintext.size()));
  EVP_EncryptFinal_ex(context.get(), ciphertext.data() + written, &last);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data());
  ciphertext.resize(plaintext.size());
  return {{"protected", header},
          {"encrypted_key", to_base64url(wrap_key(to, parts.content_key, parts.padding, parts.hash))},
          {"iv", to_base64url(parts.iv)},
          {"ciphertext", to_base64url(ciphertext)},
          {"tag", to_base64url(tag)}};
}

}  // namespace tenzro::tee::test
