// SPDX-License-Identifier: Apache-2.0
#include "crypto/hkdf.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <array>

#include "core/text.hpp"

namespace tenzro::tee::crypto {

namespace {

EVP_KDF* hkdf_algorithm() {
  // Never freed: see digest.cpp.
  static EVP_KDF* const algorithm = fetched(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  return algorithm;
}

OSSL_PARAM octets(const char* key, ByteView value) {
  // OpenSSL only reads these, but its parameter type has no const form; nor does it take a null pointer for no bytes.
  static constexpr std::uint8_t kNothing = 0;
  const std::uint8_t* data = value.empty() ? &kNothing : value.data();
  return OSSL_PARAM_construct_octet_string(key, const_cast<std::uint8_t*>(data), value.size());
}

}  // namespace

Result<SecretBytes> hkdf(Hash hash, ByteView secret, ByteView salt, ByteView info, std::size_t size) {
  const std::size_t max_size = 255 * static_cast<std::size_t>(EVP_MD_get_size(md(hash)));
  if (size == 0 || size > max_size) {
    return Error(ErrorCode::invalid_argument,
                 concat("hkdf: ", size, " bytes of output asked for, expected 1 to ", max_size));
  }
  if (secret.empty()) {
    return Error(ErrorCode::invalid_argument, "hkdf: the secret is empty");
  }
  ERR_clear_error();
  EVP_KDF* algorithm = hkdf_algorithm();
  const KdfCtxPtr context(EVP_KDF_CTX_new(algorithm));
  if (context == nullptr) {
    return openssl_error("hkdf");
  }
  int mode = EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND;
  const std::array parameters = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(EVP_MD_get0_name(md(hash))), 0),
      octets(OSSL_KDF_PARAM_KEY, secret),
      octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(),
  };
  SecretBytes out(size);
  if (EVP_KDF_derive(context.get(), out.fill().data(), out.size(), parameters.data()) != 1) {
    return openssl_error("hkdf");
  }
  return out;
}

}  // namespace tenzro::tee::crypto
