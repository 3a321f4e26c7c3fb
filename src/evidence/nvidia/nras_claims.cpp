// SPDX-License-Identifier: Apache-2.0
// Source: tokens captured in 2026 (claims version 2.0); NVIDIA's documentation of GPU and switch claims (version 3.0).
#include "evidence/nvidia/nras_claims.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::string_view kOverallSubject = "NVIDIA-PLATFORM-ATTESTATION";
constexpr std::string_view kPrefix = "x-nvidia-";
constexpr std::string_view kMismatch = "x-nvidia-mismatch-";
constexpr std::string_view kChainEnd = "-cert-chain";
constexpr std::uint64_t kEndOfTime = 253'402'300'799;  // the last second that RFC 3339 can write
constexpr std::size_t kMaxWord = 256;
constexpr std::size_t kMaxText = 2048;

/// The claims that a device of one kind has, by what follows "x-nvidia-gpu-" or "x-nvidia-switch-".
struct KindWords {
  std::string_view prefix;
  std::string_view type;                       ///< "x-nvidia-device-type"
  std::string_view firmware;                   ///< the claim with the firmware's version
  std::span<const std::string_view> always;    ///< booleans of every version
  std::span<const std::string_view> only_2_0;  ///< booleans
  std::span<const std::string_view> only_3_0;  ///< booleans
  std::span<const std::string_view> chains;    ///< objects of version 3.0
};

constexpr std::string_view kGpuAlways[] = {"arch-check",
                                           "attestation-report-parsed",
                                           "attestation-report-nonce-match",
                                           "attestation-report-signature-verified",
                                           "driver-rim-fetched",
                                           "driver-rim-signature-verified",
                                           "driver-rim-measurements-available",
                                           "vbios-rim-fetched",
                                           "vbios-rim-signature-verified",
                                           "vbios-rim-measurements-available",
                                           "vbios-index-no-conflict"};
constexpr std::string_view kGpu20[] = {"attestation-report-cert-chain-validated", "driver-rim-schema-validated",
                                       "driver-rim-cert-validated", "vbios-rim-schema-validated",
                                       "vbios-rim-cert-validated"};
constexpr std::string_view kGpu30[] = {"attestation-report-cert-chain-fwid-match", "driver-rim-version-match",
                                       "vbios-rim-version-match"};
constexpr std::string_view kGpuChains[] = {"attestation-report-cert-chain", "driver-rim-cert-chain",
                                           "vbios-rim-cert-chain"};
constexpr std::string_view kSwitchAlways[] = {"arch-check",
                                              "attestation-report-parsed",
                                              "attestation-report-nonce-match",
                                              "attestation-report-signature-verified",
                                              "bios-rim-fetched",
                                              "bios-rim-signature-verified",
                                              "bios-rim-measurements-available"};
constexpr std::string_view kSwitch20[] = {"attestation-report-cert-chain-validated", "bios-rim-schema-validated",
                                          "bios-rim-cert-validated"};
constexpr std::string_view kSwitch30[] = {"attestation-report-cert-chain-fwid-match", "bios-rim-version-match"};
constexpr std::string_view kSwitchChains[] = {"attestation-report-cert-chain", "bios-rim-cert-chain"};

constexpr KindWords kGpu = {"x-nvidia-gpu-", "gpu", "vbios-version", kGpuAlways, kGpu20, kGpu30, kGpuChains};
constexpr KindWords kSwitch = {"x-nvidia-switch-", "nvswitch", "bios-version", kSwitchAlways,
                               kSwitch20,          kSwitch30,  kSwitchChains};

/// Absent and null say the same.
Result<std::optional<json::Node>> present(const json::Node& object, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(auto node, object.optional_member(name));
  if (node && node->value().is_null()) {
    node.reset();
  }
  return node;
}

Result<std::optional<std::string>> optional_text(const json::Node& object, std::string_view name,
                                                 std::size_t max = kMaxWord) {
  TENZRO_ASSIGN_OR_RETURN(const auto node, present(object, name));
  if (!node) {
    return std::optional<std::string>();
  }
  TENZRO_ASSIGN_OR_RETURN(std::string text, node->string(max));
  return std::optional(std::move(text));
}

