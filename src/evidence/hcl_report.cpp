// SPDX-License-Identifier: Apache-2.0
// Source: the layout of NV index 0x01400001 on Azure confidential VMs, as genuine blobs have it.
#include "evidence/hcl_report.hpp"

#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::azure {

namespace {

constexpr std::uint32_t kMark = 0x414c4348;  // "HCLA"
constexpr std::size_t kHeaderSize = 32;
constexpr std::size_t kHardwareReportSize = 1184;
constexpr std::size_t kDataHeaderSize = 20;
constexpr std::size_t kFixedSize = kHeaderSize + kHardwareReportSize + kDataHeaderSize;
constexpr std::size_t kKindAt = 0x4c8;
constexpr std::uint32_t kRequestType = 2;
constexpr std::uint32_t kDataVersion = 1;
constexpr std::size_t kTdReportSize = 1024;
constexpr std::size_t kMaxClaims = std::size_t{16} << 10;

Error malformed(std::string_view message) { return {ErrorCode::malformed_input, concat("HCL report", message)}; }
Error unsupported(std::string_view message) { return {ErrorCode::unsupported, concat("HCL report", message)}; }

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// Everything but the sizes.
Result<HclReport> read_constants(const FixedView<kFixedSize>& view) {
  HclReport out;
  out.version = view.le<std::uint32_t, 4>();
  if (view.le<std::uint32_t, 0>() != kMark) {
    return malformed(": does not begin with HCLA");
  }
  if (out.version != 1 && out.version != 2) {
    return unsupported(concat(".version: ", out.version, " is unknown; 1 and 2 are known"));
  }
  if (view.le<std::uint32_t, 12>() != kRequestType) {
    return unsupported(concat(".request_type: ", view.le<std::uint32_t, 12>(), " is unknown; 2 is known"));
  }
  if (view.le<std::uint32_t, 16>() != 0 || !all_zero(view.bytes<20, 12>())) {
    return malformed(".status: is not zero");
  }
  if (view.le<std::uint32_t, 0x4c4>() != kDataVersion) {
    return unsupported(concat(".runtime_data.version: ", view.le<std::uint32_t, 0x4c4>(), " is unknown; 1 is known"));
  }
  const auto kind = view.le<std::uint32_t, kKindAt>();
  if (kind != static_cast<std::uint32_t>(HclKind::snp) && kind != static_cast<std::uint32_t>(HclKind::tdx)) {
    return unsupported(concat(".runtime_data.report_type: ", kind, " is unknown; 2 (SEV-SNP) and 4 (TDX) are known"));
  }
  const auto hash = view.le<std::uint32_t, 0x4cc>();
  if (hash < static_cast<std::uint32_t>(ClaimsHash::sha256) || hash > static_cast<std::uint32_t>(ClaimsHash::sha512)) {
    return unsupported(concat(".runtime_data.hash_type: ", hash, " is unknown; 1 to 3 are known"));
  }
  out.kind = static_cast<HclKind>(kind);
  out.hash = static_cast<ClaimsHash>(hash);
  return out;
}

/// base64url without padding, as JWK has it (RFC 7517).
Result<Bytes> base64url(const json::Node& node) {
  constexpr std::size_t kMaxText = 1400;  // an RSA modulus of 8192 bits
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(kMaxText));
  auto bytes = from_base64url(text);
  if (!bytes || bytes->empty()) {
    return node.wrong("base64url without padding");
  }
  return bytes;
}

