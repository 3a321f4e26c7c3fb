// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/device_evidence.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::array<std::pair<std::string_view, Architecture>, 3> kArchitectures = {
    {{"HOPPER", Architecture::hopper}, {"BLACKWELL", Architecture::blackwell}, {"LS10", Architecture::ls10}}};
constexpr std::string_view kWrapped = "evidences";

std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

Result<Architecture> read_architecture(const json::Node& node) {
  TENZRO_ASSIGN_OR_RETURN(const std::string name, node.string(32));
  const auto* const found = std::ranges::find(kArchitectures, name, &std::pair<std::string_view, Architecture>::first);
  if (found == kArchitectures.end()) {
    return Error(ErrorCode::unsupported,
                 concat(node.path(), ": \"", printable(name), "\" is none of HOPPER, BLACKWELL and LS10"));
  }
  return found->second;
}

Result<Bytes> read_base64(const json::Node& node, std::size_t max) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(base64_size(max)));
  auto bytes = from_base64(text);
  if (!bytes) {
    return std::move(bytes).error().with_context(node.path());
  }
  return bytes;
}

/// Base64 of a report never consists of hex digits alone: it begins with "Ee", and then comes more than its nonce.
Result<Bytes> read_report(const json::Node& node) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(2 * kMaxReportSize));
  if (auto bytes = from_hex(text)) {
    return bytes;
  }
  return read_base64(node, kMaxReportSize);
}

Result<DeviceEvidence> read_device(const json::Node& node) {
  DeviceEvidence out;
  TENZRO_ASSIGN_OR_RETURN(const json::Node architecture, node.member("arch"));
  TENZRO_ASSIGN_OR_RETURN(out.architecture, read_architecture(architecture));
  TENZRO_ASSIGN_OR_RETURN(const json::Node nonce, node.member("nonce"));
  TENZRO_ASSIGN_OR_RETURN(out.nonce, nonce.hex<32>());
  TENZRO_ASSIGN_OR_RETURN(const json::Node evidence, node.member("evidence"));
  TENZRO_ASSIGN_OR_RETURN(out.report, read_report(evidence));
  TENZRO_ASSIGN_OR_RETURN(const json::Node certificate, node.member("certificate"));
  TENZRO_ASSIGN_OR_RETURN(out.certificate_chain, read_base64(certificate, kMaxChainText));
  return out;
}

}  // namespace

std::string_view to_string(Architecture architecture) noexcept {
  for (const auto& [name, value] : kArchitectures) {
    if (value == architecture) {
      return name;
    }
  }
  return {};
}

bool looks_like_device_evidence(ByteView in) noexcept {
  const std::string_view text = as_text(in);
  const std::size_t begin = text.find_first_not_of(" \n\r\t");
  if (begin == std::string_view::npos) {
    return false;
  }
  const auto has = [text](std::string_view word) { return text.find(word) != std::string_view::npos; };
  const bool bare = text[begin] == '[';
  const bool wrapped = text[begin] == '{' && has("\"evidences\"");
  return (bare || wrapped) && has("\"evidence\"") && (has("\"certificate\"") || has("\"arch\""));
}

Result<std::vector<DeviceEvidence>> parse_device_evidence(ByteView text) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(text, {.max_size = kMaxEvidenceJson}));
  json::Node list(value, "device evidence");
  if (value.is_object()) {
    TENZRO_ASSIGN_OR_RETURN(list, list.member(kWrapped));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto devices, list.array(kMaxDevices));
  if (devices.empty()) {
    return list.wrong("at least one device");
  }
  std::vector<DeviceEvidence> out;
  out.reserve(devices.size());
  for (const json::Node& device : devices) {
    TENZRO_ASSIGN_OR_RETURN(DeviceEvidence one, read_device(device));
    out.push_back(std::move(one));
  }
  return out;
}

std::string write_device_evidence(std::span<const DeviceEvidence> devices) {
  std::string out = "[";
  for (const DeviceEvidence& device : devices) {
    out += concat(out.size() == 1 ? "" : ",", R"({"arch":")", to_string(device.architecture), R"(","nonce":")",
                  to_hex(device.nonce), R"(","evidence":")", to_base64(device.report), R"(","certificate":")",
                  to_base64(device.certificate_chain), R"("})");
  }
  return out + "]";
}

}  // namespace tenzro::tee::nvidia
