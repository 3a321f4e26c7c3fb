// SPDX-License-Identifier: Apache-2.0
#include "evidence/report_envelope.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/hcl_report.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/nvidia/claims.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/snp/claims.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/json.hpp"

namespace tenzro::tee {

namespace evidence {

namespace {

constexpr std::string_view kFormat = "tenzro-report/1";
constexpr std::size_t kMaxEvidence = std::size_t{1} << 20;
constexpr std::size_t kMaxOther = std::size_t{1} << 20;  // runtime data, vTPM quote, device section
constexpr std::size_t kMaxChain = 16;
constexpr std::size_t kMaxCertificateSize = std::size_t{16} << 10;
constexpr std::size_t kMaxDisplayText = 4096;
constexpr std::array<std::string_view, 14> kMembers = {
    "format",       "platform",  "simulated",       "evidence",     "certificate_chain", "collateral",  "event_log",
    "runtime_data", "tpm_quote", "device_evidence", "generated_at", "firmware_version",  "report_data", "signature"};

Result<Bytes> decode_base64(const json::Node& node, std::size_t max) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string((max + 2) / 3 * 4));
  auto bytes = from_base64(text);
  if (!bytes) {
    return std::move(bytes).error().with_context(node.path());
  }
  if (bytes->empty() || bytes->size() > max) {
    return node.wrong(concat("base64 of 1 to ", max, " bytes"));
  }
  return bytes;
}

/// Empty when absent: an empty value does not exist in the envelope.
Result<Bytes> optional_base64(const json::Node& root, std::string_view name, std::size_t max) {
  TENZRO_ASSIGN_OR_RETURN(const auto node, root.optional_member(name));
  if (!node) {
    return Bytes();
  }
  return decode_base64(*node, max);
}

Result<void> demand_known_members(const json::Node& root) {
  for (const auto& item : root.value().items()) {
    if (std::find(kMembers.begin(), kMembers.end(), item.key()) == kMembers.end()) {
      return Error(ErrorCode::malformed_input, concat(root.path(), ": unknown member \"", printable(item.key()), "\""));
    }
  }
  return {};
}

Result<Platform> read_platform(const json::Node& root) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, root.member("platform"));
  TENZRO_ASSIGN_OR_RETURN(const std::string name, node.string());
  const Result<Platform> platform = parse_platform(name);
  if (!platform) {
    return Error(ErrorCode::malformed_input, concat(node.path(), ": unknown platform \"", printable(name),
                                                    "\", expected one of intel-tdx, "
                                                    "amd-sev-snp, aws-nitro, nvidia-gpu, intel-sgx and aws-nitro-tpm"));
  }
  return *platform;
}

Result<std::vector<Bytes>> read_chain(const json::Node& root) {
  std::vector<Bytes> out;
  TENZRO_ASSIGN_OR_RETURN(const auto chain, root.optional_member("certificate_chain"));
  if (!chain) {
    return out;
  }
  TENZRO_ASSIGN_OR_RETURN(const auto elements, chain->array(kMaxChain));
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(Bytes certificate, decode_base64(element, kMaxCertificateSize));
    out.push_back(std::move(certificate));
  }
  return out;
}

/// The exact bytes of the member's value.
Result<Bytes> read_collateral(const json::Node& root, const json::ParsedObject& parsed) {
  const auto found = std::find_if(parsed.members.begin(), parsed.members.end(),
                                  [](const auto& member) { return member.first == "collateral"; });
  if (found == parsed.members.end()) {
    return Bytes();
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, root.member("collateral"));
  if (!node.value().is_object()) {
    return node.wrong("an object");
  }
  return Bytes(found->second.begin(), found->second.end());
}

/// Members for people have a type; their content is derived from the evidence instead.
Result<void> check_display_text(const json::Node& root) {
  for (const std::string_view name : {"firmware_version", "report_data", "signature"}) {
    TENZRO_ASSIGN_OR_RETURN(const auto node, root.optional_member(name));
    if (node) {
      TENZRO_RETURN_IF_ERROR(node->string(kMaxDisplayText));
    }
  }
  return {};
}

