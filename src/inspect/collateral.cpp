// SPDX-License-Identifier: Apache-2.0
// Collateral and reports, decoded.
#include <utility>

#include "crypto/digest.hpp"
#include "evidence/hcl_report.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "evidence/snp/report.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

Result<Json> describe_body(const CollateralDocument& document) {
  switch (document.kind) {
    case CollateralKind::tcb_info:
      return describe_tcb_info(document.body);
    case CollateralKind::qe_identity:
      return describe_qe_identity(document.body);
    case CollateralKind::root_crl:
    case CollateralKind::pck_crl:
    case CollateralKind::amd_crl:
    case CollateralKind::nitro_crl:
      return describe_crl(document.body);
    case CollateralKind::amd_chain:
      return describe_certificate(document.body);
    case CollateralKind::ocsp:
      return describe_ocsp_response(document.body);
    case CollateralKind::jwks:
      return describe_key_set(document.body);
    case CollateralKind::rim:
      return describe_rim(document.body);
    case CollateralKind::unknown:
      break;
  }
  return Error(ErrorCode::unsupported, "document of a kind that is not known");
}

Json describe_document(const CollateralDocument& document) {
  Json out = Json::object();
  out["kind"] = to_string(document.kind);
  out["size"] = document.body.size();
  out["sha256"] = to_hex(crypto::sha256(document.body));
  const auto body = describe_body(document);
  const Json members = body ? *body : undecoded(body.error());
  for (const auto& [name, value] : members.items()) {
    out[name] = value;
  }
  if (!document.issuer_chain.empty()) {
    out["issuer_chain"] = describe_certificates(document.issuer_chain);
  }
  return out;
}

Json describe_evidence(ByteView evidence) {
  if (azure::looks_like_hcl_report(evidence) || snp::looks_like_report(evidence)) {
    const auto out =
        azure::looks_like_hcl_report(evidence) ? describe_hcl_report(evidence) : describe_snp_report(evidence);
    return out ? *out : undecoded(out.error());
  }
  if (nitro::looks_like_document(evidence)) {
    const auto document = nitro::parse_document(evidence);
    return document ? describe_nitro(*document) : undecoded(document.error());
  }
  if (nvidia::looks_like_report(evidence) || nvidia::looks_like_device_evidence(evidence)) {
    const auto out =
        nvidia::looks_like_report(evidence) ? describe_spdm_report(evidence) : describe_device_evidence(evidence);
    return out ? *out : undecoded(out.error());
  }
  if (nvidia::looks_like_nras_answer(evidence)) {
    const auto tokens = describe_service_tokens(evidence);
    return tokens ? tokens->second : undecoded(tokens.error());
  }
  if (!tdx::looks_like_quote(evidence)) {
    return undecoded(Error(ErrorCode::unsupported, "evidence of a form that is not known"));
  }
  const auto quote = tdx::parse_quote(evidence);
  return quote ? describe_quote(*quote) : undecoded(quote.error());
}

void add_size(Json& out, const char* name, const Bytes& bytes) {
  if (bytes.empty()) {
    return;
  }
  out[name] = {{"size", bytes.size()}, {"sha256", to_hex(crypto::sha256(bytes))}};
}

}  // namespace

Json describe_contents(const collateral::Contents& contents) {
  Json documents = Json::array();
  for (const CollateralDocument& document : contents.documents) {
    documents.push_back(describe_document(document));
  }
  Json out = Json::object();
  if (!documents.empty()) {
    out["documents"] = std::move(documents);
  }
  if (!contents.certificates.empty()) {
    out["certificates"] = describe_certificates(contents.certificates);
  }
  return out;
}

Json describe_report(const AttestationReport& report) {
  Json out = Json::object();
  out["platform"] = to_string(report.platform);
  out["simulated"] = report.simulated;
  out["generated_at"] = to_rfc3339(report.generated_at);
  out["firmware_version"] = report.firmware_version;
  out["report_data"] = report.report_data_hex;
  out["signature"] = report.signature_hex;
  add_size(out, "event_log", report.event_log);
  if (!report.event_log.empty()) {
    const auto log = describe_event_log(report.event_log);
    const Json members = log ? *log : undecoded(log.error());
    for (const auto& [name, value] : members.items()) {
      out["event_log"][name] = value;
    }
  }
  add_size(out, "runtime_data", report.runtime_data);
  add_size(out, "tpm_quote", report.tpm_quote);
  add_size(out, "device_evidence", report.device_evidence);
  out["evidence"] = describe_evidence(report.evidence);
  if (!report.certificate_chain.empty()) {
    out["certificate_chain"] = describe_certificates(report.certificate_chain);
  }
  if (!report.collateral.empty()) {
    const auto contents = collateral::parse_bundle(report.collateral, "collateral");
    out["collateral"] = contents ? describe_contents(*contents) : undecoded(contents.error());
  }
  return out;
}

}  // namespace tenzro::tee::inspect_detail