Result<void> read_attestation_key(const json::Node& root, RuntimeClaims& out) {
  constexpr std::size_t kMaxKeys = 16;
  TENZRO_ASSIGN_OR_RETURN(const json::Node keys, root.member("keys"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, keys.array(kMaxKeys));
  for (const json::Node& key : elements) {
    TENZRO_ASSIGN_OR_RETURN(const json::Node kid, key.member("kid"));
    TENZRO_ASSIGN_OR_RETURN(const std::string name, kid.string());
    if (name != "HCLAkPub") {
      continue;
    }
    if (!out.ak_modulus.empty()) {
      return kid.wrong("one key of this name");
    }
    TENZRO_ASSIGN_OR_RETURN(const json::Node type, key.member("kty"));
    TENZRO_ASSIGN_OR_RETURN(const std::string kty, type.string());
    if (kty != "RSA") {
      return type.wrong("\"RSA\"");
    }
    TENZRO_ASSIGN_OR_RETURN(const json::Node modulus, key.member("n"));
    TENZRO_ASSIGN_OR_RETURN(out.ak_modulus, base64url(modulus));
    TENZRO_ASSIGN_OR_RETURN(const json::Node exponent, key.member("e"));
    TENZRO_ASSIGN_OR_RETURN(out.ak_exponent, base64url(exponent));
  }
  if (out.ak_modulus.empty()) {
    return keys.wrong("a key HCLAkPub");
  }
  return {};
}

}  // namespace

bool looks_like_hcl_report(ByteView bytes) noexcept {
  return bytes.size() >= 4 && FixedView<4>(bytes.first<4>()).le<std::uint32_t, 0>() == kMark;
}

std::optional<HclKind> claimed_hcl_kind(ByteView bytes) noexcept {
  if (!looks_like_hcl_report(bytes) || bytes.size() < kKindAt + 4) {
    return std::nullopt;
  }
  return static_cast<HclKind>(FixedView<4>(bytes.subspan<kKindAt, 4>()).le<std::uint32_t, 0>());
}

Result<HclReport> parse_hcl_report(ByteView bytes) {
  if (bytes.size() < kFixedSize || bytes.size() > kMaxHclReport) {
    return malformed(concat(": has ", bytes.size(), " bytes; ", kFixedSize, " to ", kMaxHclReport, " are possible"));
  }
  const FixedView<kFixedSize> view(bytes.first<kFixedSize>());
  TENZRO_ASSIGN_OR_RETURN(HclReport out, read_constants(view));
  const std::size_t stated = view.le<std::uint32_t, 8>();
  const std::size_t data_size = view.le<std::uint32_t, 0x4c0>();
  const std::size_t claims_size = view.le<std::uint32_t, 0x4d0>();
  const ByteView rest = bytes.subspan(kFixedSize);
  if (claims_size == 0 || claims_size > rest.size()) {
    return malformed(concat(".runtime_data.claims_size: is ", claims_size, ", ", rest.size(), " bytes are left"));
  }
  if (data_size != kDataHeaderSize + claims_size) {
    return malformed(concat(".runtime_data.size: is ", data_size, ", its parts have ", kDataHeaderSize + claims_size));
  }
  if (stated != kFixedSize + claims_size) {
    return malformed(concat(".report_size: is ", stated, ", its parts have ", kFixedSize + claims_size));
  }
  out.hardware_report = view.bytes<kHeaderSize, kHardwareReportSize>();
  out.runtime_claims = rest.first(claims_size);
  if (!all_zero(rest.subspan(claims_size))) {
    return malformed(": bytes other than zero stand behind the runtime claims");
  }
  if (out.kind == HclKind::tdx && !all_zero(out.hardware_report.subspan(kTdReportSize))) {
    return malformed(": bytes other than zero stand behind the TDREPORT");
  }
  return out;
}

Result<RuntimeClaims> parse_runtime_claims(ByteView json) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(json, {.max_size = kMaxClaims}));
  const json::Node root(value, "runtime_claims");
  RuntimeClaims out;
  TENZRO_RETURN_IF_ERROR(read_attestation_key(root, out));
  TENZRO_ASSIGN_OR_RETURN(const auto user_data, root.optional_member("user-data"));
  if (user_data) {
    TENZRO_ASSIGN_OR_RETURN(out.user_data, user_data->hex<64>());
  }
  return out;
}

}  // namespace tenzro::tee::azure
