// SPDX-License-Identifier: Apache-2.0
// HKDF (RFC 5869), extract and expand in one step.
#pragma once
#include "crypto/digest.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

/// size bytes of output keying material; salt and info may be empty. invalid_argument above 255 digests of output or
/// for 0.
Result<SecretBytes> hkdf(Hash hash, ByteView secret, ByteView salt, ByteView info, std::size_t size);

}  // namespace tenzro::tee::crypto
