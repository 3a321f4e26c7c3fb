// SPDX-License-Identifier: Apache-2.0
// Keys and signatures made on the spot, through OpenSSL alone.
#pragma once
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <string>

#include "crypto/digest.hpp"
#include "crypto/openssl_handles.hpp"
#include "made/rsa_keys.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline crypto::PkeyPtr make_ec_key(const char* group) {
  return crypto::PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group));
}
inline crypto::PkeyPtr share(const crypto::PkeyPtr& key) {
  EVP_PKEY_up_ref(key.get());
  return crypto::PkeyPtr(key.get());
}

inline Bytes spki(const crypto::PkeyPtr& key) {
  unsigned char* raw = nullptr;
  const int size = i2d_PUBKEY(key.get(), &raw);
  const crypto::OpensslMemory encoded(raw);
  return Bytes(encoded.get(), encoded.get() + size);
}

/// X || Y, from the uncompressed point that ends the SubjectPublicKeyInfo.
inline Bytes x_y(const crypto::PkeyPtr& key, std::size_t coordinate) {
  const Bytes der = spki(key);
  return Bytes(der.end() - static_cast<std::ptrdiff_t>(2 * coordinate), der.end());
}

inline Bytes sign_der(const crypto::PkeyPtr& key, crypto::Hash hash, ByteView data) {
  const crypto::MdCtxPtr context(EVP_MD_CTX_new());
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, crypto::md(hash), nullptr, key.get()), 1);
  std::size_t size = 0;
  EXPECT_EQ(EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()), 1);
  Bytes out(size);
  EXPECT_EQ(EVP_DigestSign(context.get(), out.data(), &size, data.data(), data.size()), 1);
  out.resize(size);
  return out;
}

/// The numbers of a DER signature, each at `coordinate` bytes.
inline Bytes raw_signature(const Bytes& der, std::size_t coordinate) {
  const unsigned char* at = der.data();
  const std::unique_ptr<ECDSA_SIG, crypto::Freer<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Bytes out(2 * coordinate);
  const int size = static_cast<int>(coordinate);
  EXPECT_EQ(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), size), size);
  EXPECT_EQ(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + coordinate, size), size);
  return out;
}

}  // namespace tenzro::tee::test