Result<std::optional<bool>> optional_boolean(const json::Node& object, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const auto node, present(object, name));
  if (!node) {
    return std::optional<bool>();
  }
  if (!node->value().is_boolean()) {
    return node->wrong("true or false");
  }
  return std::optional(node->value().get<bool>());
}

Result<UtcTime> read_time(const json::Node& node) {
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t seconds, node.unsigned_integer(kEndOfTime));
  return UtcTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

Result<CommonClaims> read_common(const json::Node& root) {
  CommonClaims out;
  TENZRO_ASSIGN_OR_RETURN(const json::Node issuer, root.member("iss"));
  TENZRO_ASSIGN_OR_RETURN(out.issuer, issuer.string(kMaxWord));
  TENZRO_ASSIGN_OR_RETURN(const json::Node issued, root.member("iat"));
  TENZRO_ASSIGN_OR_RETURN(out.issued_at, read_time(issued));
  TENZRO_ASSIGN_OR_RETURN(const json::Node expires, root.member("exp"));
  TENZRO_ASSIGN_OR_RETURN(out.expires, read_time(expires));
  TENZRO_ASSIGN_OR_RETURN(const auto not_before, root.optional_member("nbf"));
  if (not_before) {
    TENZRO_ASSIGN_OR_RETURN(out.not_before, read_time(*not_before));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto audience, root.optional_member("aud"));
  if (audience) {
    out.audience = audience->value().dump();
  }
  TENZRO_ASSIGN_OR_RETURN(const auto nonce, root.optional_member("eat_nonce"));
  if (nonce) {
    TENZRO_ASSIGN_OR_RETURN(out.eat_nonce, nonce->hex<32>());
  }
  return out;
}

/// ["DIGEST", ["SHA-256", hex]]; NVIDIA's own tools write SHA256.
Result<Submodule> read_submodule(const std::string& name, const json::Node& node) {
  Submodule out;
  out.name = name;
  TENZRO_ASSIGN_OR_RETURN(const auto parts, node.array(2));
  if (parts.size() != 2 || parts[0].value() != "DIGEST") {
    return node.wrong("\"DIGEST\" and a digest");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto digest, parts[1].array(2));
  if (digest.size() != 2 || (digest[0].value() != "SHA-256" && digest[0].value() != "SHA256")) {
    return parts[1].wrong("\"SHA-256\" and its value");
  }
  TENZRO_ASSIGN_OR_RETURN(out.sha256, digest[1].hex<32>());
  return out;
}

/// Absent means 2.0, which has no claim for it.
Result<std::string> read_version(const json::Node& root, const KindWords& words) {
  std::string version = "2.0";
  for (const std::string& name : {concat(words.prefix, "claims-version"), std::string("x-nvidia-version")}) {
    TENZRO_ASSIGN_OR_RETURN(const auto found, optional_text(root, name));
    if (found) {
      version = *found;
      break;
    }
  }
  if (version != "2.0" && version != "3.0") {
    return Error(ErrorCode::unsupported, concat("device token: claims of version ", printable(version, 16),
                                                ", of which nothing is known; 2.0 and 3.0 are"));
  }
  return version;
}

/// Every boolean of NVIDIA's that says no, known or not.
void collect_false_claims(const json::Value& object, const std::string& path, std::vector<std::string>& out) {
  for (const auto& item : object.items()) {
    if (item.key().starts_with(kPrefix) && item.value().is_boolean() && !item.value().get<bool>()) {
      out.push_back(path.empty() ? item.key() : concat(path, ".", item.key()));
    }
  }
}

/// Each is a boolean where it is there at all; it must be when its version has it.
Result<void> read_booleans(const json::Node& root, std::string_view prefix, std::span<const std::string_view> names,
                           bool demanded, DeviceClaims& out) {
  for (const std::string_view name : names) {
    TENZRO_ASSIGN_OR_RETURN(const auto value, optional_boolean(root, concat(prefix, name)));
    if (!value && demanded) {
      out.missing_claims.push_back(concat(prefix, name));
    }
  }
  return {};
}

