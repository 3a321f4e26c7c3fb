// SPDX-License-Identifier: Apache-2.0
#include "calibrators.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <vector>

#include "rows.hpp"

namespace tenzro::bench {

namespace {

/// A key, a digest and the DER signature over it.
struct SignedDigest {
  EVP_PKEY* key = nullptr;
  std::vector<unsigned char> digest;
  std::vector<unsigned char> signature;
};

/// What is set on a context once it is ready to sign or to verify.
using Setting = bool (*)(EVP_PKEY_CTX*);
bool set_nothing(EVP_PKEY_CTX* /*context*/) { return true; }
/// As AMD signs certificates.
bool set_pss_sha384(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context, EVP_sha384()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha384()) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

SignedDigest sign_digest(EVP_PKEY* key, std::size_t digest_size, Setting setting) {
  SignedDigest out;
  out.digest.assign(digest_size, 0x5a);
  out.key = key;
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(out.key, nullptr);
  std::size_t size = 0;
  demand(context != nullptr && EVP_PKEY_sign_init(context) == 1 && setting(context) &&
             EVP_PKEY_sign(context, nullptr, &size, out.digest.data(), out.digest.size()) == 1,
         "the calibrator cannot sign");
  out.signature.resize(size);
  demand(EVP_PKEY_sign(context, out.signature.data(), &size, out.digest.data(), out.digest.size()) == 1,
         "the calibrator cannot sign");
  out.signature.resize(size);
  EVP_PKEY_CTX_free(context);
  return out;
}

const SignedDigest& p256_digest() {
  static const SignedDigest made = sign_digest(EVP_EC_gen("P-256"), 32, set_nothing);
  return made;
}
const SignedDigest& p384_digest() {
  static const SignedDigest made = sign_digest(EVP_EC_gen("P-384"), 48, set_nothing);
  return made;
}
const SignedDigest& rsa4096_digest() {
  static const SignedDigest made = sign_digest(EVP_RSA_gen(4096), 48, set_pss_sha384);
  return made;
}

/// One verification with the key ready.
void verify_with(benchmark::State& state, const SignedDigest& made, Setting setting) {
  for (auto _ : state) {
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(made.key, nullptr);
    const bool good = EVP_PKEY_verify_init(context) == 1 && setting(context) &&
                      EVP_PKEY_verify(context, made.signature.data(), made.signature.size(), made.digest.data(),
                                      made.digest.size()) == 1;
    EVP_PKEY_CTX_free(context);
    if (!good) {
      state.SkipWithError("the calibrator's signature does not verify");
      return;
    }
  }
}

void p256_verify(benchmark::State& state) { verify_with(state, p256_digest(), set_nothing); }
void p384_verify(benchmark::State& state) { verify_with(state, p384_digest(), set_nothing); }
void rsa4096_verify(benchmark::State& state) { verify_with(state, rsa4096_digest(), set_pss_sha384); }

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
  p256_digest();
  p384_digest();
  rsa4096_digest();
  add_row(kP256Verify, p256_verify);
  add_row(kP384Verify, p384_verify);
  add_row(kRsa4096Verify, rsa4096_verify);
  add_row(kSha256Of632, sha256_of_632);
  add_scaling_row(kP256VerifyThreads, p256_verify, kP256VerifyThreads);
  add_scaling_row(kP384VerifyThreads, p384_verify, kP384VerifyThreads);
}

}  // namespace tenzro::bench
