// SPDX-License-Identifier: Apache-2.0
// What everything made with OpenSSL does over and over: ask whether a call worked, read a certificate, write DER.
#pragma once
#include <stdexcept>

#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// A test that cannot make its input must not go on.
inline void need(bool ok, const char* what) {
  if (!ok) {
    throw std::runtime_error(what);
  }
}

inline crypto::X509Ptr openssl_certificate(ByteView der) {
  const unsigned char* at = der.data();
  crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  need(out != nullptr, "d2i_X509");
  return out;
}

/// write: the object's i2d function.
template <class T, class Write>
Bytes der_of(T* object, Write write) {
  unsigned char* bytes = nullptr;
  const int size = write(object, &bytes);
  need(size > 0, "i2d");
  const crypto::OpensslMemory owner(bytes);
  return Bytes(bytes, bytes + size);
}

}  // namespace tenzro::tee::test
