// SPDX-License-Identifier: Apache-2.0
// What OpenSSL alone says about the things that the makers make.
#pragma once
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <string>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline crypto::X509Ptr decode(ByteView der) {
  const unsigned char* at = der.data();
  crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(out) : nullptr;
}

inline crypto::CrlPtr decode_crl(ByteView der) {
  const unsigned char* at = der.data();
  crypto::CrlPtr out(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(out) : nullptr;
}

/// X509_V_OK, or why OpenSSL in its strict mode refuses the path from leaf over intermediates to root. With lists,
/// every certificate below the root is looked up in them.
inline int path_verdict(ByteView root, const std::vector<Bytes>& intermediates, ByteView leaf, UtcTime at,
                        const std::vector<Bytes>& lists = {}) {
  const crypto::X509Ptr anchor = decode(root);
  const crypto::X509Ptr target = decode(leaf);
  const crypto::StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), anchor.get());
  for (const Bytes& list : lists) {
    X509_STORE_add_crl(store.get(), decode_crl(list).get());
  }
  std::vector<crypto::X509Ptr> owners;
  const crypto::CertificateStackPtr untrusted(sk_X509_new_null());
  for (const Bytes& der : intermediates) {
    owners.push_back(decode(der));
    sk_X509_push(untrusted.get(), owners.back().get());
  }
  const crypto::StoreCtxPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), target.get(), untrusted.get());
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, static_cast<time_t>(at.time_since_epoch().count()));
  unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE;
  if (!lists.empty()) {
    flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  }
  X509_VERIFY_PARAM_set_flags(param, flags);
  const int verdict = X509_verify_cert(context.get());
  return verdict == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

inline constexpr UtcTime kJudged = std::chrono::sys_days{std::chrono::year{2026} / 3 / 14};

}  // namespace tenzro::tee::test