Result<ChainClaim> read_chain(const std::string& name, const json::Node& node, DeviceClaims& device) {
  ChainClaim out;
  out.name = name;
  TENZRO_ASSIGN_OR_RETURN(const json::Node status, node.member("x-nvidia-cert-status"));
  TENZRO_ASSIGN_OR_RETURN(out.status, status.string(kMaxWord));
  TENZRO_ASSIGN_OR_RETURN(const json::Node ocsp, node.member("x-nvidia-cert-ocsp-status"));
  TENZRO_ASSIGN_OR_RETURN(out.ocsp, ocsp.string(kMaxWord));
  TENZRO_ASSIGN_OR_RETURN(out.revocation_reason, optional_text(node, "x-nvidia-cert-revocation-reason"));
  for (const std::string_view boolean : {"x-nvidia-cert-ocsp-nonce-matches", "x-nvidia-cert-ocsp-response-valid"}) {
    TENZRO_RETURN_IF_ERROR(optional_boolean(node, boolean));
  }
  collect_false_claims(node.value(), name, device.false_claims);
  return out;
}

/// Chains that are there are read, whatever the version; version 3.0 has those of its list.
Result<void> read_chains(const json::Node& root, const KindWords& words, DeviceClaims& out) {
  for (const auto& item : root.value().items()) {
    if (!item.key().starts_with(kPrefix) || !item.key().ends_with(kChainEnd)) {
      continue;
    }
    if (item.value().is_null()) {
      continue;  // as absent
    }
    const json::Node node(item.value(), concat(root.path(), ".", item.key()));
    TENZRO_ASSIGN_OR_RETURN(ChainClaim chain, read_chain(item.key(), node, out));
    out.chains.push_back(std::move(chain));
  }
  if (out.version == "2.0") {
    return {};
  }
  for (const std::string_view name : words.chains) {
    const std::string whole = concat(words.prefix, name);
    if (std::ranges::find(out.chains, whole, &ChainClaim::name) == out.chains.end()) {
      out.missing_claims.push_back(whole);
    }
  }
  return {};
}

Result<void> count_mismatches(const json::Node& root, DeviceClaims& out) {
  for (const auto& item : root.value().items()) {
    if (!item.key().starts_with(kMismatch) || item.value().is_null()) {
      continue;
    }
    if (!item.value().is_array()) {
      return json::Node(item.value(), concat(root.path(), ".", item.key())).wrong("an array");
    }
    out.mismatches += item.value().size();
  }
  return {};
}

/// In whatever form it comes, it is an error; what can be read of it is told.
ServiceError read_service_error(const json::Value& value) {
  ServiceError out;
  const json::Value& details = value.is_array() && !value.empty() ? value.front() : value;
  if (!details.is_object()) {
    return out;
  }
  const auto text = [&](const char* name) {
    const auto found = details.find(name);
    return found != details.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  out.message = text("message");
  out.description = text("description");
  if (const auto code = details.find("code"); code != details.end() && code->is_number_unsigned()) {
    out.code = code->get<std::uint64_t>();
  }
  return out;
}

Result<void> demand_text(const json::Node& root, const std::string& name, DeviceClaims& device, std::string& out) {
  TENZRO_ASSIGN_OR_RETURN(auto text, optional_text(root, name));
  if (!text || text->empty()) {
    device.missing_claims.push_back(name);
    return {};
  }
  out = *std::move(text);
  return {};
}

Result<void> read_device(const json::Node& root, const KindWords& words, DeviceClaims& out) {
  TENZRO_RETURN_IF_ERROR(demand_text(root, "hwmodel", out, out.hwmodel));
  TENZRO_RETURN_IF_ERROR(demand_text(root, "ueid", out, out.ueid));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::ranges::all_of(out.ueid, is_digit)) {
    return json::Node(root.value()["ueid"], concat(root.path(), ".ueid")).wrong("decimal digits");
  }
  if (out.kind == RemoteDevices::gpus) {
    TENZRO_RETURN_IF_ERROR(demand_text(root, concat(words.prefix, "driver-version"), out, out.driver_version));
  }
  TENZRO_RETURN_IF_ERROR(demand_text(root, concat(words.prefix, words.firmware), out, out.vbios_version));
  TENZRO_ASSIGN_OR_RETURN(out.secure_boot, optional_boolean(root, "secboot"));
  TENZRO_ASSIGN_OR_RETURN(out.debug_status, optional_text(root, "dbgstat"));
  TENZRO_ASSIGN_OR_RETURN(out.measurement_result, optional_text(root, "measres"));
  const bool is_2_0 = out.version == "2.0";
  TENZRO_RETURN_IF_ERROR(read_booleans(root, words.prefix, words.always, true, out));
  TENZRO_RETURN_IF_ERROR(read_booleans(root, words.prefix, words.only_2_0, is_2_0, out));
  TENZRO_RETURN_IF_ERROR(read_booleans(root, words.prefix, words.only_3_0, !is_2_0, out));
  TENZRO_RETURN_IF_ERROR(read_chains(root, words, out));
  if (!out.common.eat_nonce) {
    out.missing_claims.emplace_back("eat_nonce");
  }
  return {};
}

}  // namespace

