// SPDX-License-Identifier: Apache-2.0
// What a key broker answers: a JSON Web Encryption (RFC 7516) in its flattened JSON form, for our key alone.
#pragma once
#include <string>

#include "crypto/recipient_key.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::kbs {

inline constexpr std::size_t kMaxJwe = std::size_t{16} << 10;            ///< bytes of JSON
inline constexpr std::size_t kMaxJweCiphertext = std::size_t{4} << 10;   ///< bytes
inline constexpr std::size_t kMaxJweEncryptedKey = std::size_t{1} << 9;  ///< bytes: RSA of 4096 bits

/// Taken apart; nothing of it is authenticated yet.
struct Jwe {
  std::string protected_header;  ///< base64url as it came: the associated data
  Bytes encrypted_key;           ///< 1 to kMaxJweEncryptedKey bytes
  ByteArray<12> iv{};
  Bytes ciphertext;  ///< at most kMaxJweCiphertext bytes; may be empty
  ByteArray<16> tag{};
};

/// One strict JSON object with exactly the members protected, encrypted_key, iv, ciphertext and tag, each base64url in
/// its one spelling. The protected header: a strict JSON object that says "alg":"RSA-OAEP-256", "enc":"A256GCM" and
/// nothing else. So there is one recipient, no compression, no header that is not authenticated and no data beside it.
/// malformed_input otherwise; unsupported for other algorithms, RSA1_5 among them.
Result<Jwe> parse_jwe(ByteView text);

/// The plaintext. authentication_failed, in the same words for every reason, when it does not open.
Result<SecretBytes> open_jwe(const Jwe& jwe, const crypto::RecipientKey& key);

}  // namespace tenzro::tee::kbs
