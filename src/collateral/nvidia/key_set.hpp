// SPDX-License-Identifier: Apache-2.0
// The key set that NVIDIA's remote attestation service publishes (RFC 7517, JSON Web Key Set).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::size_t kMaxKeySet = std::size_t{1} << 20;  ///< bytes; genuine ones have 90 KiB
inline constexpr std::size_t kMaxKeys = 256;
inline constexpr std::size_t kMaxKeyCertificates = 4;

/// A key for ES384 as it stands in the set. Nothing vouches for it yet, nor is the point known to be on the curve.
struct TokenKey {
  std::string key_id;               ///< "kid", 1 to 256 bytes
  ByteArray<96> x_y{};              ///< the point on P-384
  std::vector<Bytes> certificates;  ///< "x5c", DER, at most 4: its own first; may be empty
};

struct KeySet {
  std::vector<TokenKey> keys;  ///< each key_id once
  std::size_t other_keys = 0;  ///< of other kinds or uses, or without a name: never used

  const TokenKey* find(std::string_view key_id) const noexcept;  ///< null when it is not there
};

/// True for an object with an array "keys", and nothing of a report's or document's own.
bool looks_like_key_set(const json::Value& value);

/// At most 1 MiB and 256 keys. A key that is no EC key on P-384 for signatures (kty, crv, use, alg, key_ops) or has no
/// kid is counted and passed over; one that is must be whole: x and y of 48 bytes in base64url, certificates in base64
/// of DER. malformed_input names the member, also for a kid that two such keys have.
Result<KeySet> parse_key_set(ByteView text);

}  // namespace tenzro::tee::nvidia