Result<OverallClaims> parse_overall_claims(ByteView payload) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(payload));
  const json::Node root(value, "overall token");
  OverallClaims out;
  if (value.is_object() && !value.contains("sub") && !value.contains("submods")) {
    return Error(ErrorCode::malformed_input,
                 "this is the token of one device; give the service's whole answer, with the token over all devices");
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node subject, root.member("sub"));
  if (subject.value() != kOverallSubject) {
    return subject.wrong(concat("\"", kOverallSubject, "\""));
  }
  TENZRO_ASSIGN_OR_RETURN(out.common, read_common(root));
  if (!out.common.eat_nonce) {
    return root.member("eat_nonce").error();
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node result, root.member("x-nvidia-overall-att-result"));
  if (!result.value().is_boolean()) {
    return result.wrong("true or false");
  }
  out.result = result.value().get<bool>();
  TENZRO_ASSIGN_OR_RETURN(const json::Node submodules, root.member("submods"));
  if (!submodules.value().is_object() || submodules.value().size() > kMaxDevices) {
    return submodules.wrong(concat("an object of at most ", kMaxDevices, " devices"));
  }
  for (const auto& item : submodules.value().items()) {
    const json::Node node(item.value(), concat("overall token.submods.", item.key()));
    TENZRO_ASSIGN_OR_RETURN(Submodule submodule, read_submodule(item.key(), node));
    out.submodules.push_back(std::move(submodule));
  }
  return out;
}

Result<DeviceClaims> parse_device_claims(ByteView payload, RemoteDevices kind) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(payload));
  const json::Node root(value, "device token");
  const KindWords& words = kind == RemoteDevices::gpus ? kGpu : kSwitch;
  DeviceClaims out;
  out.kind = kind;
  TENZRO_ASSIGN_OR_RETURN(out.common, read_common(root));
  if (root.has("submods")) {
    return root.wrong("the claims of one device");
  }
  TENZRO_ASSIGN_OR_RETURN(out.version, read_version(root, words));
  TENZRO_ASSIGN_OR_RETURN(const auto type, optional_text(root, "x-nvidia-device-type"));
  if (type && *type != words.type) {
    return Error(ErrorCode::malformed_input, concat("device token.x-nvidia-device-type: expected ", words.type));
  }
  TENZRO_ASSIGN_OR_RETURN(out.warning, optional_text(root, "x-nvidia-attestation-warning", kMaxText));
  collect_false_claims(value, {}, out.false_claims);
  TENZRO_RETURN_IF_ERROR(count_mismatches(root, out));
  TENZRO_ASSIGN_OR_RETURN(const auto error, present(root, "x-nvidia-error-details"));
  if (error) {
    out.error = read_service_error(error->value());
  }
  TENZRO_RETURN_IF_ERROR(read_device(root, words, out));
  return out;
}

}  // namespace tenzro::tee::nvidia
