// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/evidence.hpp"

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::kbs {

Result<std::string_view> tee_name(Platform platform) {
  if (platform == Platform::intel_tdx) {
    return std::string_view("tdx");
  }
  return Error(ErrorCode::unsupported, concat("evidence of ", to_string(platform), " has no form that brokers share"));
}

Result<json::Value> tee_evidence(Platform platform, const AttestationReport& report) {
  TENZRO_RETURN_IF_ERROR(tee_name(platform));
  if (report.platform != platform || report.evidence.empty()) {
    return Error(ErrorCode::hardware_failure, concat("the TEE gave no evidence of ", to_string(platform)));
  }
  json::Value out = {{"quote", to_base64(report.evidence)}, {"cc_eventlog", nullptr}};
  if (!report.event_log.empty()) {
    out["cc_eventlog"] = to_base64(report.event_log);
  }
  return out;
}

}  // namespace tenzro::tee::kbs
