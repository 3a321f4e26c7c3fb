// SPDX-License-Identifier: Apache-2.0
#include "evidence/claims_json.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>

namespace tenzro::tee::evidence {

namespace {

using Json = json::Output;

Json optional_bool(const std::optional<bool>& value) { return value ? Json(*value) : Json(nullptr); }

/// As many hex digits as that many bytes have.
std::string hex_integer(std::uint64_t value, std::size_t bytes) {
  Bytes out(bytes);
  for (std::size_t i = 0; i < bytes; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
  }
  return to_hex(out);
}

/// As an object by index, lowest first.
Json pcrs_value(const std::map<unsigned, Bytes>& pcrs) {
  Json out = Json::object();
  for (const auto& [index, value] : pcrs) {
    out[std::to_string(index)] = to_hex(value);
  }
  return out;
}

/// Beside the claims of the platform itself.
void add_azure(const std::optional<AzureClaims>& azure, Json& out) {
  if (!azure) {
    return;
  }
  out["azure_runtime_data_sha256"] = to_hex(azure->runtime_data_sha256);
  out["azure_runtime_data"] = azure->runtime_data;
  out["vtpm_pcrs"] = pcrs_value(azure->vtpm_pcrs);
}

Json as_json(const TdxClaims& claims) {
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

Json as_json(const SgxClaims& claims) {
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

Json as_json(const SnpClaims& claims) {
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

Json as_json(const NitroClaims& claims) { return document_value(claims, "pcrs", claims.pcrs); }
Json as_json(const NitroTpmClaims& claims) { return document_value(claims, "nitrotpm_pcrs", claims.nitrotpm_pcrs); }

Json optional_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// What is not known is null, and what several devices do not have in common.
Json as_json(const NvidiaClaims& claims) {
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

}  // namespace

json::Output claims_json(const Claims& claims) {
  return std::visit([](const auto& of_platform) { return as_json(of_platform); }, claims);
}

}  // namespace tenzro::tee::evidence
