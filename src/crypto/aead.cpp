// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::crypto {

namespace {

enum class Direction : int { open = 0, seal = 1 };

// OpenSSL counts in int.
constexpr std::size_t kMaxStep = std::size_t{1} << 30;
// NIST SP 800-38D, 5.2.1.1: at most 2^39 - 256 bits under one nonce.
constexpr std::uint64_t kMaxText = (std::uint64_t{1} << 36) - 32;

EVP_CIPHER* aes_256_gcm() {
  // Never freed: see digest.cpp.
  static EVP_CIPHER* const algorithm = fetched(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  return algorithm;
}

Result<void> check_sizes(ByteView nonce, std::size_t text, std::size_t out, std::size_t expected_out) {
  if (nonce.size() != kAeadNonceSize) {
    return Error(ErrorCode::invalid_argument,
                 concat("AES-256-GCM nonce: ", nonce.size(), " bytes, expected ", kAeadNonceSize));
  }
  if (text > kMaxText) {
    return Error(ErrorCode::invalid_argument, concat("AES-256-GCM text: ", text, " bytes, at most ", kMaxText));
  }
  if (out != expected_out) {
    return Error(ErrorCode::invalid_argument,
                 concat("AES-256-GCM output: room for ", out, " bytes, expected ", expected_out));
  }
  return {};
}

bool add_associated_data(EVP_CIPHER_CTX* context, ByteView data) {
  while (!data.empty()) {
    const ByteView step = data.first(std::min(data.size(), kMaxStep));
    int ignored = 0;
    if (EVP_CipherUpdate(context, nullptr, &ignored, step.data(), static_cast<int>(step.size())) != 1) {
      return false;
    }
    data = data.subspan(step.size());
  }
  return true;
}

bool transform(EVP_CIPHER_CTX* context, ByteView in, std::span<std::uint8_t> out) {
  while (!in.empty()) {
    const ByteView step = in.first(std::min(in.size(), kMaxStep));
    int written = 0;
    // A stream cipher: on success it wrote as much as it read.
    if (EVP_CipherUpdate(context, out.data(), &written, step.data(), static_cast<int>(step.size())) != 1) {
      return false;
    }
    in = in.subspan(step.size());
    out = out.subspan(step.size());
  }
  return true;
}

/// Everything up to the tag, under the key that the context holds. The nonce length is the cipher's own default: 12
/// bytes.
bool run(EVP_CIPHER_CTX* context, Direction direction, ByteView nonce, ByteView associated_data, ByteView in,
         std::span<std::uint8_t> out) {
  return EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), static_cast<int>(direction), nullptr) == 1 &&
         add_associated_data(context, associated_data) && transform(context, in, out);
}

Result<CipherCtxPtr> keyed(Direction direction, ByteView key) {
  if (key.size() != kAeadKeySize) {
    return Error(ErrorCode::invalid_argument,
                 concat("AES-256-GCM key: ", key.size(), " bytes, expected ", kAeadKeySize));
  }
  ERR_clear_error();
  CipherCtxPtr context(EVP_CIPHER_CTX_new());
  if (context == nullptr || EVP_CipherInit_ex2(context.get(), aes_256_gcm(), key.data(), nullptr,
                                               static_cast<int>(direction), nullptr) != 1) {
    return openssl_error("AES-256-GCM");
  }
  return context;
}

void wipe(std::span<std::uint8_t> out) noexcept {
  if (!out.empty()) {
    OPENSSL_cleanse(out.data(), out.size());
  }
}

}  // namespace

Result<AeadContext> AeadContext::to_seal(ByteView key) {
  TENZRO_ASSIGN_OR_RETURN(CipherCtxPtr context, keyed(Direction::seal, key));
  return AeadContext(std::move(context));
}

Result<AeadContext> AeadContext::to_open(ByteView key) {
  TENZRO_ASSIGN_OR_RETURN(CipherCtxPtr context, keyed(Direction::open, key));
  return AeadContext(std::move(context));
}

Result<void> AeadContext::seal(ByteView nonce, ByteView associated_data, ByteView plaintext,
                               std::span<std::uint8_t> out) {
  TENZRO_RETURN_IF_ERROR(check_sizes(nonce, plaintext.size(), out.size(), plaintext.size() + kAeadTagSize));
  const std::span<std::uint8_t> tag = out.last(kAeadTagSize);
  ERR_clear_error();
  int none_left = 0;
  if (!run(context_.get(), Direction::seal, nonce, associated_data, plaintext, out.first(plaintext.size())) ||
      EVP_CipherFinal_ex(context_.get(), tag.data(), &none_left) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kAeadTagSize), tag.data()) != 1) {
    wipe(out);
    return openssl_error("AES-256-GCM seal");
  }
  return {};
}

Result<void> AeadContext::open(ByteView nonce, ByteView associated_data, ByteView sealed, std::span<std::uint8_t> out) {
  // Too short for a tag is one more way not to be authentic: one error for all of them.
  const auto not_authentic = [] {
    return Error(ErrorCode::authentication_failed, "AES-256-GCM: the bytes do not authenticate");
  };
  if (sealed.size() < kAeadTagSize) {
    wipe(out);
    return not_authentic();
  }
  const std::size_t size = sealed.size() - kAeadTagSize;
  TENZRO_RETURN_IF_ERROR(check_sizes(nonce, size, out.size(), size));
  // Kept aside: out may begin where sealed does, and OpenSSL takes the tag as bytes that it may write to.
  ERR_clear_error();
  ByteArray<kAeadTagSize> tag{};
  std::ranges::copy(sealed.last(kAeadTagSize), tag.begin());
  if (!run(context_.get(), Direction::open, nonce, associated_data, sealed.first(size), out)) {
    wipe(out);
    return openssl_error("AES-256-GCM open");
  }
  ByteArray<kAeadTagSize> unused{};
  int none_left = 0;
  if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kAeadTagSize), tag.data()) != 1 ||
      EVP_CipherFinal_ex(context_.get(), unused.data(), &none_left) != 1) {
    wipe(out);
    forget_errors();
    return not_authentic();
  }
  return {};
}

Result<void> aead_seal(ByteView key, ByteView nonce, ByteView associated_data, ByteView plaintext,
                       std::span<std::uint8_t> out) {
  TENZRO_ASSIGN_OR_RETURN(AeadContext context, AeadContext::to_seal(key));
  return context.seal(nonce, associated_data, plaintext, out);
}

Result<void> aead_open(ByteView key, ByteView nonce, ByteView associated_data, ByteView sealed,
                       std::span<std::uint8_t> out) {
  TENZRO_ASSIGN_OR_RETURN(AeadContext context, AeadContext::to_open(key));
  return context.open(nonce, associated_data, sealed, out);
}

}  // namespace tenzro::tee::crypto
