// SPDX-License-Identifier: Apache-2.0
// What OpenSSL alone says of a chain and its revocation lists, for chains that we took.
#pragma once
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::fuzz {

inline crypto::X509Ptr decode_certificate(ByteView der) {
  const unsigned char* at = der.data();
  crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return out != nullptr && at == der.data() + der.size() ? std::move(out) : nullptr;
}

inline crypto::CrlPtr decode_list(ByteView der) {
  const unsigned char* at = der.data();
  crypto::CrlPtr out(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  return out != nullptr && at == der.data() + der.size() ? std::move(out) : nullptr;
}

struct OpensslQuestion {
  std::vector<Bytes> chain{};  ///< DER, leaf first, root last
  std::vector<Bytes> lists{};  ///< DER; with any, every certificate is looked up
  UtcTime at{};
  bool strict = true;  ///< leaves of AMD and AWS have no authority key identifier, which its strict mode wants
};

/// X509_V_OK, or OpenSSL's reason why not; -1 when something cannot be decoded.
inline int openssl_verdict(const OpensslQuestion& question) {
  std::vector<crypto::X509Ptr> certificates;
  for (const Bytes& der : question.chain) {
    certificates.push_back(decode_certificate(der));
    if (certificates.back() == nullptr) {
      return -1;
    }
  }
  const crypto::StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), certificates.back().get());
  for (const Bytes& der : question.lists) {
    const crypto::CrlPtr list = decode_list(der);
    if (list == nullptr || X509_STORE_add_crl(store.get(), list.get()) != 1) {
      return -1;
    }
  }
  const crypto::CertificateStackPtr untrusted(sk_X509_new_null());
  for (std::size_t i = 1; i + 1 < certificates.size(); ++i) {
    sk_X509_push(untrusted.get(), certificates[i].get());
  }
  const crypto::StoreCtxPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificates.front().get(), untrusted.get());
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(question.at.time_since_epoch().count()));
  X509_VERIFY_PARAM_set_auth_level(param, 3);
  unsigned long flags = question.strict ? X509_V_FLAG_X509_STRICT : 0;
  if (!question.lists.empty()) {
    flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  }
  X509_VERIFY_PARAM_set_flags(param, flags);
  return X509_verify_cert(context.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

}  // namespace tenzro::tee::fuzz
