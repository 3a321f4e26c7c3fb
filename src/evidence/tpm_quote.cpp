// SPDX-License-Identifier: Apache-2.0
// Source: TCG TPM 2.0 Library, part 2 (structures); numbers are big-endian.
#include "evidence/tpm_quote.hpp"

#include <algorithm>

#include "core/byte_reader.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::azure {

namespace {

constexpr std::uint32_t kGenerated = 0xff544347;  // TPM_GENERATED_VALUE
constexpr std::uint16_t kAttestQuote = 0x8018;    // TPM_ST_ATTEST_QUOTE
constexpr std::uint16_t kSha256 = 0x000b;         // TPM_ALG_SHA256
constexpr std::size_t kClockInfoSize = 17;
constexpr std::size_t kFirmwareVersionSize = 8;
constexpr std::size_t kSelectSize = 3;  // 24 registers, one bit each
constexpr std::size_t kDigestSize = 32;
constexpr std::size_t kMaxMessage = 1024;
constexpr std::size_t kMaxSignature = 1024;

Error malformed(std::string_view message) { return {ErrorCode::malformed_input, concat("tpm quote", message)}; }

template <std::unsigned_integral U>
Result<void> expect(ByteReader& in, std::string_view field, U wanted) {
  TENZRO_ASSIGN_OR_RETURN(const U found, in.be<U>(field));
  if (found != wanted) {
    return malformed(concat(".", field, ": is ", found, ", expected ", wanted));
  }
  return {};
}

/// TPM2B: two bytes of length, then that many.
Result<ByteView> sized(ByteReader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.be<std::uint16_t>(field));
  return in.take(field, size);
}

Result<Bytes> byte_array(const json::Node& node, std::size_t max) {
  TENZRO_ASSIGN_OR_RETURN(const auto elements, node.array(max));
  Bytes out;
  out.reserve(elements.size());
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(const auto byte, element.unsigned_integer(0xff));
    out.push_back(static_cast<std::uint8_t>(byte));
  }
  return out;
}

Result<Bytes> bytes_of(const json::Node& node, std::size_t max) {
  Bytes out;
  if (node.value().is_array()) {
    TENZRO_ASSIGN_OR_RETURN(out, byte_array(node, max));
  } else {
    TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(2 * max));
    auto bytes = from_hex(text);
    if (!bytes) {
      return std::move(bytes).error().with_context(node.path());
    }
    out = *std::move(bytes);
  }
  if (out.empty()) {
    return node.wrong("at least one byte");
  }
  return out;
}

}  // namespace

Result<TpmQuote> parse_tpm_quote(ByteView json) {
  constexpr std::size_t kMaxText = std::size_t{64} << 10;
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(json, {.max_size = kMaxText}));
  const json::Node root(value, "tpm_quote");
  TpmQuote out;
  TENZRO_ASSIGN_OR_RETURN(const json::Node message, root.member("message"));
  TENZRO_ASSIGN_OR_RETURN(out.message, bytes_of(message, kMaxMessage));
  TENZRO_ASSIGN_OR_RETURN(const json::Node signature, root.member("signature"));
  TENZRO_ASSIGN_OR_RETURN(out.signature, bytes_of(signature, kMaxSignature));
  TENZRO_ASSIGN_OR_RETURN(const json::Node pcrs, root.member("pcrs"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, pcrs.array(kPcrCount));
  if (elements.size() != kPcrCount) {
    return pcrs.wrong(concat(kPcrCount, " registers"));
  }
  for (std::size_t i = 0; i < kPcrCount; ++i) {
    TENZRO_ASSIGN_OR_RETURN(const Bytes bytes, bytes_of(elements[i], kDigestSize));
    if (bytes.size() != kDigestSize) {
      return elements[i].wrong(concat(kDigestSize, " bytes"));
    }
    std::ranges::copy(bytes, out.pcrs.at(i).begin());
  }
  return out;
}

Result<TpmAttest> parse_tpm_attest(ByteView message) {
  if (message.size() > kMaxMessage) {
    return malformed(concat(": has ", message.size(), " bytes, at most ", kMaxMessage, " are read"));
  }
  ByteReader in("tpm quote", message);
  TpmAttest out;
  TENZRO_RETURN_IF_ERROR(expect(in, "magic", kGenerated));
  TENZRO_RETURN_IF_ERROR(expect(in, "type", kAttestQuote));
  TENZRO_ASSIGN_OR_RETURN(out.qualified_signer, sized(in, "qualified_signer"));
  TENZRO_ASSIGN_OR_RETURN(out.extra_data, sized(in, "extra_data"));
  TENZRO_RETURN_IF_ERROR(in.take("clock_info", kClockInfoSize));
  TENZRO_RETURN_IF_ERROR(in.take("firmware_version", kFirmwareVersionSize));
  TENZRO_RETURN_IF_ERROR(expect(in, "pcr_selections", std::uint32_t{1}));
  TENZRO_RETURN_IF_ERROR(expect(in, "pcr_bank", kSha256));
  TENZRO_RETURN_IF_ERROR(expect(in, "pcr_select_size", std::uint8_t{kSelectSize}));
  TENZRO_ASSIGN_OR_RETURN(const ByteView select, in.take("pcr_select", kSelectSize));
  for (std::size_t i = 0; i < select.size(); ++i) {
    out.pcr_mask |= static_cast<std::uint32_t>(select[i]) << (8 * i);
  }
  TENZRO_ASSIGN_OR_RETURN(out.pcr_digest, sized(in, "pcr_digest"));
  if (out.pcr_digest.size() != kDigestSize) {
    return malformed(concat(".pcr_digest: has ", out.pcr_digest.size(), " bytes, expected ", kDigestSize));
  }
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return out;
}

}  // namespace tenzro::tee::azure
