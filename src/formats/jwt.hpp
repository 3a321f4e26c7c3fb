// SPDX-License-Identifier: Apache-2.0
// JSON Web Signatures in their compact form (RFC 7515), taken apart. Nothing is verified here.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::jwt {

inline constexpr std::size_t kMaxToken = std::size_t{256} << 10;
inline constexpr std::size_t kMaxHeader = std::size_t{4} << 10;  ///< bytes, decoded
inline constexpr std::size_t kMaxKeyId = 256;                    ///< bytes

/// A token in its parts. signing_input points into the text given to parse(), which must outlive it.
struct Token {
  std::string algorithm;           ///< "alg", as its sender wrote it: "ES384", "none", ...
  std::string key_id;              ///< "kid"; empty when absent
  Bytes payload;                   ///< decoded, at least one byte
  Bytes signature;                 ///< decoded, at least one byte: for ES384 r || s
  std::string_view signing_input;  ///< header and payload with the dot between them: what the signature is over
};

/// True when the text claims to be a token: it begins as the base64url of a JSON object and has two dots.
bool looks_like_token(std::string_view text) noexcept;

/// Exactly three parts, none empty, each base64url without padding in its one spelling; a header that is a strict JSON
/// object with "alg". Header members that name or carry keys (jku, jwk, x5u, x5c, x5t) and all others are never looked
/// at: who believes them believes the sender. malformed_input otherwise; unsupported for the members "crit" and "b64",
/// which change what is signed.
Result<Token> parse(std::string_view text);

}  // namespace tenzro::tee::jwt
