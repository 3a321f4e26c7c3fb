// SPDX-License-Identifier: Apache-2.0
#include "crypto/running_digest.hpp"

#include <openssl/evp.h>

#include <new>

namespace tenzro::tee::crypto {

namespace {
void need(bool worked) {
  if (!worked) {
    throw std::bad_alloc();
  }
}
}  // namespace

RunningSha384::RunningSha384() : context_(EVP_MD_CTX_new()) {
  need(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha384(), nullptr) == 1);
}

void RunningSha384::add(ByteView piece) { need(EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1); }

ByteArray<48> RunningSha384::finish() && {
  ByteArray<48> out{};
  unsigned size = 0;
  need(EVP_DigestFinal_ex(context_.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

}  // namespace tenzro::tee::crypto
