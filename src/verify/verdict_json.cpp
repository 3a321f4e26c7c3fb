// SPDX-License-Identifier: Apache-2.0
// The verdict as JSON: fixed names, fixed order.
#include <string>

#include "evidence/claims_json.hpp"
#include "formats/json_value.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee {

namespace {

using Json = json::Output;

Json optional_bool(const std::optional<bool>& value) { return value ? Json(*value) : Json(nullptr); }
Json optional_time(const std::optional<UtcTime>& time) { return time ? Json(to_rfc3339(*time)) : Json(nullptr); }
Json optional_status(const std::optional<TcbStatus>& status) {
  return status ? Json(std::string(to_string(*status))) : Json(nullptr);
}

Json to_json_value(const TcbVerdict& tcb) {
  Json out = Json::object();
  out["status"] = std::string(to_string(tcb.status));
  out["advisory_ids"] = tcb.advisory_ids;
  out["date"] = optional_time(tcb.date);
  out["collateral_expires"] = optional_time(tcb.collateral_expires);
  out["evaluation_data_number"] = tcb.evaluation_data_number ? Json(*tcb.evaluation_data_number) : Json(nullptr);
  out["launch_status"] = optional_status(tcb.launch_status);
  out["current_status"] = optional_status(tcb.current_status);
  return out;
}

Json to_json_value(const CertificateInfo& certificate) {
  Json out = Json::object();
  out["subject"] = certificate.subject;
  out["issuer"] = certificate.issuer;
  out["not_before"] = to_rfc3339(certificate.not_before);
  out["not_after"] = to_rfc3339(certificate.not_after);
  out["sha256"] = to_hex(certificate.sha256);
  return out;
}

/// A program that shows the message shows what to do as well.
Json to_json_value(const Finding& finding) {
  const FindingHelp* const help = find_help(finding.code);
  Json out = Json::object();
  out["check"] = finding.check;
  out["code"] = finding.code;
  out["message"] = help == nullptr ? finding.message : finding.message + "; " + std::string(help->advice);
  return out;
}

std::string_view to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::fail:
      return "fail";
    case CheckStatus::pass:
      return "pass";
    case CheckStatus::unpinned:
      return "unpinned";
    case CheckStatus::skipped:
      return "skipped";
  }
  return "fail";
}

Json to_json_value(const Check& check) {
  Json out = Json::object();
  out["id"] = check.id;
  out["status"] = std::string(to_string(check.status));
  out["expected"] = check.expected;
  out["actual"] = check.actual;
  out["source"] = check.source;
  return out;
}

Json to_json_value(const CollateralUse& use) {
  Json out = Json::object();
  out["kind"] = std::string(to_string(use.kind));
  out["sha256"] = to_hex(use.sha256);
  out["next_update"] = optional_time(use.next_update);
  return out;
}

Json to_json_value(const VerificationResult& result);  // of a device

template <class T>
Json list(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) {
    out.push_back(to_json_value(value));
  }
  return out;
}

Json to_json_value(const VerificationResult& result) {
  Json out = Json::object();
  out["valid"] = result.valid();
  out["platform"] = std::string(to_string(result.platform()));
  out["simulated"] = result.simulated();
  out["firmware_version"] = result.firmware_version();
  out["platform_verified"] = result.platform_verified();
  out["signature_verified"] = result.signature_verified();
  out["certificate_chain_verified"] = result.certificate_chain_verified();
  out["freshness_verified"] = result.freshness_verified();
  out["user_data_verified"] = optional_bool(result.user_data_verified());
  out["nonce_verified"] = optional_bool(result.nonce_verified());
  out["policy_verified"] = optional_bool(result.policy_verified());
  out["tcb"] = result.tcb() ? to_json_value(*result.tcb()) : Json(nullptr);
  out["claims"] = result.claims_for_display() ? evidence::claims_json(*result.claims_for_display()) : Json::object();
  out["certificates"] = list(result.certificates());
  out["checks"] = list(result.checks());
  out["unpinned"] = result.unpinned();
  out["policy"] = nullptr;  // the identity of a policy file, once there are any
  out["collateral"] = list(result.collateral());
  out["devices"] = list(result.devices());
  out["failures"] = list(result.failures());
  out["warnings"] = list(result.warnings());
  out["verified_at"] = to_rfc3339(result.verified_at());
  out["valid_until"] = to_rfc3339(result.valid_until());
  out["trust_anchors"] = std::string(to_string(result.trust_anchors()));
  return out;
}

}  // namespace

std::string to_json(const VerificationResult& result) {
  // Text from evidence may hold bytes that are no UTF-8: they are replaced, never passed on.
  return to_json_value(result).dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace tenzro::tee
