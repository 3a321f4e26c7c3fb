// SPDX-License-Identifier: Apache-2.0
#include "collateral/nvidia/key_set.hpp"

#include <algorithm>
#include <optional>

#include "collateral/der_kind.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::size_t kCoordinate = 48;
constexpr std::size_t kMaxKeyId = 256;
constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kMaxCertificate = std::size_t{16} << 10;

Result<std::optional<std::string>> optional_word(const json::Node& key, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const auto found, key.optional_member(name));
  if (!found) {
    return std::optional<std::string>();
  }
  TENZRO_ASSIGN_OR_RETURN(std::string word, found->string(kMaxWord));
  return std::optional(std::move(word));
}

/// Why a key is passed over is of no interest; that it is said to be for something else suffices.
enum class Use : std::uint8_t { tokens, other };

Result<Use> read_use(const json::Node& key) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node type, key.member("kty"));
  TENZRO_ASSIGN_OR_RETURN(const std::string kty, type.string(kMaxWord));
  if (kty != "EC") {
    return Use::other;
  }
  TENZRO_ASSIGN_OR_RETURN(const auto curve, optional_word(key, "crv"));
  TENZRO_ASSIGN_OR_RETURN(const auto use, optional_word(key, "use"));
  TENZRO_ASSIGN_OR_RETURN(const auto algorithm, optional_word(key, "alg"));
  TENZRO_ASSIGN_OR_RETURN(const auto operations, key.optional_member("key_ops"));
  if (curve != "P-384" || use.value_or("sig") != "sig" || algorithm.value_or("ES384") != "ES384" || !key.has("kid")) {
    return Use::other;
  }
  if (!operations) {
    return Use::tokens;
  }
  TENZRO_ASSIGN_OR_RETURN(const auto allowed, operations->array(16));
  for (const json::Node& operation : allowed) {
    TENZRO_ASSIGN_OR_RETURN(const std::string word, operation.string(kMaxWord));
    if (word == "verify") {
      return Use::tokens;
    }
  }
  return Use::other;
}

Result<void> read_coordinate(const json::Node& key, std::string_view name, std::span<std::uint8_t> out) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, key.member(name));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(kMaxWord));
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != kCoordinate) {
    return node.wrong("base64url of 48 bytes");
  }
  std::ranges::copy(*bytes, out.begin());
  return {};
}

Result<std::vector<Bytes>> read_certificates(const json::Node& list) {
  TENZRO_ASSIGN_OR_RETURN(const auto elements, list.array(kMaxKeyCertificates));
  std::vector<Bytes> out;
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(const std::string text, element.string(kMaxCertificate / 3 * 4 + 4));
    auto der = from_base64(text);
    if (!der || collateral::recognise_der(*der) != collateral::DerForm::certificate) {
      return element.wrong("base64 of a DER certificate");
    }
    out.push_back(*std::move(der));
  }
  return out;
}

Result<TokenKey> read_key(const json::Node& key) {
  TokenKey out;
  TENZRO_ASSIGN_OR_RETURN(const json::Node key_id, key.member("kid"));
  TENZRO_ASSIGN_OR_RETURN(out.key_id, key_id.string(kMaxKeyId));
  if (out.key_id.empty()) {
    return key_id.wrong("a string of at least one byte");
  }
  const std::span point(out.x_y);
  TENZRO_RETURN_IF_ERROR(read_coordinate(key, "x", point.first(kCoordinate)));
  TENZRO_RETURN_IF_ERROR(read_coordinate(key, "y", point.subspan(kCoordinate)));
  TENZRO_ASSIGN_OR_RETURN(const auto certificates, key.optional_member("x5c"));
  if (certificates) {
    TENZRO_ASSIGN_OR_RETURN(out.certificates, read_certificates(*certificates));
  }
  return out;
}

}  // namespace

const TokenKey* KeySet::find(std::string_view key_id) const noexcept {
  const auto found = std::ranges::find(keys, key_id, &TokenKey::key_id);
  return found == keys.end() ? nullptr : &*found;
}

bool looks_like_key_set(const json::Value& value) {
  if (!value.is_object()) {
    return false;
  }
  const auto keys = value.find("keys");
  return keys != value.end() && keys->is_array();
}

Result<KeySet> parse_key_set(ByteView text) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(text, {.max_size = kMaxKeySet}));
  const json::Node root(value, "key set");
  TENZRO_ASSIGN_OR_RETURN(const json::Node list, root.member("keys"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, list.array(kMaxKeys));
  KeySet out;
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(const Use use, read_use(element));
    if (use == Use::other) {
      ++out.other_keys;
      continue;
    }
    TENZRO_ASSIGN_OR_RETURN(TokenKey key, read_key(element));
    if (out.find(key.key_id) != nullptr) {
      return element.wrong(concat("a kid of its own, not \"", printable(key.key_id), "\" again"));
    }
    out.keys.push_back(std::move(key));
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
