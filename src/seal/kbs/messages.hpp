// SPDX-License-Identifier: Apache-2.0
// The messages of Trustee's RCAR handshake (request, challenge, attestation, response), version 0.4.0: what we write,
// and reading what a broker writes, which may be anything. Source: confidential-containers/trustee,
// kbs/docs/kbs_attestation_protocol.md and kbs/src/attestation.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/digest.hpp"
#include "crypto/recipient_key.hpp"
#include "formats/json.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::kbs {

/// Brokers demand exactly theirs.
inline constexpr std::string_view kProtocolVersion = "0.4.0";
inline constexpr std::size_t kMaxChallenge = std::size_t{16} << 10;  ///< bytes of JSON
inline constexpr std::size_t kMaxToken = std::size_t{512} << 10;     ///< bytes of JSON
inline constexpr std::size_t kMaxNonce = 1024;                       ///< characters

/// POST /kbs/v0/auth. tee: "tdx".
std::string auth_request(std::string_view tee);

/// What came back.
struct Challenge {
  std::string nonce;                         ///< 22 to kMaxNonce characters of base64 or base64url
  crypto::Hash hash = crypto::Hash::sha384;  ///< of the runtime data
};
/// malformed_input; unsupported for another hash than SHA-384 (which stands where none is named) and SHA-512.
Result<Challenge> parse_challenge(ByteView body);

/// "kbs-session-id=...", as it is sent back in Cookie, out of the answer's headers (names in lower case).
/// malformed_input when there is none, more than one, or one that is empty, longer than 256 characters or holds
/// others than RFC 6265 gives a cookie: nothing that could end a header line.
Result<std::string> session_cookie(std::span<const std::pair<std::string, std::string>> headers);

/// What the TEE signs: the hash of {"additional-evidence":"","nonce":...,"tee-pubkey":{...}} (keys sorted, no white
/// space: RFC 8785), zero-padded to 64 bytes.
ByteArray<64> bound_data(const Challenge& challenge, const crypto::RsaNumbers& key);

/// POST /kbs/v0/attest. evidence: the broker's form of it for this TEE.
std::string attest_request(const Challenge& challenge, const crypto::RsaNumbers& key, json::Value evidence);
/// Of what came back, that it holds a token. The session stands for us, so the token itself is not kept.
Result<void> check_token(ByteView body);

/// Of an answer that says no, why: printable, at most a line.
std::string reason_of(ByteView body);

}  // namespace tenzro::tee::kbs
