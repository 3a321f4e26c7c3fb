// SPDX-License-Identifier: Apache-2.0
// The one constant that all sealing keys are extracted with.
#pragma once
#include "core/encoded_text.hpp"
#include "crypto/digest.hpp"
#include "seal/length_prefix.hpp"

namespace tenzro::tee::seal_format {

inline constexpr std::size_t kKeySize = 32;

/// SHA-256("tenzro/seal/v1/extract")
inline const ByteArray<32>& extract_salt() {
  static const ByteArray<32> salt = crypto::sha256(as_bytes("tenzro/seal/v1/extract"));
  return salt;
}

}  // namespace tenzro::tee::seal_format
