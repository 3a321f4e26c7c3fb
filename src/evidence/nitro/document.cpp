// SPDX-License-Identifier: Apache-2.0
// Source: AWS Nitro Enclaves, "Verifying the root of trust" (attestation document specification), and where genuine
// documents differ from it, those documents: null in unused fields, 1024 bytes in each of them, indefinite maps.
#include "evidence/nitro/document.hpp"

#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/try.hpp"
#include "formats/cbor.hpp"

namespace tenzro::tee::nitro {

namespace {

constexpr std::string_view kWhat = "document";
constexpr std::size_t kMaxModuleId = 256;
constexpr std::uint64_t kTimestampEnd = 253'402'300'800'000;  // the year 10000, which RFC 3339 cannot write
// The payload is signed, so that a longer spelling of a number is the signer's own; it must only not hide a second key.
constexpr cbor::Form kPayloadForm = {.shortest_heads = false, .indefinite_containers = true};

Error malformed(std::string message) { return Error(ErrorCode::malformed_input, std::move(message)); }

Error wrong_size(std::string_view field, std::size_t size, std::size_t least, std::size_t most) {
  return malformed(least == most
                       ? concat(kWhat, ".", field, ": has ", size, " bytes, expected ", most)
                       : concat(kWhat, ".", field, ": has ", size, " bytes, ", least, " to ", most, " are possible"));
}

Result<ByteView> read_bytes(cbor::Reader& in, std::string_view field, std::size_t least, std::size_t most) {
  TENZRO_ASSIGN_OR_RETURN(const ByteView bytes, in.byte_string(field));
  if (bytes.size() < least || bytes.size() > most) {
    return wrong_size(field, bytes.size(), least, most);
  }
  return bytes;
}

Result<std::optional<ByteView>> read_optional(cbor::Reader& in, std::string_view field, std::size_t least) {
  TENZRO_ASSIGN_OR_RETURN(const cbor::Type type, in.peek(field));
  if (type == cbor::Type::null) {
    TENZRO_RETURN_IF_ERROR(in.null(field));
    return std::optional<ByteView>();
  }
  TENZRO_ASSIGN_OR_RETURN(const ByteView bytes, read_bytes(in, field, least, kMaxField));
  return std::optional(bytes);
}

Result<void> read_pcrs(cbor::Reader& in, std::string_view field, Document& out) {
  TENZRO_RETURN_IF_ERROR(in.enter_map(field));
  std::size_t count = 0;
  while (true) {
    TENZRO_ASSIGN_OR_RETURN(const cbor::Step step, in.next(field));
    if (step == cbor::Step::end) {
      break;
    }
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t index, in.unsigned_integer(field));
    if (index >= kMaxPcrs) {
      return malformed(concat(kWhat, ".", field, ": index ", index, ", 0 to ", kMaxPcrs - 1, " are possible"));
    }
    auto& slot = out.pcrs[static_cast<std::size_t>(index)];
    if (slot) {
      return malformed(concat(kWhat, ".", field, ": index ", index, " stands in the map twice"));
    }
    TENZRO_ASSIGN_OR_RETURN(const ByteView value, read_bytes(in, field, kPcrSize, kPcrSize));
    slot = value.first<kPcrSize>();
    ++count;
  }
  if (count == 0) {
    return malformed(concat(kWhat, ".", field, ": is empty"));
  }
  return {};
}

Result<void> read_cabundle(cbor::Reader& in, Document& out) {
  constexpr std::string_view kField = "cabundle";
  TENZRO_RETURN_IF_ERROR(in.enter_array(kField));
  while (true) {
    TENZRO_ASSIGN_OR_RETURN(const cbor::Step step, in.next(kField));
    if (step == cbor::Step::end) {
      break;
    }
    if (out.cabundle_size == kMaxCertificates) {
      return malformed(concat(kWhat, ".", kField, ": more than ", kMaxCertificates, " certificates"));
    }
    TENZRO_ASSIGN_OR_RETURN(out.cabundle_items[out.cabundle_size], read_bytes(in, kField, 1, kMaxCertificateSize));
    ++out.cabundle_size;
  }
  if (out.cabundle_size == 0) {
    return malformed(concat(kWhat, ".", kField, ": is empty"));
  }
  return {};
}

Result<void> read_module_id(cbor::Reader& in, Document& out) {
  TENZRO_ASSIGN_OR_RETURN(out.module_id, in.text_string("module_id"));
  if (out.module_id.empty() || out.module_id.size() > kMaxModuleId) {
    return wrong_size("module_id", out.module_id.size(), 1, kMaxModuleId);
  }
  return {};
}

Result<void> read_digest(cbor::Reader& in, Document& out) {
  TENZRO_ASSIGN_OR_RETURN(out.digest, in.text_string("digest"));
  if (out.digest != "SHA384") {
    return Error(ErrorCode::unsupported,
                 concat(kWhat, ".digest: is \"", printable(out.digest, 32), "\", only SHA384 is known"));
  }
  return {};
}

Result<void> read_timestamp(cbor::Reader& in, Document& out) {
  TENZRO_ASSIGN_OR_RETURN(out.timestamp_ms, in.unsigned_integer("timestamp"));
  if (out.timestamp_ms == 0 || out.timestamp_ms >= kTimestampEnd) {
    return malformed(concat(kWhat, ".timestamp: ", out.timestamp_ms, " is no time in milliseconds"));
  }
  return {};
}

/// What was there, for what must be there.
struct Seen {
  bool module_id = false, digest = false, timestamp = false, certificate = false, cabundle = false;
  bool pcrs = false, nitrotpm_pcrs = false;
};

Result<void> read_field(std::string_view name, cbor::Reader& in, Seen& seen, Document& out) {
  if (name == "module_id") {
    seen.module_id = true;
    return read_module_id(in, out);
  }
  if (name == "digest") {
    seen.digest = true;
    return read_digest(in, out);
  }
  if (name == "timestamp") {
    seen.timestamp = true;
    return read_timestamp(in, out);
  }
  if (name == "pcrs" || name == "nitrotpm_pcrs") {
    const bool tpm = name != "pcrs";
    (tpm ? seen.nitrotpm_pcrs : seen.pcrs) = true;
    if (seen.pcrs && seen.nitrotpm_pcrs) {
      return malformed(concat(kWhat, ": has both pcrs and nitrotpm_pcrs, so it is neither kind of document"));
    }
    out.kind = tpm ? Kind::nitro_tpm : Kind::enclave;
    return read_pcrs(in, tpm ? "nitrotpm_pcrs" : "pcrs", out);
  }
  if (name == "certificate") {
    seen.certificate = true;
    TENZRO_ASSIGN_OR_RETURN(out.certificate, read_bytes(in, "certificate", 1, kMaxCertificateSize));
    return {};
  }
  if (name == "cabundle") {
    seen.cabundle = true;
    return read_cabundle(in, out);
  }
  if (name == "public_key") {
    TENZRO_ASSIGN_OR_RETURN(out.public_key, read_optional(in, "public_key", 1));
    return {};
  }
  if (name == "user_data") {
    TENZRO_ASSIGN_OR_RETURN(out.user_data, read_optional(in, "user_data", 0));
    return {};
  }
  if (name == "nonce") {
    TENZRO_ASSIGN_OR_RETURN(out.nonce, read_optional(in, "nonce", 0));
    return {};
  }
  ++out.unknown_fields;
  return in.skip("unknown_field");
}

Result<void> demand_fields(const Seen& seen) {
  for (const auto& [there, name] : {std::pair<bool, std::string_view>{seen.module_id, "module_id"},
                                    {seen.digest, "digest"},
                                    {seen.timestamp, "timestamp"},
                                    {seen.pcrs || seen.nitrotpm_pcrs, "pcrs"},
                                    {seen.certificate, "certificate"},
                                    {seen.cabundle, "cabundle"}}) {
    if (!there) {
      return malformed(concat(kWhat, ".", name, ": is missing"));
    }
  }
  return {};
}

}  // namespace