/// A JSON string literal; text from outside that is no UTF-8 becomes replacement characters.
std::string quoted(std::string_view text) {
  return json::Value(text).dump(-1, ' ', false, json::Value::error_handler_t::replace);
}

/// Members in order, one a line.
class Writer {
 public:
  void raw(std::string_view name, std::string_view value) {
    out_.append(concat(out_.empty() ? "{\n  \"" : ",\n  \"", name, "\": ", value));
  }
  void text(std::string_view name, std::string_view value) { raw(name, quoted(value)); }
  void base64(std::string_view name, ByteView value) {
    if (!value.empty()) {
      raw(name, concat("\"", to_base64(value), "\""));
    }
  }
  std::string finish() && { return std::move(out_.append("\n}")); }

 private:
  std::string out_;
};

std::string chain_text(const std::vector<Bytes>& chain) {
  std::string out = "[";
  for (const Bytes& certificate : chain) {
    out.append(concat(out.size() == 1 ? "\"" : ", \"", to_base64(certificate), "\""));
  }
  return out + "]";
}

bool is_json_object(ByteView text) {
  const auto value = json::parse(text, {.max_size = kMaxReportInput});
  return value && value->is_object();
}

}  // namespace

Result<AttestationReport> parse_envelope(ByteView input) {
  TENZRO_ASSIGN_OR_RETURN(const json::ParsedObject parsed, json::parse_object(input, {.max_size = kMaxReportInput}));
  const json::Value& value = parsed.value;
  const auto format = value.find("format");
  if (format == value.end() || *format != kFormat) {
    return Error(ErrorCode::malformed_input,
                 "no known form of evidence: JSON without \"format\": \"tenzro-report/1\" (a quote inside other JSON "
                 "is not looked for)");
  }
  const json::Node root(value, "report");
  TENZRO_RETURN_IF_ERROR(demand_known_members(root));
  AttestationReport report;
  TENZRO_ASSIGN_OR_RETURN(report.platform, read_platform(root));
  TENZRO_ASSIGN_OR_RETURN(const auto simulated, root.optional_member("simulated"));
  if (simulated) {
    if (!simulated->value().is_boolean()) {
      return simulated->wrong("true or false");
    }
    report.simulated = simulated->value() == true;
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node evidence, root.member("evidence"));
  TENZRO_ASSIGN_OR_RETURN(report.evidence, decode_base64(evidence, kMaxEvidence));
  TENZRO_ASSIGN_OR_RETURN(report.certificate_chain, read_chain(root));
  TENZRO_ASSIGN_OR_RETURN(report.collateral, read_collateral(root, parsed));
  TENZRO_ASSIGN_OR_RETURN(report.event_log, optional_base64(root, "event_log", kMaxEventLog));
  TENZRO_ASSIGN_OR_RETURN(report.runtime_data, optional_base64(root, "runtime_data", kMaxOther));
  TENZRO_ASSIGN_OR_RETURN(report.tpm_quote, optional_base64(root, "tpm_quote", kMaxOther));
  TENZRO_ASSIGN_OR_RETURN(report.device_evidence, optional_base64(root, "device_evidence", kMaxOther));
  TENZRO_ASSIGN_OR_RETURN(const auto generated_at, root.optional_member("generated_at"));
  if (generated_at) {
    TENZRO_ASSIGN_OR_RETURN(report.generated_at, generated_at->time());
  }
  TENZRO_RETURN_IF_ERROR(check_display_text(root));
  describe(report);
  return report;
}

