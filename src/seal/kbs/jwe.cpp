// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/jwe.hpp"

#include <algorithm>
#include <array>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/aead.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::kbs {

namespace {

using json::Node;

constexpr std::string_view kKeyAlgorithm = "RSA-OAEP-256";
constexpr std::string_view kContentAlgorithm = "A256GCM";
constexpr json::Limits kLimits{.max_size = kMaxJwe, .max_depth = 1, .max_values = 8};
constexpr json::Limits kHeaderLimits{.max_size = 256, .max_depth = 1, .max_values = 4};

Result<void> only_members(const Node& node, std::span<const std::string_view> known) {
  if (!node.value().is_object()) {
    return node.wrong("an object");
  }
  for (const auto& [name, unused] : node.value().items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return Error(ErrorCode::malformed_input,
                   concat(node.path(), ": no member \"", printable(name), "\" is expected"));
    }
  }
  return {};
}

Result<Bytes> decoded(const Node& node, std::string_view name, std::size_t least, std::size_t most) {
  TENZRO_ASSIGN_OR_RETURN(const Node member, node.member(name));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, member.string(kMaxJwe));
  auto bytes = from_base64url(text);
  if (!bytes) {
    return std::move(bytes).error().with_context(member.path());
  }
  if (bytes->size() < least || bytes->size() > most) {
    return member.wrong(least == most ? concat(least, " bytes") : concat(least, " to ", most, " bytes"));
  }
  return bytes;
}

template <std::size_t N>
Result<ByteArray<N>> decoded_array(const Node& node, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const Bytes bytes, decoded(node, name, N, N));
  ByteArray<N> out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

Result<void> demand(const Node& header, std::string_view name, std::string_view wanted) {
  TENZRO_ASSIGN_OR_RETURN(const Node member, header.member(name));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, member.string(64));
  if (text != wanted) {
    return Error(ErrorCode::unsupported,
                 concat(member.path(), ": is \"", printable(text), "\", expected \"", wanted, "\""));
  }
  return {};
}

Result<void> check_header(ByteView text) {
  auto parsed = json::parse(text, kHeaderLimits);
  if (!parsed) {
    return std::move(parsed).error().with_context("jwe.protected");
  }
  const Node header(*parsed, "jwe.protected");
  static constexpr std::array<std::string_view, 2> kMembers = {"alg", "enc"};
  // Before the rest is judged: whoever asks for another algorithm has members of it, too.
  if (header.value().is_object()) {
    TENZRO_RETURN_IF_ERROR(demand(header, "alg", kKeyAlgorithm));
    TENZRO_RETURN_IF_ERROR(demand(header, "enc", kContentAlgorithm));
  }
  return only_members(header, kMembers);
}

}  // namespace

Result<Jwe> parse_jwe(ByteView text) {
  auto parsed = json::parse(text, kLimits);
  if (!parsed) {
    return std::move(parsed).error().with_context("jwe");
  }
  const Node root(*parsed, "jwe");
  static constexpr std::array<std::string_view, 5> kMembers = {"protected", "encrypted_key", "iv", "ciphertext", "tag"};
  TENZRO_RETURN_IF_ERROR(only_members(root, kMembers));
  TENZRO_ASSIGN_OR_RETURN(const Bytes header, decoded(root, "protected", 1, kHeaderLimits.max_size));
  TENZRO_RETURN_IF_ERROR(check_header(header));
  Jwe out;
  out.protected_header = to_base64url(header);  // the one spelling, so what came
  TENZRO_ASSIGN_OR_RETURN(out.encrypted_key, decoded(root, "encrypted_key", 1, kMaxJweEncryptedKey));
  TENZRO_ASSIGN_OR_RETURN(out.iv, decoded_array<12>(root, "iv"));
  TENZRO_ASSIGN_OR_RETURN(out.ciphertext, decoded(root, "ciphertext", 0, kMaxJweCiphertext));
  TENZRO_ASSIGN_OR_RETURN(out.tag, decoded_array<16>(root, "tag"));
  return out;
}

Result<SecretBytes> open_jwe(const Jwe& jwe, const crypto::RecipientKey& key) {
  TENZRO_ASSIGN_OR_RETURN(const SecretBytes content_key, key.unwrap(jwe.encrypted_key));
  Bytes sealed = jwe.ciphertext;
  sealed.insert(sealed.end(), jwe.tag.begin(), jwe.tag.end());
  SecretBytes out(jwe.ciphertext.size());
  if (!crypto::aead_open(content_key.reveal(), jwe.iv, as_bytes(jwe.protected_header), sealed, out.fill())) {
    // As unwrap says it: which of the two it was is nobody's business.
    return Error(ErrorCode::authentication_failed, "the answer is not for this key, or was altered");
  }
  return out;
}

}  // namespace tenzro::tee::kbs
