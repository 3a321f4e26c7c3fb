// SPDX-License-Identifier: Apache-2.0
// Intel's signed documents, decoded.
#include <utility>

#include "collateral/intel/tcb_info.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

void add_dates(Json& out, const intel::SignedDocument& document) {
  out["issue_date"] = to_rfc3339(document.issue_date);
  out["next_update"] = to_rfc3339(document.next_update);
  out["evaluation_data_number"] = document.evaluation_data_number;
}

void add_status(Json& out, UtcTime date, TcbStatus status, const std::vector<std::string>& advisory_ids) {
  out["date"] = to_rfc3339(date);
  out["status"] = to_string(status);
  out["advisory_ids"] = advisory_ids;
}

Json describe_levels(const std::vector<intel::IsvSvnLevel>& levels) {
  Json list = Json::array();
  for (const intel::IsvSvnLevel& level : levels) {
    Json out = Json::object();
    out["isv_svn"] = level.isv_svn;
    add_status(out, level.date, level.status, level.advisory_ids);
    list.push_back(std::move(out));
  }
  return list;
}

Json describe_module(const intel::TdxModule& module) {
  Json out = Json::object();
  out["mr_signer"] = to_hex(module.mr_signer);
  out["attributes"] = to_hex(module.attributes);
  out["attributes_mask"] = to_hex(module.attributes_mask);
  return out;
}

Json describe_levels(const std::vector<intel::TcbLevel>& levels, bool tdx) {
  Json list = Json::array();
  for (const intel::TcbLevel& level : levels) {
    Json out = Json::object();
    out["sgx_components"] = to_hex(level.sgx_components);
    out["pce_svn"] = level.pce_svn;
    if (tdx) {
      out["tdx_components"] = to_hex(level.tdx_components);
    }
    add_status(out, level.date, level.status, level.advisory_ids);
    list.push_back(std::move(out));
  }
  return list;
}

}  // namespace

Result<Json> describe_tcb_info(ByteView document) {
  TENZRO_ASSIGN_OR_RETURN(const intel::TcbInfo info, intel::parse_tcb_info(document));
  Json out = Json::object();
  out["id"] = info.tdx ? "TDX" : "SGX";
  out["fmspc"] = to_hex(info.fmspc);
  out["pce_id"] = to_hex(info.pce_id);
  add_dates(out, info);
  if (info.tdx_module) {
    out["tdx_module"] = describe_module(*info.tdx_module);
  }
  if (info.tdx) {
    Json modules = Json::array();
    for (const intel::TdxModuleIdentity& identity : info.tdx_module_identities) {
      Json module = describe_module(identity.module);
      module["version"] = identity.version;
      module["levels"] = describe_levels(identity.levels);
      modules.push_back(std::move(module));
    }
    out["tdx_module_identities"] = std::move(modules);
  }
  out["levels"] = describe_levels(info.levels, info.tdx);
  out["signature"] = to_hex(info.signature);
  return out;
}

Result<Json> describe_qe_identity(ByteView document) {
  TENZRO_ASSIGN_OR_RETURN(const intel::QeIdentity identity, intel::parse_qe_identity(document));
  Json out = Json::object();
  out["id"] = identity.id;
  add_dates(out, identity);
  out["mr_signer"] = to_hex(identity.mr_signer);
  out["isv_prod_id"] = identity.isv_prod_id;
  out["attributes"] = to_hex(identity.attributes);
  out["attributes_mask"] = to_hex(identity.attributes_mask);
  out["misc_select"] = to_hex(identity.misc_select);
  out["misc_select_mask"] = to_hex(identity.misc_select_mask);
  out["levels"] = describe_levels(identity.levels);
  out["signature"] = to_hex(identity.signature);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
