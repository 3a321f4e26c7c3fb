// SPDX-License-Identifier: Apache-2.0
#include "failing_openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstdarg>

namespace tenzro::tee::test {

int path_error = X509_V_ERR_UNSPECIFIED;

namespace {

int left = 0;
bool has_failed = false;
std::string_view only;

bool fails_now(std::string_view name) {
  if (left == 0 || (!only.empty() && only != name)) {
    return false;
  }
  has_failed = --left == 0;
  return has_failed;
}

}  // namespace

void fail_openssl_call(int number, std::string_view name) {
  left = number;
  only = name;
  has_failed = false;
}
bool has_openssl_failed() { return has_failed; }

}  // namespace tenzro::tee::test

// The linker's names.
// NOLINTBEGIN(bugprone-reserved-identifier, bugprone-macro-parentheses)
#define WRAPPED(result, name, failure, parameters, arguments)                                            \
  extern "C" result __real_##name parameters;                                                            \
  extern "C" result __wrap_##name parameters;                                                            \
  result __wrap_##name parameters {                                                                      \
    return tenzro::tee::test::fails_now(#name) ? static_cast<result>(failure) : __real_##name arguments; \
  }

using Pkey = EVP_PKEY;
using PkeyCtx = EVP_PKEY_CTX;
using Byte = unsigned char;

WRAPPED(EVP_MD_CTX*, EVP_MD_CTX_new, nullptr, (), ())
WRAPPED(int, EVP_DigestInit_ex, 0, (EVP_MD_CTX * a, const EVP_MD* b, ENGINE* c), (a, b, c))
WRAPPED(int, EVP_DigestInit_ex2, 0, (EVP_MD_CTX * a, const EVP_MD* b, const OSSL_PARAM* c), (a, b, c))
WRAPPED(int, EVP_DigestUpdate, 0, (EVP_MD_CTX * a, const void* b, std::size_t c), (a, b, c))
WRAPPED(int, EVP_DigestFinal_ex, 0, (EVP_MD_CTX * a, Byte* b, unsigned* c), (a, b, c))
WRAPPED(EVP_CIPHER_CTX*, EVP_CIPHER_CTX_new, nullptr, (), ())
WRAPPED(EVP_CIPHER*, EVP_CIPHER_fetch, nullptr, (OSSL_LIB_CTX * a, const char* b, const char* c), (a, b, c))
WRAPPED(EVP_MAC*, EVP_MAC_fetch, nullptr, (OSSL_LIB_CTX * a, const char* b, const char* c), (a, b, c))
WRAPPED(EVP_KDF*, EVP_KDF_fetch, nullptr, (OSSL_LIB_CTX * a, const char* b, const char* c), (a, b, c))
WRAPPED(int, EVP_CipherInit_ex2, 0,
        (EVP_CIPHER_CTX * a, const EVP_CIPHER* b, const Byte* c, const Byte* d, int e, const OSSL_PARAM* f),
        (a, b, c, d, e, f))
WRAPPED(int, EVP_CipherUpdate, 0, (EVP_CIPHER_CTX * a, Byte* b, int* c, const Byte* d, int e), (a, b, c, d, e))
WRAPPED(int, EVP_CipherFinal_ex, 0, (EVP_CIPHER_CTX * a, Byte* b, int* c), (a, b, c))
WRAPPED(int, EVP_CIPHER_CTX_ctrl, 0, (EVP_CIPHER_CTX * a, int b, int c, void* d), (a, b, c, d))
WRAPPED(int, EVP_DecryptInit_ex2, 0,
        (EVP_CIPHER_CTX * a, const EVP_CIPHER* b, const Byte* c, const Byte* d, const OSSL_PARAM* e), (a, b, c, d, e))
WRAPPED(int, EVP_DecryptUpdate, 0, (EVP_CIPHER_CTX * a, Byte* b, int* c, const Byte* d, int e), (a, b, c, d, e))
WRAPPED(int, EVP_DecryptFinal_ex, 0, (EVP_CIPHER_CTX * a, Byte* b, int* c), (a, b, c))
WRAPPED(PkeyCtx*, EVP_PKEY_CTX_new_from_name, nullptr, (OSSL_LIB_CTX * a, const char* b, const char* c), (a, b, c))
WRAPPED(PkeyCtx*, EVP_PKEY_CTX_new_from_pkey, nullptr, (OSSL_LIB_CTX * a, Pkey* b, const char* c), (a, b, c))
WRAPPED(int, EVP_PKEY_paramgen_init, 0, (PkeyCtx * a), (a))
WRAPPED(int, EVP_PKEY_CTX_set_group_name, 0, (PkeyCtx * a, const char* b), (a, b))
WRAPPED(int, EVP_PKEY_paramgen, 0, (PkeyCtx * a, Pkey** b), (a, b))
WRAPPED(int, EVP_PKEY_get_utf8_string_param, 0, (const Pkey* a, const char* b, char* c, std::size_t d, std::size_t* e),
        (a, b, c, d, e))
WRAPPED(int, EVP_PKEY_get_int_param, 0, (const Pkey* a, const char* b, int* c), (a, b, c))
WRAPPED(int, EVP_PKEY_get_group_name, 0, (const Pkey* a, char* b, std::size_t c, std::size_t* d), (a, b, c, d))
WRAPPED(int, EVP_PKEY_get_bn_param, 0, (const Pkey* a, const char* b, BIGNUM** c), (a, b, c))
WRAPPED(int, BN_bn2binpad, -1, (const BIGNUM* a, Byte* b, int c), (a, b, c))
WRAPPED(BIGNUM*, BN_bin2bn, nullptr, (const Byte* a, int b, BIGNUM* c), (a, b, c))
WRAPPED(Pkey*, EVP_PKEY_new, nullptr, (), ())
WRAPPED(int, EVP_PKEY_copy_parameters, 0, (Pkey * a, const Pkey* b), (a, b))
WRAPPED(int, EVP_PKEY_set1_encoded_public_key, 0, (Pkey * a, const Byte* b, std::size_t c), (a, b, c))
WRAPPED(int, EVP_PKEY_verify_init, 0, (PkeyCtx * a), (a))
WRAPPED(int, EVP_PKEY_verify, 0, (PkeyCtx * a, const Byte* b, std::size_t c, const Byte* d, std::size_t e),
        (a, b, c, d, e))
