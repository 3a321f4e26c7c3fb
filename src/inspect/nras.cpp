// SPDX-License-Identifier: Apache-2.0
// Answers of NVIDIA's remote attestation service, and tokens alone, decoded. No signature is looked at.
#include <string>
#include <string_view>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "formats/jwt.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

constexpr std::uint64_t kEndOfTime = 253'402'300'799;  // the last second that RFC 3339 can write

/// Seconds are for programs.
void add_time(Json& out, const char* name, const json::Value& claims, const char* claim) {
  const auto found = claims.find(claim);
  if (found == claims.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() > kEndOfTime) {
    return;
  }
  out[name] = to_rfc3339(UtcTime(std::chrono::seconds(found->get<std::int64_t>())));
}

/// Of the devices that a token over several names; their digests stand among the claims.
void add_submodules(Json& out, const json::Value& claims) {
  const auto found = claims.find("submods");
  if (found == claims.end() || !found->is_object()) {
    return;
  }
  Json names = Json::array();
  for (const auto& item : found->items()) {
    names.push_back(item.key());
  }
  out["submodules"] = std::move(names);
}

/// A token (JWT): algorithm and key id, its claims in their order as they stand in it, and of which submodules it
/// speaks.
Result<Json> describe_token(std::string_view text) {
  TENZRO_ASSIGN_OR_RETURN(const jwt::Token token, jwt::parse(text));
  auto payload = json::parse_object(token.payload);
  if (!payload) {
    return std::move(payload).error().with_context("token.payload");
  }
  Json out = Json::object();
  out["header"] = Json::object();
  out["header"]["alg"] = token.algorithm;
  out["header"]["kid"] = token.key_id.empty() ? Json() : Json(token.key_id);
  add_time(out, "issued_at", payload->value, "iat");
  add_time(out, "not_before", payload->value, "nbf");
  add_time(out, "expires", payload->value, "exp");
  add_submodules(out, payload->value);
  Json& claims = out["claims"] = Json::object();
  for (const auto& [name, text_of_value] : payload->members) {
    claims[name] = Json(payload->value[name]);
  }
  out["signature"] = to_hex(token.signature);
  return out;
}

Json token_or_error(std::string_view text) {
  const auto token = describe_token(text);
  return token ? *token : undecoded(token.error());
}

/// The token over all devices, and each device's own by its name.
Result<Json> describe_nras_answer(ByteView text) {
  TENZRO_ASSIGN_OR_RETURN(const nvidia::NrasAnswer answer, nvidia::parse_nras_answer(text));
  Json out = Json::object();
  out["overall"] = token_or_error(answer.overall);
  Json devices = Json::object();
  for (const nvidia::DeviceToken& device : answer.devices) {
    devices[device.name] = token_or_error(device.token);
  }
  out["devices"] = std::move(devices);
  return out;
}

}  // namespace

Result<std::pair<std::string_view, Json>> describe_service_tokens(ByteView text) {
  if (const std::string_view alone = trimmed(as_text(text)); jwt::looks_like_token(alone)) {
    TENZRO_ASSIGN_OR_RETURN(Json token, describe_token(alone));
    return std::pair(std::string_view("token"), std::move(token));
  }
  TENZRO_ASSIGN_OR_RETURN(Json answer, describe_nras_answer(text));
  return std::pair(std::string_view("nras_answer"), std::move(answer));
}

}  // namespace tenzro::tee::inspect_detail
