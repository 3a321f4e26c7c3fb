// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/messages.hpp"

#include <algorithm>
#include <optional>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::kbs {

namespace {

using json::Node;
using json::Value;

constexpr std::string_view kCookieName = "kbs-session-id";
constexpr std::size_t kMaxCookie = 256;
constexpr std::size_t kMinNonce = 22;  // 128 bits
constexpr std::size_t kMaxReason = 300;

bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("+/-_=").contains(c);
}

/// RFC 6265, section 4.1.1, cookie-octet; what ends at a semicolon has none.
bool is_cookie_octet(char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != '\\'; }

Value public_key(const crypto::RsaNumbers& key) {
  return Value{
      {"alg", "RSA-OAEP-256"}, {"e", to_base64url(key.exponent)}, {"kty", "RSA"}, {"n", to_base64url(key.modulus)}};
}

Result<crypto::Hash> hash_of(const Node& parameters) {
  // A broker without parameters says "".
  if (parameters.value().is_string() || parameters.value().is_null()) {
    return crypto::Hash::sha384;
  }
  TENZRO_ASSIGN_OR_RETURN(const auto selected, parameters.optional_member("selected-hash-algorithm"));
  if (!selected) {
    return crypto::Hash::sha384;
  }
  TENZRO_ASSIGN_OR_RETURN(const std::string name, selected->string(32));
  if (name == "sha384") {
    return crypto::Hash::sha384;
  }
  if (name == "sha512") {
    return crypto::Hash::sha512;
  }
  return Error(ErrorCode::unsupported,
               concat(selected->path(), ": is \"", printable(name), "\", and sha384 and sha512 were offered"));
}

}  // namespace

std::string auth_request(std::string_view tee) {
  const Value request = {{"version", kProtocolVersion},
                         {"tee", tee},
                         {"extra-params", {{"supported-hash-algorithms", {"sha384", "sha512"}}}}};
  return request.dump();
}

Result<Challenge> parse_challenge(ByteView body) {
  TENZRO_ASSIGN_OR_RETURN(const Value value, json::parse(body, {.max_size = kMaxChallenge, .max_depth = 8}));
  const Node root(value, "challenge");
  TENZRO_ASSIGN_OR_RETURN(const Node nonce, root.member("nonce"));
  Challenge out;
  TENZRO_ASSIGN_OR_RETURN(out.nonce, nonce.string(kMaxNonce));
  if (out.nonce.size() < kMinNonce || !std::ranges::all_of(out.nonce, is_base64_digit)) {
    return nonce.wrong(concat(kMinNonce, " to ", kMaxNonce, " characters of base64"));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto parameters, root.optional_member("extra-params"));
  if (parameters) {
    TENZRO_ASSIGN_OR_RETURN(out.hash, hash_of(*parameters));
  }
  return out;
}

Result<std::string> session_cookie(std::span<const std::pair<std::string, std::string>> headers) {
  const auto malformed = [](std::string_view why) {
    return Error(ErrorCode::malformed_input, concat("cookie ", kCookieName, ": ", why));
  };
  std::optional<std::string> found;
  for (const auto& [name, value] : headers) {
    const std::string_view pair = std::string_view(value).substr(0, value.find(';'));
    const std::size_t equals = pair.find('=');
    if (name != "set-cookie" || equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != kCookieName) {
      continue;
    }
    if (found) {
      return malformed("is there twice");
    }
    found = trimmed(pair.substr(equals + 1));
  }
  if (!found) {
    return malformed("is missing");
  }
  if (found->empty() || found->size() > kMaxCookie || !std::ranges::all_of(*found, is_cookie_octet)) {
    return malformed(concat("expected 1 to ", kMaxCookie, " characters that a cookie may have"));
  }
  return concat(kCookieName, "=", *found);
}

ByteArray<64> bound_data(const Challenge& challenge, const crypto::RsaNumbers& key) {
  // nlohmann's objects are sorted, and nothing in these texts is written in more than one way.
  const Value runtime_data = {{"additional-evidence", ""}, {"nonce", challenge.nonce}, {"tee-pubkey", public_key(key)}};
  const crypto::Digest hash = crypto::digest(challenge.hash, as_bytes(runtime_data.dump()));
  ByteArray<64> out{};
  std::ranges::copy(hash.view(), out.begin());
  return out;
}

std::string attest_request(const Challenge& challenge, const crypto::RsaNumbers& key, Value evidence) {
  const Value request = {{"runtime-data", {{"nonce", challenge.nonce}, {"tee-pubkey", public_key(key)}}},
                         {"tee-evidence", {{"primary_evidence", std::move(evidence)}, {"additional_evidence", ""}}}};
  return request.dump();
}

Result<void> check_token(ByteView body) {
  TENZRO_ASSIGN_OR_RETURN(const Value value, json::parse(body, {.max_size = kMaxToken, .max_depth = 8}));
  const Node root(value, "attestation result");
  TENZRO_ASSIGN_OR_RETURN(const Node token, root.member("token"));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, token.string(kMaxToken));
  if (text.empty()) {
    return token.wrong("a text that is not empty");
  }
  return {};
}

std::string reason_of(ByteView body) {
  if (body.empty()) {
    return "it gives no reason";
  }
  const auto value = json::parse(body, {.max_size = kMaxChallenge, .max_depth = 8});
  if (value && value->is_object()) {
    const auto detail = value->find("detail");
    if (detail != value->end() && detail->is_string()) {
      return printable(detail->get_ref<const std::string&>(), kMaxReason);
    }
  }
  return printable(as_text(body), kMaxReason);
}

}  // namespace tenzro::tee::kbs