bool looks_like_document(ByteView bytes) noexcept { return cose::looks_like_sign1(bytes); }

Result<Document> parse_document(ByteView bytes) {
  if (bytes.size() > kMaxDocumentSize) {
    return malformed(concat(kWhat, ": has ", bytes.size(), " bytes, at most ", kMaxDocumentSize, " are possible"));
  }
  Document out;
  TENZRO_ASSIGN_OR_RETURN(out.envelope, cose::parse_sign1(bytes));
  cbor::Reader in(kWhat, out.envelope.payload, kPayloadForm);
  TENZRO_RETURN_IF_ERROR(in.enter_map("payload"));
  cbor::KeySet keys;
  Seen seen;
  while (true) {
    TENZRO_ASSIGN_OR_RETURN(const cbor::Step step, in.next("payload"));
    if (step == cbor::Step::end) {
      break;
    }
    TENZRO_ASSIGN_OR_RETURN(const std::string_view name, in.text_string("field_name"));
    TENZRO_RETURN_IF_ERROR(keys.add(kWhat, {cbor::Type::text_string, 0, as_bytes(name)}));
    TENZRO_RETURN_IF_ERROR(read_field(name, in, seen, out));
  }
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  TENZRO_RETURN_IF_ERROR(demand_fields(seen));
  return out;
}

bool is_debug(const Document& document) noexcept {
  return std::ranges::all_of(std::span(document.pcrs).first(3), [](const auto& pcr) {
    return !pcr || std::ranges::all_of(*pcr, [](std::uint8_t byte) { return byte == 0; });
  });
}

}  // namespace tenzro::tee::nitro
