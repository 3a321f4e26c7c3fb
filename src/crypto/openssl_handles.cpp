// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl_handles.hpp"

#include <openssl/err.h>

#include "core/text.hpp"

namespace tenzro::tee::crypto {

void forget_errors() {
  bool no_memory = false;
  while (const unsigned long code = ERR_get_error()) {
    no_memory |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
  }
  if (no_memory) {
    throw std::bad_alloc();
  }
}

Error openssl_error(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  Error error(ErrorCode::crypto_failure, concat(what, ": ", reason == nullptr ? "OpenSSL gave no reason" : reason));
  forget_errors();
  return error;
}

}  // namespace tenzro::tee::crypto