WRAPPED(int, EVP_PKEY_decrypt_init, 0, (PkeyCtx * a), (a))
WRAPPED(int, EVP_PKEY_decrypt, 0, (PkeyCtx * a, Byte* b, std::size_t* c, const Byte* d, std::size_t e), (a, b, c, d, e))
WRAPPED(int, EVP_PKEY_CTX_set_rsa_padding, 0, (PkeyCtx * a, int b), (a, b))
WRAPPED(int, EVP_PKEY_CTX_set_signature_md, 0, (PkeyCtx * a, const EVP_MD* b), (a, b))
WRAPPED(int, EVP_PKEY_CTX_set_rsa_mgf1_md, 0, (PkeyCtx * a, const EVP_MD* b), (a, b))
WRAPPED(int, EVP_PKEY_CTX_set_rsa_oaep_md, 0, (PkeyCtx * a, const EVP_MD* b), (a, b))
WRAPPED(int, EVP_PKEY_CTX_set_rsa_pss_saltlen, 0, (PkeyCtx * a, int b), (a, b))
WRAPPED(int, EVP_PKEY_fromdata_init, 0, (PkeyCtx * a), (a))
WRAPPED(int, EVP_PKEY_fromdata, 0, (PkeyCtx * a, Pkey** b, int c, OSSL_PARAM* d), (a, b, c, d))
WRAPPED(OSSL_PARAM_BLD*, OSSL_PARAM_BLD_new, nullptr, (), ())
WRAPPED(int, OSSL_PARAM_BLD_push_BN, 0, (OSSL_PARAM_BLD * a, const char* b, const BIGNUM* c), (a, b, c))
WRAPPED(OSSL_PARAM*, OSSL_PARAM_BLD_to_param, nullptr, (OSSL_PARAM_BLD * a), (a))
WRAPPED(int, i2d_PUBKEY, -1, (const Pkey* a, Byte** b), (a, b))
WRAPPED(EVP_KDF_CTX*, EVP_KDF_CTX_new, nullptr, (EVP_KDF * a), (a))
WRAPPED(int, EVP_KDF_derive, 0, (EVP_KDF_CTX * a, Byte* b, std::size_t c, const OSSL_PARAM* d), (a, b, c, d))
WRAPPED(EVP_MAC_CTX*, EVP_MAC_CTX_new, nullptr, (EVP_MAC * a), (a))
WRAPPED(int, EVP_MAC_init, 0, (EVP_MAC_CTX * a, const Byte* b, std::size_t c, const OSSL_PARAM* d), (a, b, c, d))
WRAPPED(int, EVP_MAC_update, 0, (EVP_MAC_CTX * a, const Byte* b, std::size_t c), (a, b, c))
WRAPPED(int, EVP_MAC_final, 0, (EVP_MAC_CTX * a, Byte* b, std::size_t* c, std::size_t d), (a, b, c, d))
WRAPPED(X509*, d2i_X509, nullptr, (X509 * *a, const Byte** b, long c), (a, b, c))
WRAPPED(int, i2d_X509, -1, (const X509* a, Byte** b), (a, b))
WRAPPED(int, X509_check_purpose, 0, (X509 * a, int b, int c), (a, b, c))
WRAPPED(Pkey*, X509_get_pubkey, nullptr, (X509 * a), (a))
WRAPPED(X509_STORE*, X509_STORE_new, nullptr, (), ())
WRAPPED(X509_STORE_CTX*, X509_STORE_CTX_new, nullptr, (), ())
WRAPPED(int, X509_STORE_add_cert, 0, (X509_STORE * a, X509* b), (a, b))
WRAPPED(int, X509_STORE_CTX_init, 0, (X509_STORE_CTX * a, X509_STORE* b, X509* c, STACK_OF(X509) * d), (a, b, c, d))
WRAPPED(int, X509_VERIFY_PARAM_set_flags, 0, (X509_VERIFY_PARAM * a, unsigned long b), (a, b))
WRAPPED(int, X509_STORE_CTX_get_error, tenzro::tee::test::path_error, (const X509_STORE_CTX* a), (a))
// Fails when everything is done and the path stands there.
WRAPPED(int, X509_verify_cert, __real_X509_verify_cert(a) - 2, (X509_STORE_CTX * a), (a))
WRAPPED(OPENSSL_STACK*, OPENSSL_sk_new_null, nullptr, (), ())
WRAPPED(int, OPENSSL_sk_push, 0, (OPENSSL_STACK * a, const void* b), (a, b))

// Of RSA alone, whose further argument is the size.
extern "C" Pkey* __real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX* library, const char* properties, const char* type, ...);
extern "C" Pkey* __wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX* library, const char* properties, const char* type, ...);
Pkey* __wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX* library, const char* properties, const char* type, ...) {
  std::va_list arguments;
  va_start(arguments, type);
  const std::size_t bits = va_arg(arguments, std::size_t);
  va_end(arguments);
  return tenzro::tee::test::fails_now("EVP_PKEY_Q_keygen") ? nullptr
                                                           : __real_EVP_PKEY_Q_keygen(library, properties, type, bits);
}
// NOLINTEND(bugprone-reserved-identifier, bugprone-macro-parentheses)
