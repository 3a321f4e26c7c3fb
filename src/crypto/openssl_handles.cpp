// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl_handles.hpp"

#include <openssl/err.h>

#include "core/text.hpp"

namespace tenzro::tee::crypto {

Error openssl_error(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  Error error(ErrorCode::crypto_failure, concat(what, ": ", reason == nullptr ? "OpenSSL gave no reason" : reason));
  ERR_clear_error();
  return error;
}

}  // namespace tenzro::tee::crypto