namespace {

/// The SNP report inside the evidence, whatever its form; empty when there is none.
ByteView snp_report_in(ByteView evidence) {
  if (azure::looks_like_hcl_report(evidence)) {
    const auto blob = azure::parse_hcl_report(evidence);
    return blob && blob->kind == azure::HclKind::snp ? blob->hardware_report : ByteView();
  }
  const auto parts = snp::split_extended_report(evidence);
  return parts && snp::looks_like_report(evidence) ? parts->report : ByteView();
}

void describe_snp(AttestationReport& report) {
  const auto parsed = snp::parse_report(snp_report_in(report.evidence));
  if (!parsed) {
    return;
  }
  report.signature_hex = to_hex(parsed->signature());
  report.report_data_hex = to_hex(parsed->report_data());
  report.firmware_version = snp::firmware_version(*parsed);
}

/// Several devices have several of everything: what they all say is said.
void describe_devices(AttestationReport& report) {
  const auto devices = nvidia::parse_device_evidence(report.evidence);
  if (!devices) {
    return;
  }
  std::set<std::string> nonces, firmware, signatures;
  for (const nvidia::DeviceEvidence& device : *devices) {
    const auto parsed = nvidia::parse_report(device.report);
    const auto claims = parsed ? nvidia::nvidia_claims(*parsed) : Result<NvidiaClaims>(parsed.error());
    if (!claims) {
      return;
    }
    nonces.insert(to_hex(parsed->nonce()));
    firmware.insert(claims->vbios_version);
    signatures.insert(to_hex(parsed->signature()));
  }
  const auto only = [](const std::set<std::string>& all) { return all.size() == 1 ? *all.begin() : std::string(); };
  report.report_data_hex = only(nonces);
  report.firmware_version = only(firmware);
  report.signature_hex = only(signatures);
}

void describe_device(AttestationReport& report) {
  if (!nvidia::looks_like_report(report.evidence)) {
    describe_devices(report);
    return;
  }
  const auto parsed = nvidia::parse_report(report.evidence);
  const auto claims = parsed ? nvidia::nvidia_claims(*parsed) : Result<NvidiaClaims>(parsed.error());
  if (!claims) {
    return;
  }
  report.signature_hex = to_hex(parsed->signature());
  report.report_data_hex = to_hex(parsed->nonce());
  report.firmware_version = claims->vbios_version;
}

}  // namespace

void describe(AttestationReport& report) {
  if (report.platform == Platform::nvidia_gpu) {
    describe_device(report);
    return;
  }
  if (report.platform == Platform::amd_sev_snp) {
    describe_snp(report);
    return;
  }
  if (const auto document = nitro::parse_document(report.evidence)) {
    report.signature_hex = to_hex(document->envelope.signature);
    report.report_data_hex = to_hex(document->user_data.value_or(ByteView()));
    return;
  }
  const auto quote = tdx::parse_quote(report.evidence);
  if (!quote) {
    return;
  }
  report.signature_hex = to_hex(quote->signature);
  report.report_data_hex = to_hex(tdx::report_data(*quote));
  report.firmware_version = tdx::firmware_version(*quote);
}

}  // namespace evidence

std::string to_json(const AttestationReport& report) {
  evidence::Writer out;
  out.text("format", evidence::kFormat);
  out.text("platform", to_string(report.platform));
  out.raw("simulated", report.simulated ? "true" : "false");
  out.base64("evidence", report.evidence);
  out.raw("certificate_chain", evidence::chain_text(report.certificate_chain));
  if (evidence::is_json_object(report.collateral)) {
    out.raw("collateral", as_text(report.collateral));
  }
  out.base64("event_log", report.event_log);
  out.base64("runtime_data", report.runtime_data);
  out.base64("tpm_quote", report.tpm_quote);
  out.base64("device_evidence", report.device_evidence);
  out.text("generated_at", to_rfc3339(report.generated_at));
  out.text("firmware_version", report.firmware_version);
  out.text("report_data", report.report_data_hex);
  out.text("signature", report.signature_hex);
  return std::move(out).finish();
}

}  // namespace tenzro::tee
