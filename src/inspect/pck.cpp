// SPDX-License-Identifier: Apache-2.0
#include "inspect/pck.hpp"

#include <array>
#include <utility>

namespace tenzro::tee::inspect_detail {

Result<tdx::PckExtension> read_pck_extension(ByteView value) {
  auto platform = tdx::parse_pck_extension(value, true);
  if (platform) {
    return platform;
  }
  auto processor = tdx::parse_pck_extension(value, false);
  return processor ? std::move(processor) : std::move(platform);
}

Json describe_pck(const tdx::PckExtension& pck) {
  constexpr std::array<std::string_view, 3> kTypes = {"standard", "scalable", "scalable_with_integrity"};
  Json out = Json::object();
  out["fmspc"] = to_hex(pck.fmspc);
  out["pce_id"] = to_hex(pck.pce_id);
  out["pce_svn"] = pck.pce_svn;
  out["tcb_components"] = to_hex(pck.tcb_components);
  out["cpu_svn"] = to_hex(pck.cpu_svn);
  out["sgx_type"] = pck.sgx_type;
  out["sgx_type_name"] = pck.sgx_type < kTypes.size() ? kTypes.at(pck.sgx_type) : "unknown";
  out["ppid"] = to_hex(pck.ppid);
  if (pck.platform_instance_id) {
    out["platform_instance_id"] = to_hex(*pck.platform_instance_id);
  }
  if (pck.dynamic_platform) {
    out["dynamic_platform"] = *pck.dynamic_platform;
  }
  if (pck.cached_keys) {
    out["cached_keys"] = *pck.cached_keys;
  }
  if (pck.smt_enabled) {
    out["smt_enabled"] = *pck.smt_enabled;
  }
  return out;
}

}  // namespace tenzro::tee::inspect_detail
