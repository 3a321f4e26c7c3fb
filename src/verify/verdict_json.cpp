// SPDX-License-Identifier: Apache-2.0
// The verdict as JSON: fixed names, fixed order.
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee {

namespace {

using Json = nlohmann::ordered_json;

Json optional_bool(const std::optional<bool>& value) { return value ? Json(*value) : Json(nullptr); }
Json optional_time(const std::optional<UtcTime>& time) { return time ? Json(to_rfc3339(*time)) : Json(nullptr); }
Json optional_status(const std::optional<TcbStatus>& status) {
  return status ? Json(std::string(to_string(*status))) : Json(nullptr);
}

/// As many hex digits as that many bytes have.
std::string hex_integer(std::uint64_t value, std::size_t bytes) {
  Bytes out(bytes);
  for (std::size_t i = 0; i < bytes; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
  }
  return to_hex(out);
}

/// Members of the platform's own claims.
void add_azure(const std::optional<AzureClaims>& azure, Json& out) {
  if (!azure) {
    return;
  }
  out["azure_runtime_data_sha256"] = to_hex(azure->runtime_data_sha256);
  out["azure_runtime_data"] = azure->runtime_data;
  Json pcrs = Json::object();
  for (const auto& [index, value] : azure->vtpm_pcrs) {
    pcrs[std::to_string(index)] = to_hex(value);
  }
  out["vtpm_pcrs"] = std::move(pcrs);
}

Json to_json_value(const TdxClaims& claims) {
  Json out = Json::object();
  out["quote_version"] = claims.quote_version;
  out["tee_tcb_svn"] = to_hex(claims.tee_tcb_svn);
  if (claims.tee_tcb_svn2) {
    out["tee_tcb_svn2"] = to_hex(*claims.tee_tcb_svn2);
  }
  out["mr_seam"] = to_hex(claims.mr_seam);
  out["mr_signer_seam"] = to_hex(claims.mr_signer_seam);
  out["seam_attributes"] = to_hex(claims.seam_attributes);
  out["td_attributes"] = to_hex(claims.td_attributes);
  out["xfam"] = to_hex(claims.xfam);
  out["mr_td"] = to_hex(claims.mr_td);
  out["mr_config_id"] = to_hex(claims.mr_config_id);
  out["mr_owner"] = to_hex(claims.mr_owner);
  out["mr_owner_config"] = to_hex(claims.mr_owner_config);
  if (claims.mr_service_td) {
    out["mr_service_td"] = to_hex(*claims.mr_service_td);
  }
  for (std::size_t i = 0; i < claims.rtmr.size(); ++i) {
    out["rtmr" + std::to_string(i)] = to_hex(claims.rtmr[i]);
  }
  out["report_data"] = to_hex(claims.report_data.value);
  if (claims.fmspc) {
    out["fmspc"] = to_hex(*claims.fmspc);
  }
  if (claims.pce_id) {
    out["pce_id"] = to_hex(*claims.pce_id);
  }
  out["qe_vendor_id"] = to_hex(claims.qe_vendor_id);
  out["debug"] = claims.debug;
  out["trailing_bytes"] = claims.trailing_bytes;
  add_azure(claims.azure, out);
  return out;
}

Json to_json_value(const SgxClaims& claims) {
  Json out = Json::object();
  out["mr_enclave"] = to_hex(claims.mr_enclave);
  out["mr_signer"] = to_hex(claims.mr_signer);
  out["isv_prod_id"] = claims.isv_prod_id;
  out["isv_svn"] = claims.isv_svn;
  out["attributes"] = to_hex(claims.attributes);
  out["misc_select"] = hex_integer(claims.misc_select, sizeof claims.misc_select);
  out["cpu_svn"] = to_hex(claims.cpu_svn);
  out["report_data"] = to_hex(claims.report_data.value);
  if (claims.fmspc) {
    out["fmspc"] = to_hex(*claims.fmspc);
  }
  out["debug"] = claims.debug;
  return out;
}

Json to_json_value(const SnpClaims& claims) {
  constexpr std::size_t kWord = 8;
  Json out = Json::object();
  out["report_version"] = claims.report_version;
  out["guest_svn"] = claims.guest_svn;
  out["policy"] = hex_integer(claims.policy, kWord);
  out["family_id"] = to_hex(claims.family_id);
  out["image_id"] = to_hex(claims.image_id);
  out["vmpl"] = claims.vmpl;
  out["current_tcb"] = to_hex(claims.current_tcb);
  out["reported_tcb"] = to_hex(claims.reported_tcb);
  out["committed_tcb"] = to_hex(claims.committed_tcb);
  out["launch_tcb"] = to_hex(claims.launch_tcb);
  out["platform_info"] = hex_integer(claims.platform_info, kWord);
  out["measurement"] = to_hex(claims.measurement);
  out["host_data"] = to_hex(claims.host_data);
  out["id_key_digest"] = to_hex(claims.id_key_digest);
  out["author_key_digest"] = to_hex(claims.author_key_digest);
  out["report_id"] = to_hex(claims.report_id);
  out["report_id_ma"] = to_hex(claims.report_id_ma);
  out["chip_id"] = to_hex(claims.chip_id);
  out["product"] = claims.product;
  out["signing_key"] = claims.signing_key;
  if (claims.csp_id) {
    out["csp_id"] = *claims.csp_id;
  }
  out["report_data"] = to_hex(claims.report_data.value);
  if (claims.launch_mit_vector) {
    out["launch_mit_vector"] = hex_integer(*claims.launch_mit_vector, kWord);
  }
  if (claims.current_mit_vector) {
    out["current_mit_vector"] = hex_integer(*claims.current_mit_vector, kWord);
  }
  out["debug"] = claims.debug;
  add_azure(claims.azure, out);
  return out;
}

/// As an object by index, lowest first.
Json pcrs_value(const std::map<unsigned, Bytes>& pcrs) {
  Json out = Json::object();
  for (const auto& [index, value] : pcrs) {
    out[std::to_string(index)] = to_hex(value);
  }
  return out;
}

Json optional_bytes(const std::optional<QuotedBytes>& bytes) {
  return bytes ? Json(to_hex(bytes->value)) : Json(nullptr);
}

template <class PlatformClaims>
Json document_value(const PlatformClaims& claims, const char* pcrs_name, const std::map<unsigned, Bytes>& pcrs) {
  Json out = Json::object();
  out["module_id"] = claims.module_id;
  out["digest"] = claims.digest;
  out["timestamp"] = to_rfc3339(claims.timestamp);
  out[pcrs_name] = pcrs_value(pcrs);
  out["public_key"] = optional_bytes(claims.public_key);
  out["user_data"] = optional_bytes(claims.user_data);
  out["nonce"] = optional_bytes(claims.nonce);
  out["debug"] = claims.debug;
  return out;
}

Json to_json_value(const NitroClaims& claims) { return document_value(claims, "pcrs", claims.pcrs); }
Json to_json_value(const NitroTpmClaims& claims) {
  return document_value(claims, "nitrotpm_pcrs", claims.nitrotpm_pcrs);
}

Json optional_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// What is not known is null, and what several devices do not have in common.
Json to_json_value(const NvidiaClaims& claims) {
  Json out = Json::object();
  out["nonce"] = optional_text(to_hex(claims.nonce.value));
  out["device_type"] = optional_text(claims.device_type);
  out["hwmodel"] = optional_text(claims.hwmodel);
  out["ueid"] = optional_text(claims.ueid);
  out["pdi"] = optional_text(claims.pdi);
  out["driver_version"] = optional_text(claims.driver_version);
  out["vbios_version"] = optional_text(claims.vbios_version);
  out["project"] = optional_text(claims.project);
  out["project_sku"] = optional_text(claims.project_sku);
  out["chip_sku"] = optional_text(claims.chip_sku);
  out["mode"] = optional_text(claims.mode);
  out["fwid"] = optional_text(to_hex(claims.fwid));
  out["verified_by"] = optional_text(claims.verified_by);
  out["measurements"] = std::string(to_string(claims.measurements));
  out["secure_boot"] = optional_bool(claims.secure_boot);
  out["cc_feature"] = optional_bool(claims.cc_feature);
  out["dev_tools"] = optional_bool(claims.dev_tools);
  out["debug"] = optional_bool(claims.debug);
  return out;
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
  out["claims"] = result.claims_for_display() ? std::visit([](const auto& claims) { return to_json_value(claims); },
                                                           *result.claims_for_display())
                                              : Json::object();
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
