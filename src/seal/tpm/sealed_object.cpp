// SPDX-License-Identifier: Apache-2.0
// Source: TPM 2.0 Library, part 2, TPM2B_PUBLIC, TPMT_PUBLIC, TPMA_OBJECT and TPM_ALG_ID.
#include "seal/tpm/sealed_object.hpp"

#include <algorithm>
#include <array>

#include "core/byte_reader.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::tpm {

namespace {

using json::Node;

constexpr std::uint16_t kKeyedHash = 0x0008, kSha256 = 0x000b, kNoScheme = 0x0010;
constexpr std::uint32_t kFixedTpmAndParent = 0x00000012;
constexpr std::uint16_t kDigestSize = 32;

template <class U>
Result<void> demand(ByteReader& reader, std::string_view field, U expected) {
  TENZRO_ASSIGN_OR_RETURN(const U found, reader.be<U>(field));
  if (found != expected) {
    return Error(ErrorCode::malformed_input, concat("tpm.public.", field, ": is ", found, ", expected ", expected));
  }
  return {};
}

/// The members of an object, and no others.
Result<void> only(const Node& node, std::initializer_list<std::string_view> names) {
  if (node.value().size() != names.size()) {  // of what is no object, member() below has none
    return node.wrong(concat("an object of ", names.size(), " members"));
  }
  for (const std::string_view name : names) {
    TENZRO_RETURN_IF_ERROR(node.member(name).transform([](const Node&) { return 0; }));
  }
  return {};
}

Result<Bytes> base64_of(const Node& node, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const Node member, node.member(name));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, member.string(kMaxSealingMetadata));
  auto bytes = from_base64(text);
  if (!bytes) {
    return std::move(bytes).error().with_context(member.path());
  }
  return bytes;
}

}  // namespace

Result<ByteArray<32>> sealed_policy(ByteView public_area) {
  ByteReader whole("tpm.public", public_area);
  TENZRO_ASSIGN_OR_RETURN(const std::uint16_t size, whole.be<std::uint16_t>("size"));
  TENZRO_ASSIGN_OR_RETURN(ByteReader area, whole.sub("area", size));
  TENZRO_RETURN_IF_ERROR(whole.expect_end());
  TENZRO_RETURN_IF_ERROR(demand<std::uint16_t>(area, "type", kKeyedHash));
  TENZRO_RETURN_IF_ERROR(demand<std::uint16_t>(area, "nameAlg", kSha256));
  TENZRO_RETURN_IF_ERROR(demand<std::uint32_t>(area, "objectAttributes", kFixedTpmAndParent));
  TENZRO_RETURN_IF_ERROR(demand<std::uint16_t>(area, "authPolicy.size", kDigestSize));
  TENZRO_ASSIGN_OR_RETURN(const auto policy, area.take<kDigestSize>("authPolicy"));
  TENZRO_RETURN_IF_ERROR(demand<std::uint16_t>(area, "scheme", kNoScheme));
  TENZRO_RETURN_IF_ERROR(demand<std::uint16_t>(area, "unique.size", kDigestSize));
  TENZRO_RETURN_IF_ERROR(area.take("unique", kDigestSize).transform([](ByteView) { return 0; }));
  TENZRO_RETURN_IF_ERROR(area.expect_end());
  ByteArray<32> out{};
  std::ranges::copy(policy, out.begin());
  return out;
}

std::string metadata_of(const SealedObject& object) {
  return concat("{\"tpm\":{\"public\":\"", to_base64(object.public_area), "\",\"private\":\"",
                to_base64(object.private_area), "\",\"parent\":\"", to_hex(object.parent_name), "\"}}");
}

Result<SealedObject> parse_metadata(std::string_view metadata) {
  TENZRO_ASSIGN_OR_RETURN(
      const json::Value value,
      json::parse(as_bytes(metadata), {.max_size = kMaxSealingMetadata, .max_depth = 4, .max_values = 8}));
  const Node root(value, "metadata");
  TENZRO_RETURN_IF_ERROR(only(root, {"tpm"}));
  TENZRO_ASSIGN_OR_RETURN(const Node tpm, root.member("tpm"));
  TENZRO_RETURN_IF_ERROR(only(tpm, {"public", "private", "parent"}));
  SealedObject out;
  TENZRO_ASSIGN_OR_RETURN(out.public_area, base64_of(tpm, "public"));
  TENZRO_RETURN_IF_ERROR(sealed_policy(out.public_area).transform([](const ByteArray<32>&) { return 0; }));
  TENZRO_ASSIGN_OR_RETURN(out.private_area, base64_of(tpm, "private"));
  ByteReader private_area("tpm.private", out.private_area);
  TENZRO_ASSIGN_OR_RETURN(const std::uint16_t size, private_area.be<std::uint16_t>("size"));
  if (size == 0 || size > kMaxPrivateArea || private_area.remaining() != size) {
    return Error(ErrorCode::malformed_input,
                 concat("tpm.private: size is ", size, " with ", private_area.remaining(),
                        " bytes after it, expected 1 to ", kMaxPrivateArea, " and as many"));
  }
  TENZRO_ASSIGN_OR_RETURN(const Node parent, tpm.member("parent"));
  TENZRO_ASSIGN_OR_RETURN(out.parent_name, parent.hex<34>());
  if (out.parent_name[0] != 0 || out.parent_name[1] != kSha256) {
    return parent.wrong("a name by SHA-256, which begins with 000b");
  }
  return out;
}

}  // namespace tenzro::tee::tpm
