// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <array>

#include "crypto/digest.hpp"

namespace tenzro::tee::crypto {

namespace {

constexpr std::size_t kSize = 32;

EVP_MAC* hmac_algorithm() {
  // Never freed: see digest.cpp.
  static EVP_MAC* const algorithm = fetched(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return algorithm;
}

}  // namespace

Result<SecretBytes> hmac_sha256(ByteView key, ByteView message) {
  ERR_clear_error();
  EVP_MAC* algorithm = hmac_algorithm();
  const MacCtxPtr context(EVP_MAC_CTX_new(algorithm));
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(EVP_MD_get0_name(md(Hash::sha256))), 0),
      OSSL_PARAM_construct_end(),
  };
  // To OpenSSL, a null pointer is no key at all, and an empty one is a key.
  static constexpr std::uint8_t kNothing = 0;
  SecretBytes out(kSize);
  std::size_t written = 0;
  if (context == nullptr ||
      EVP_MAC_init(context.get(), key.empty() ? &kNothing : key.data(), key.size(), parameters.data()) != 1 ||
      EVP_MAC_update(context.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context.get(), out.fill().data(), &written, out.size()) != 1) {
    return openssl_error("hmac");
  }
  return out;
}

}  // namespace tenzro::tee::crypto
