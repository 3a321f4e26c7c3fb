// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/root.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "crypto/digest.hpp"
#include "formats/json.hpp"
#include "seal/kms/client.hpp"
#include "seal/length_prefix.hpp"

namespace tenzro::tee::kms {

namespace {

using seal_format::append;
using seal_format::append_prefixed;

constexpr std::size_t kMaxContext = 64;
constexpr std::size_t kMaxContextText = 8192;  ///< what KMS takes of an encryption context
constexpr json::Limits kMetadataLimits = {.max_size = kMaxSealingMetadata, .max_depth = 8, .max_values = 64};

Error invalid(std::string_view what) { return Error(ErrorCode::invalid_argument, concat("kms: ", what)); }

std::vector<std::string_view> parts_of(std::string_view arn) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = std::min(arn.find(':'), arn.size());
    out.push_back(arn.substr(0, end));
    if (end == arn.size()) {
      return out;
    }
    arn.remove_prefix(end + 1);
  }
}

/// "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-...". An alias can be made to name another key at any time, and a
/// bare id leaves open whose key it is.
Result<void> check_arn(const KmsSealingEntry& entry) {
  const auto parts = parts_of(entry.key_id);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_plain = [&is_digit](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  constexpr std::string_view kKey = "key/";
  constexpr std::size_t kMaxArn = 256;
  const bool shaped = entry.key_id.size() <= kMaxArn && parts.size() == 6 && parts[0] == "arn" &&
                      (parts[1] == "aws" || parts[1].starts_with("aws-")) && std::ranges::all_of(parts[1], is_plain) &&
                      parts[2] == "kms" && parts[4].size() == 12 && std::ranges::all_of(parts[4], is_digit) &&
                      parts[5].starts_with(kKey) && parts[5].size() > kKey.size() &&
                      std::ranges::all_of(parts[5].substr(kKey.size()), is_plain);
  if (!shaped) {
    return invalid(concat("key_id \"", printable(entry.key_id),
                          "\": expected a key's own ARN, arn:aws:kms:REGION:ACCOUNT:key/ID, no alias"));
  }
  if (parts[3] != entry.region) {
    return invalid(concat("the key is in region ", printable(parts[3]), ", configured is ", printable(entry.region)));
  }
  return {};
}

Result<void> check_context(const EncryptionContext& context) {
  std::size_t size = 0;
  for (const auto& [name, value] : context) {
    if (name.empty() || name.starts_with("tenzro-")) {
      return invalid("names of the encryption context must not be empty, nor begin with \"tenzro-\"");
    }
    size += name.size() + value.size();
  }
  if (context.size() > kMaxContext || size > kMaxContextText) {
    return invalid(concat("the encryption context may have ", kMaxContext, " names, and ", kMaxContextText,
                          " bytes of names and values"));
  }
  return {};
}

/// Scope is no part of it: whether this very image or whatever its signer signs may have the key is what the key's
/// policy says (PCR0, or PCR8), and KMS judges it. The caller's key id is no part either; it enters all keys derived
/// from this root, and the encryption context.
VendorTag own_tag(const KmsSealingEntry& entry, bool simulated) {
  Bytes context;
  append(context, as_bytes("tenzro/kms/v1/context"));
  context.push_back(0);
  for (const auto& [name, value] : entry.encryption_context) {
    append_prefixed(context, as_bytes(name));
    append_prefixed(context, as_bytes(value));
  }
  VendorTag tag(simulated ? "simulated-aws-nitro-kms" : "aws-nitro-kms");
  tag.add("region", entry.region).add("key", entry.key_id).add("context", to_hex(crypto::sha256(context)));
  return tag;
}

std::string write_metadata(ByteView ciphertext_blob) {
  return json::Value{{"kms", {{"ciphertext_blob", to_base64(ciphertext_blob)}}}}.dump();
}

/// Nobody has authenticated it yet: KMS does, and then the header's commitment.
Result<Bytes> read_metadata(const std::string& metadata) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(as_bytes(metadata), kMetadataLimits));
  const json::Node root(value, "metadata");
  TENZRO_ASSIGN_OR_RETURN(const json::Node kms, root.member("kms"));
  TENZRO_ASSIGN_OR_RETURN(const json::Node blob, kms.member("ciphertext_blob"));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, blob.string(kMaxSealingMetadata));
  auto bytes = from_base64(text);
  if (!bytes || bytes->empty() || kms.value().size() != 1) {
    return kms.wrong("one member, ciphertext_blob, base64 of a byte or more");
  }
  return bytes;
}

}  // namespace

Result<SealingRoot> find_root(TeeProvider& enclave, const SealingRequest& request, const KmsSealingEntry& entry,
                              const SealingNetwork& network, const Patience& patience) {
  const device::Waiting waiting(patience);
  if (request.raw) {
    return invalid(
        "KMS gives a new key each time, which must be stored beside the data, and the small format stores nothing; "
        "seal a container instead");
  }
  TENZRO_RETURN_IF_ERROR(check_arn(entry));
  TENZRO_RETURN_IF_ERROR(check_context(entry.encryption_context));
  const VendorTag tag = own_tag(entry, enclave.simulated());
  std::optional<Bytes> blob;
  if (!request.stored_tag.empty() || !request.stored_metadata.empty()) {
    TENZRO_ASSIGN_OR_RETURN(const VendorTag stored, VendorTag::parse(request.stored_tag));
    TENZRO_RETURN_IF_ERROR(demand_same_derivation(stored, tag));
    TENZRO_ASSIGN_OR_RETURN(blob, read_metadata(request.stored_metadata));
  }

  EncryptionContext context = entry.encryption_context;
  context["tenzro-purpose"] = "seal-v1";
  context["tenzro-key-id"] = request.key_id;
  TENZRO_ASSIGN_OR_RETURN(const Client client,
                          Client::make(enclave, device::this_machine(), entry.region, entry.key_id, network));
  if (blob) {
    TENZRO_ASSIGN_OR_RETURN(SecretBytes secret, client.decrypt(*blob, context, waiting));
    return SealingRoot{.secret = std::move(secret), .vendor_tag = tag.text(), .metadata = request.stored_metadata};
  }
  TENZRO_ASSIGN_OR_RETURN(DataKey made, client.generate_data_key(context, waiting));
  std::string metadata = write_metadata(made.ciphertext_blob);
  if (metadata.size() > kMaxSealingMetadata) {
    return Error(ErrorCode::io_failure,
                 concat("AWS KMS gave a CiphertextBlob of ", made.ciphertext_blob.size(),
                        " bytes, for which a header of ", kMaxSealingMetadata, " bytes of metadata has no room"));
  }
  return SealingRoot{.secret = std::move(made.key), .vendor_tag = tag.text(), .metadata = std::move(metadata)};
}

}  // namespace tenzro::tee::kms
