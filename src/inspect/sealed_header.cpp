// SPDX-License-Identifier: Apache-2.0
// Headers of sealed containers.
#include "core/encoded_text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "inspect/describe.hpp"
#include "seal/container_header.hpp"

namespace tenzro::tee::inspect_detail {

Result<Json> describe_sealed_header(ByteView container) {
  TENZRO_ASSIGN_OR_RETURN(const auto parsed, seal_format::parse_header(container));
  const seal_format::ContainerHeader& header = parsed.header;
  Json out = Json::object();
  out["suite"] = "AES-256-GCM, HKDF-SHA256";
  out["key_id"] = header.key_id;
  out["vendor_tag"] = header.vendor_tag;
  if (const auto tag = VendorTag::parse(header.vendor_tag); tag) {
    out["root"] = tag->name();
    Json parameters = Json::object();
    for (const auto& [name, value] : tag->parameters()) {
      parameters[name] = value;
    }
    out["derivation"] = std::move(parameters);
  }
  out["generation"] = header.generation;
  out["plaintext_size"] = header.plaintext_size ? Json(*header.plaintext_size) : Json();
  out["chunk_size"] = header.chunk_size();
  out["header_size"] = parsed.size();
  out["salt"] = to_hex(header.salt);
  out["commitment"] = to_hex(parsed.commitment);
  TENZRO_ASSIGN_OR_RETURN(const json::Value metadata, json::parse(as_bytes(header.metadata)));
  out["metadata"] = Json::parse(metadata.dump());
  return out;
}

}  // namespace tenzro::tee::inspect_detail
