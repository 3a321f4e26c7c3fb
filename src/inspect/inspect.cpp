// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/inspect.hpp"

#include <string_view>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/hcl_report.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tdx/event_log.hpp"
#include "formats/json.hpp"
#include "inspect/describe.hpp"
#include "tenzro/tee/seal.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee {
namespace {

using inspect_detail::Json;

constexpr std::string_view kReportFormat = "tenzro-report/1";

Inspection finished(std::string_view kind, const Json& content) {
  Json document = Json::object();
  document["kind"] = kind;
  document["verified"] = false;
  for (const auto& [name, value] : content.items()) {
    document[name] = value;
  }
  return {std::string(kind), document.dump(-1, ' ', true, Json::error_handler_t::replace)};
}

/// The first character that is no white space, or NUL.
char first_of(ByteView input) {
  const std::string_view text = trimmed(as_text(input));
  return text.empty() ? '\0' : text.front();
}
bool is_object(ByteView input) { return first_of(input) == '{'; }

/// True for what can only be an application's list: an array, a string, or an object with that member.
bool is_application_log(ByteView input) {
  if (first_of(input) == '[' || first_of(input) == '"') {
    return true;
  }
  const auto document =
      is_object(input) ? json::parse(input, {.max_size = kMaxEventLog}) : Result<json::Value>(json::Value());
  return document && document->is_object() && document->contains("event_log") && !document->contains("format");
}

/// True for an object whose format member names the report envelope.
bool is_report(ByteView input) {
  const auto document = json::parse(input, {.max_size = kMaxReportInput});
  if (!document || !document->is_object()) {
    return false;
  }
  const auto format = document->find("format");
  return format != document->end() && format->is_string() && format->get_ref<const std::string&>() == kReportFormat;
}

Result<Inspection> inspect_collateral(ByteView input) {
  auto read = collateral::read_contents(input, "the input");
  if (!read) {
    return std::move(read).error().with_context(
        "neither report, quote, document, device evidence nor token, and as collateral");
  }
  const collateral::Contents contents = *std::move(read);
  // A document that stands by itself is shown by itself.
  if (contents.documents.size() == 1 &&
      (contents.form == "tcb_info" || contents.form == "qe_identity" || contents.form == "crl" ||
       contents.form == "ocsp" || contents.form == "jwks" || contents.form == "rim")) {
    Json all = inspect_detail::describe_contents(contents);
    Json document = std::move(all["documents"][0]);
    if (document.contains("error")) {
      return Error(ErrorCode::malformed_input, document["error"].get<std::string>());
    }
    if (all.contains("certificates")) {
      document["certificates"] = std::move(all["certificates"]);
    }
    document.erase("kind");
    return finished(contents.form, document);
  }
  return finished(contents.form, inspect_detail::describe_contents(contents));
}

Result<Inspection> inspect_event_log(ByteView input) {
  TENZRO_ASSIGN_OR_RETURN(const Json log, inspect_detail::describe_event_log(input));
  return finished("event_log", log);
}

Result<Inspection> inspect_bytes(ByteView input) {
  if (as_text(input).starts_with(kSealedMagic)) {
    TENZRO_ASSIGN_OR_RETURN(const Json header, inspect_detail::describe_sealed_header(input));
    return finished("sealed_container", header);
  }
  // What the guest's owner chose in an SNP report cannot make it a log, while a log's versions could make it a report.
  if (tdx::looks_like_ccel(input)) {
    return inspect_event_log(input);
  }
  if (azure::looks_like_hcl_report(input)) {
    TENZRO_ASSIGN_OR_RETURN(const Json report, inspect_detail::describe_hcl_report(input));
    return finished("hcl_report", report);
  }
  if (snp::looks_like_report(input)) {
    TENZRO_ASSIGN_OR_RETURN(const Json report, inspect_detail::describe_snp_report(input));
    return finished("snp_report", report);
  }
  if (tdx::looks_like_quote(input)) {
    TENZRO_ASSIGN_OR_RETURN(const tdx::Quote quote, tdx::parse_quote(input));
    return finished(quote.is_tdx() ? "tdx_quote" : "sgx_quote", inspect_detail::describe_quote(quote));
  }
  if (nitro::looks_like_document(input)) {
    TENZRO_ASSIGN_OR_RETURN(const nitro::Document document, nitro::parse_document(input));
    return finished(document.kind == nitro::Kind::enclave ? "nitro_document" : "nitrotpm_document",
                    inspect_detail::describe_nitro(document));
  }
  if (nvidia::looks_like_report(input)) {
    TENZRO_ASSIGN_OR_RETURN(const Json report, inspect_detail::describe_spdm_report(input));
    return finished("spdm_report", report);
  }
  if (nvidia::looks_like_device_evidence(input)) {
    TENZRO_ASSIGN_OR_RETURN(const Json devices, inspect_detail::describe_device_evidence(input));
    return finished("device_evidence", devices);
  }
  if (nvidia::looks_like_nras_answer(input)) {
    TENZRO_ASSIGN_OR_RETURN(const auto tokens, inspect_detail::describe_service_tokens(input));
    return finished(tokens.first, tokens.second);
  }
  if (is_object(input) && is_report(input)) {
    TENZRO_ASSIGN_OR_RETURN(const AttestationReport report, parse_report(input));
    return finished("report", inspect_detail::describe_report(report));
  }
  if (is_application_log(input)) {
    return inspect_event_log(input);
  }
  return inspect_collateral(input);
}

}  // namespace

Result<Inspection> inspect(ByteView input) {
  if (input.empty()) {
    return Error(ErrorCode::malformed_input, "the input is empty");
  }
  if (input.size() > kMaxReportInput) {
    return Error(ErrorCode::malformed_input,
                 concat("the input is larger than the ", kMaxReportInput, " bytes that are looked at"));
  }
  // Hex and base64 hold whatever raw input may hold.
  if (const auto decoded = decode_text(as_text(input)); decoded) {
    return inspect_bytes(*decoded);
  }
  return inspect_bytes(input);
}

Result<std::vector<Bytes>> read_certificates(ByteView input) {
  TENZRO_ASSIGN_OR_RETURN(collateral::Contents contents, collateral::read_contents(input, "certificates"));
  if (contents.form != "certificates" || contents.certificates.empty()) {
    return Error(ErrorCode::malformed_input, "holds no certificate, PEM or DER is needed");
  }
  for (const Bytes& der : contents.certificates) {
    if (const auto parsed = x509::Certificate::parse(der); !parsed) {
      return parsed.error();
    }
  }
  return std::move(contents.certificates);
}

}  // namespace tenzro::tee
