// SPDX-License-Identifier: Apache-2.0
// A digest of data that comes piece by piece.
#pragma once
#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

/// SHA-384. Throws std::bad_alloc if OpenSSL fails: short of a broken installation, for want of memory.
/// Threads: one thread at a time.
class RunningSha384 {
 public:
  RunningSha384();
  void add(ByteView piece);
  ByteArray<48> finish() &&;

 private:
  MdCtxPtr context_;
};

}  // namespace tenzro::tee::crypto
