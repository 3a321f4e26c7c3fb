// SPDX-License-Identifier: Apache-2.0
#include "formats/jwt.hpp"

#include <algorithm>
#include <cstddef>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::jwt {

namespace {

constexpr std::size_t kParts = 3;
constexpr std::size_t kMaxAlgorithm = 32;
/// base64url of {" , which every header written without white space begins with.
constexpr std::string_view kBegin = "eyJ";
constexpr json::Limits kHeaderLimits{.max_size = kMaxHeader, .max_depth = 8, .max_values = 256};

Error malformed(std::string message) { return Error(ErrorCode::malformed_input, std::move(message)); }

Result<Bytes> decode(std::string_view part, std::string_view name) {
  if (part.empty()) {
    return malformed(concat("token.", name, ": is empty"));
  }
  auto bytes = from_base64url(part);
  if (!bytes) {
    return std::move(bytes).error().with_context(concat("token.", name));
  }
  return bytes;
}

Result<void> read_header(ByteView text, Token& out) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(text, kHeaderLimits));
  const json::Node header(value, "token.header");
  for (const std::string_view member : {"crit", "b64"}) {
    TENZRO_ASSIGN_OR_RETURN(const auto found, header.optional_member(member));
    if (found) {
      return Error(ErrorCode::unsupported, concat("token.header: \"", member, "\" is not supported"));
    }
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node algorithm, header.member("alg"));
  TENZRO_ASSIGN_OR_RETURN(out.algorithm, algorithm.string(kMaxAlgorithm));
  TENZRO_ASSIGN_OR_RETURN(const auto key_id, header.optional_member("kid"));
  if (key_id) {
    TENZRO_ASSIGN_OR_RETURN(out.key_id, key_id->string(kMaxKeyId));
  }
  return {};
}

}  // namespace

bool looks_like_token(std::string_view text) noexcept {
  return text.starts_with(kBegin) && std::ranges::count(text, '.') == kParts - 1;
}

Result<Token> parse(std::string_view text) {
  if (text.size() > kMaxToken) {
    return malformed(concat("token: has ", text.size(), " characters, at most ", kMaxToken, " are read"));
  }
  if (const auto dots = std::ranges::count(text, '.'); dots != kParts - 1) {
    return malformed(concat("token: has ", dots, " dots, expected ", kParts - 1));
  }
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  Token out;
  TENZRO_ASSIGN_OR_RETURN(const Bytes header, decode(text.substr(0, first), "header"));
  TENZRO_ASSIGN_OR_RETURN(out.payload, decode(text.substr(first + 1, last - first - 1), "payload"));
  TENZRO_ASSIGN_OR_RETURN(out.signature, decode(text.substr(last + 1), "signature"));
  TENZRO_RETURN_IF_ERROR(read_header(header, out));
  out.signing_input = text.substr(0, last);
  return out;
}

}  // namespace tenzro::tee::jwt
