// SPDX-License-Identifier: Apache-2.0
#include "calibrators.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <array>
#include <vector>

#include "rows.hpp"

namespace tenzro::bench {

namespace {

/// A key, a digest and the DER signature over it.
struct SignedDigest {
  EVP_PKEY* key = nullptr;
  std::array<unsigned char, 32> digest{};
  std::vector<unsigned char> signature;
};

const SignedDigest& signed_digest() {
  static const SignedDigest made = [] {
    SignedDigest out;
    out.digest.fill(0x5a);
    out.key = EVP_EC_gen("P-256");
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(out.key, nullptr);
    std::size_t size = 0;
    demand(context != nullptr && EVP_PKEY_sign_init(context) == 1 &&
               EVP_PKEY_sign(context, nullptr, &size, out.digest.data(), out.digest.size()) == 1,
           "the calibrator cannot sign");
    out.signature.resize(size);
    demand(EVP_PKEY_sign(context, out.signature.data(), &size, out.digest.data(), out.digest.size()) == 1,
           "the calibrator cannot sign");
    out.signature.resize(size);
    EVP_PKEY_CTX_free(context);
    return out;
  }();
  return made;
}

/// One ECDSA verification with the key ready.
void p256_verify(benchmark::State& state) {
  const SignedDigest& made = signed_digest();
  for (auto _ : state) {
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(made.key, nullptr);
    const bool good =
        EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_verify(context, made.signature.data(), made.signature.size(),
                                                              made.digest.data(), made.digest.size()) == 1;
    EVP_PKEY_CTX_free(context);
    if (!good) {
      state.SkipWithError("the calibrator's signature does not verify");
      return;
    }
  }
}

/// The size of what a version 4 TDX quote signs.
void sha256_of_632(benchmark::State& state) {
  EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const std::array<unsigned char, 632> data{};
  std::array<unsigned char, 32> out{};
  for (auto _ : state) {
    if (EVP_DigestInit_ex2(context, algorithm, nullptr) != 1 ||
        EVP_DigestUpdate(context, data.data(), data.size()) != 1 ||
        EVP_DigestFinal_ex(context, out.data(), nullptr) != 1) {
      state.SkipWithError("SHA-256 failed");
      break;
    }
    benchmark::DoNotOptimize(out);
  }
  EVP_MD_CTX_free(context);
  EVP_MD_free(algorithm);
}

}  // namespace

void add_calibrators() {
  signed_digest();
  add_row(kP256Verify, p256_verify);
  add_row(kSha256Of632, sha256_of_632);
  add_scaling_row(kP256VerifyThreads, p256_verify, kP256VerifyThreads);
}

}  // namespace tenzro::bench
