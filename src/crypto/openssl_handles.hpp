// SPDX-License-Identifier: Apache-2.0
// OpenSSL objects with owners: each handle is named once, with the right deep free.
#pragma once
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#include <memory>
#include <new>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee::crypto {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Freer<Free>>;

struct FreeOpensslMemory {
  void operator()(void* p) const noexcept { OPENSSL_free(p); }
};
struct FreeCertificateStack {
  void operator()(STACK_OF(X509) * s) const noexcept { sk_X509_free(s); }
};

using Asn1IntegerPtr = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using Asn1TimePtr = Handle<ASN1_TIME, ASN1_TIME_free>;
using BignumPtr = Handle<BIGNUM, BN_free>;
using BioPtr = Handle<BIO, BIO_free_all>;
using CipherCtxPtr = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using CrlPtr = Handle<X509_CRL, X509_CRL_free>;
using EcGroupPtr = Handle<EC_GROUP, EC_GROUP_free>;
using EcPointPtr = Handle<EC_POINT, EC_POINT_free>;
using ExtensionPtr = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using KdfCtxPtr = Handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using MacCtxPtr = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using MdCtxPtr = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using OpensslMemory = std::unique_ptr<unsigned char, FreeOpensslMemory>;
using PkeyCtxPtr = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using PkeyPtr = Handle<EVP_PKEY, EVP_PKEY_free>;
using StorePtr = Handle<X509_STORE, X509_STORE_free>;
using StoreCtxPtr = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509NamePtr = Handle<X509_NAME, X509_NAME_free>;
using X509Ptr = Handle<X509, X509_free>;
/// The stack only: it borrows its certificates.
using CertificateStackPtr = std::unique_ptr<STACK_OF(X509), FreeCertificateStack>;

static_assert(sizeof(X509Ptr) == sizeof(void*));

/// Clears OpenSSL's error queue after something that it would not do. Throws std::bad_alloc when a lack of memory is
/// among the reasons: then that was no answer. To be asked only where the queue was cleared before the attempt.
void forget_errors();
/// What was fetched, for whoever keeps it for good. Throws std::bad_alloc for null: short of a broken installation
/// there is no other reason, and nothing may be kept in its place.
template <class T>
T* fetched(T* algorithm) {
  if (algorithm == nullptr) {
    throw std::bad_alloc();
  }
  return algorithm;
}

/// Takes the newest text off OpenSSL's error queue, clears the queue as forget_errors() does, and makes a
/// crypto_failure of it: "what: reason".
Error openssl_error(std::string_view what);

}  // namespace tenzro::tee::crypto
