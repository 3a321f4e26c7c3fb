// SPDX-License-Identifier: Apache-2.0
// Source: AWS Identity and Access Management user guide, "Create a signed AWS API request".
#include "seal/kms/sigv4.hpp"

#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "crypto/hmac.hpp"
#include "seal/length_prefix.hpp"

namespace tenzro::tee::kms::sigv4 {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kEnd = "aws4_request";
constexpr std::size_t kMaxKeyId = 128;
constexpr std::size_t kMaxToken = std::size_t{16} << 10;

std::string day(UtcTime time) { return amz_date(time).substr(0, 8); }

/// In the order of their names, as they are signed.
std::string signed_names(std::string_view session_token) {
  return concat("content-type;host;x-amz-date;", session_token.empty() ? "" : "x-amz-security-token;", "x-amz-target");
}

bool is_one_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}
bool is_key_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxKeyId && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string amz_date(UtcTime time) {
  std::string out = to_rfc3339(time);
  std::erase_if(out, [](char c) { return c == '-' || c == ':'; });
  return out;
}

std::string credential_scope(const Scope& scope) {
  return concat(day(scope.time), "/", scope.region, "/", scope.service, "/", kEnd);
}

std::string canonical_request(const Call& call, UtcTime time, std::string_view session_token) {
  const std::string token = session_token.empty() ? "" : concat("x-amz-security-token:", session_token, "\n");
  return concat("POST\n/\n\n", "content-type:", call.content_type, "\nhost:", call.host,
                "\nx-amz-date:", amz_date(time), "\n", token, "x-amz-target:", call.target, "\n\n",
                signed_names(session_token), "\n", to_hex(crypto::sha256(call.body)));
}

std::string string_to_sign(const Scope& scope, const ByteArray<32>& canonical_request_hash) {
  return concat(kAlgorithm, "\n", amz_date(scope.time), "\n", credential_scope(scope), "\n",
                to_hex(canonical_request_hash));
}

Result<SecretBytes> signing_key(const SecretBytes& secret_access_key, const Scope& scope) {
  constexpr std::string_view kPrefix = "AWS4";
  SecretBytes key(kPrefix.size() + secret_access_key.size());
  std::ranges::copy(secret_access_key.reveal(), std::ranges::copy(as_bytes(kPrefix), key.fill().begin()).out);
  for (const std::string& part : {day(scope.time), scope.region, scope.service, std::string(kEnd)}) {
    TENZRO_ASSIGN_OR_RETURN(key, crypto::hmac_sha256(key.reveal(), as_bytes(part)));
  }
  return key;
}

Result<std::string> signature(const SecretBytes& signing_key, std::string_view string_to_sign) {
  TENZRO_ASSIGN_OR_RETURN(const SecretBytes mac, crypto::hmac_sha256(signing_key.reveal(), as_bytes(string_to_sign)));
  return to_hex(mac.reveal());
}

Result<std::vector<std::string>> sign(const Call& call, const AwsCredentials& credentials, const Scope& scope) {
  if (!is_key_id(credentials.access_key_id)) {
    return Error(ErrorCode::invalid_argument, "AWS credentials: the access key id must be 1 to 128 letters and digits");
  }
  if (credentials.session_token.size() > kMaxToken || !is_one_word(credentials.session_token)) {
    return Error(ErrorCode::invalid_argument, concat("AWS credentials: the session token must be at most ", kMaxToken,
                                                     " printable ASCII characters without spaces"));
  }
  const std::string canonical = canonical_request(call, scope.time, credentials.session_token);
  TENZRO_ASSIGN_OR_RETURN(const SecretBytes key, signing_key(credentials.secret_access_key, scope));
  TENZRO_ASSIGN_OR_RETURN(const std::string signed_text,
                          signature(key, string_to_sign(scope, crypto::sha256(as_bytes(canonical)))));
  std::vector<std::string> lines = {
      concat("X-Amz-Date: ", amz_date(scope.time)), concat("X-Amz-Target: ", call.target),
      concat("Authorization: ", kAlgorithm, " Credential=", credentials.access_key_id, "/", credential_scope(scope),
             ", SignedHeaders=", signed_names(credentials.session_token), ", Signature=", signed_text)};
  if (!credentials.session_token.empty()) {
    lines.push_back(concat("X-Amz-Security-Token: ", credentials.session_token));
  }
  return lines;
}

}  // namespace tenzro::tee::kms::sigv4
