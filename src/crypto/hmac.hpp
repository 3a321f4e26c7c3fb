// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104) with SHA-256.
#pragma once
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

/// 32 bytes: secret, since they are often the next key. Key and message may have any size, none as well.
/// crypto_failure when OpenSSL cannot. Threads: may be called from several threads at once.
Result<SecretBytes> hmac_sha256(ByteView key, ByteView message);

}  // namespace tenzro::tee::crypto
