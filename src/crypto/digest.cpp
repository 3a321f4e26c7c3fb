// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <array>
#include <cstdlib>
#include <new>

namespace tenzro::tee::crypto {

namespace {

// Never freed: a digest may still be wanted while the process's own statics are being destroyed.
const EVP_MD* fetch(const char* name) { return fetched(EVP_MD_fetch(nullptr, name, nullptr)); }

/// There is no other reason for what is asked here.
void require(bool worked) {
  if (!worked) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
}

/// This thread's context, ready for input.
EVP_MD_CTX* ready_context(const EVP_MD* algorithm) {
  thread_local const MdCtxPtr context(fetched(EVP_MD_CTX_new()));
  require(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  return context.get();
}

template <class Parts>
std::size_t digest_parts(const EVP_MD* algorithm, const Parts& parts, std::span<std::uint8_t> out) {
  EVP_MD_CTX* context = ready_context(algorithm);
  for (const ByteView part : parts) {
    require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
  }
  unsigned int size = 0;
  require(EVP_DigestFinal_ex(context, out.data(), &size) == 1);
  return size;
}

template <std::size_t Size>
ByteArray<Size> fixed_digest(Hash hash, std::initializer_list<ByteView> parts) {
  ByteArray<Size> out;
  digest_parts(md(hash), parts, out);
  return out;
}

}  // namespace

const EVP_MD* md(Hash hash) {
  static const EVP_MD* const sha256_algorithm = fetch("SHA2-256");
  static const EVP_MD* const sha384_algorithm = fetch("SHA2-384");
  static const EVP_MD* const sha512_algorithm = fetch("SHA2-512");
  switch (hash) {
    case Hash::sha256:
      return sha256_algorithm;
    case Hash::sha384:
      return sha384_algorithm;
    case Hash::sha512:
      return sha512_algorithm;
  }
  std::abort();
}

ByteArray<32> sha256(ByteView data) { return fixed_digest<32>(Hash::sha256, {data}); }
ByteArray<48> sha384(ByteView data) { return fixed_digest<48>(Hash::sha384, {data}); }
ByteArray<64> sha512(ByteView data) { return fixed_digest<64>(Hash::sha512, {data}); }
ByteArray<32> sha256(std::initializer_list<ByteView> parts) { return fixed_digest<32>(Hash::sha256, parts); }
ByteArray<48> sha384(std::initializer_list<ByteView> parts) { return fixed_digest<48>(Hash::sha384, parts); }
ByteArray<64> sha512(std::initializer_list<ByteView> parts) { return fixed_digest<64>(Hash::sha512, parts); }

ByteArray<20> sha1_of_identifier(ByteView data) {
  static const EVP_MD* const algorithm = fetch("SHA1");
  ByteArray<20> out;
  digest_parts(algorithm, std::initializer_list<ByteView>{data}, out);
  return out;
}

Digest digest(Hash hash, ByteView data) { return digest(hash, {data}); }

Digest digest(Hash hash, std::initializer_list<ByteView> parts) {
  Digest out;
  out.size = digest_parts(md(hash), parts, out.bytes);
  return out;
}

bool equal_constant_time(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tenzro::tee::crypto
