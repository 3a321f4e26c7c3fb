// SPDX-License-Identifier: Apache-2.0
#include "evidence/nitro/kms_answer.hpp"

#include "core/try.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::nitro {

namespace {

/// Of KMS's names the longest; nothing that it answers is nested.
constexpr json::Limits kLimits = {.max_size = kMaxKmsAnswer, .max_depth = 8, .max_values = 64};

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

Result<Bytes> read_base64(const json::Node& node, std::size_t max) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(base64_size(max)));
  auto bytes = from_base64(text);
  if (!bytes || bytes->empty() || bytes->size() > max) {
    return node.wrong("base64 of a byte or more");
  }
  return bytes;
}

Result<void> expect_no_secret(const json::Node& root, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const auto member, root.optional_member(name));
  const auto* const text = member ? member->value().get_ptr<const std::string*>() : nullptr;
  const bool is_nothing = !member || member->value().is_null() || (text != nullptr && text->empty());
  return is_nothing ? Result<void>() : member->wrong("nothing: secrets come in CiphertextForRecipient");
}

}  // namespace

Result<KmsAnswer> parse_kms_answer(ByteView json) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(json, kLimits));
  const json::Node root(value, "kms answer");
  for (const std::string_view name : {"Plaintext", "PrivateKeyPlaintext", "SharedSecret"}) {
    TENZRO_RETURN_IF_ERROR(expect_no_secret(root, name));
  }
  KmsAnswer out;
  TENZRO_ASSIGN_OR_RETURN(const json::Node envelope, root.member("CiphertextForRecipient"));
  TENZRO_ASSIGN_OR_RETURN(const Bytes ber, read_base64(envelope, cms::kMaxEnvelope));
  auto enveloped = cms::parse_enveloped_data(ber);
  if (!enveloped) {
    return std::move(enveloped).error().with_context(envelope.path());
  }
  out.for_recipient = *std::move(enveloped);
  for (const std::string_view name : {"CiphertextBlob", "PrivateKeyCiphertextBlob"}) {
    TENZRO_ASSIGN_OR_RETURN(const auto blob, root.optional_member(name));
    if (!blob) {
      continue;
    }
    if (!out.ciphertext_blob.empty()) {
      return blob->wrong("one ciphertext blob, not two");
    }
    TENZRO_ASSIGN_OR_RETURN(out.ciphertext_blob, read_base64(*blob, kMaxCiphertextBlob));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto key_id, root.optional_member("KeyId"));
  if (key_id) {
    TENZRO_ASSIGN_OR_RETURN(out.key_id, key_id->string(kMaxKmsKeyId));
    if (out.key_id.empty()) {
      return key_id->wrong("a key's name");
    }
  }
  return out;
}

}  // namespace tenzro::tee::nitro
