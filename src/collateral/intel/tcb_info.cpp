// SPDX-License-Identifier: Apache-2.0
// Source: Intel PCS API v4, "Get TCB Info", appendix A (version 3).
#include "collateral/intel/tcb_info.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "collateral/intel/signed_document.hpp"
#include "core/text.hpp"

namespace tenzro::tee::intel {

namespace {

constexpr std::uint64_t kTcbInfoVersion = 3;
constexpr std::size_t kComponents = 16;
constexpr std::size_t kMaxModuleIdentities = 256;
constexpr std::string_view kModuleIdPrefix = "TDX_";

Result<ByteArray<16>> read_components(const json::Node& tcb, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node list, tcb.member(name));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, list.array(kComponents));
  if (elements.size() != kComponents) {
    return list.wrong("exactly 16 components");
  }
  ByteArray<16> out{};
  for (std::size_t i = 0; i < kComponents; ++i) {
    TENZRO_ASSIGN_OR_RETURN(const json::Node svn, elements[i].member("svn"));
    TENZRO_ASSIGN_OR_RETURN(const auto value, svn.unsigned_integer(std::numeric_limits<std::uint8_t>::max()));
    out[i] = static_cast<std::uint8_t>(value);
  }
  return out;
}

Result<TcbLevel> read_level(const json::Node& element, bool tdx) {
  TcbLevel level;
  TENZRO_ASSIGN_OR_RETURN(const json::Node tcb, element.member("tcb"));
  TENZRO_ASSIGN_OR_RETURN(level.sgx_components, read_components(tcb, "sgxtcbcomponents"));
  TENZRO_ASSIGN_OR_RETURN(level.pce_svn, read_u16(tcb, "pcesvn"));
  if (tdx) {
    TENZRO_ASSIGN_OR_RETURN(level.tdx_components, read_components(tcb, "tdxtcbcomponents"));
  } else if (tcb.has("tdxtcbcomponents")) {
    return tcb.wrong("no tdxtcbcomponents in SGX TCB info");
  }
  TENZRO_ASSIGN_OR_RETURN(level.date, read_time(element, "tcbDate"));
  TENZRO_ASSIGN_OR_RETURN(level.status, read_status(element, LevelKind::platform));
  TENZRO_ASSIGN_OR_RETURN(level.advisory_ids, read_advisories(element));
  return level;
}

auto sort_key(const TcbLevel& level) { return std::tie(level.sgx_components, level.pce_svn, level.tdx_components); }

Result<std::vector<TcbLevel>> read_levels(const json::Node& root, bool tdx) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node list, root.member("tcbLevels"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, list.array(kMaxLevels));
  if (elements.empty()) {
    return list.wrong("at least one level");
  }
  std::vector<TcbLevel> out;
  out.reserve(elements.size());
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(TcbLevel level, read_level(element, tdx));
    out.push_back(std::move(level));
  }
  // The first level that fits decides, so the order is made here and not taken on trust.
  std::sort(out.begin(), out.end(), [](const TcbLevel& a, const TcbLevel& b) { return sort_key(a) > sort_key(b); });
  const auto twice = std::adjacent_find(
      out.begin(), out.end(), [](const TcbLevel& a, const TcbLevel& b) { return sort_key(a) == sort_key(b); });
  if (twice != out.end()) {
    return Error(ErrorCode::malformed_input,
                 concat(list.path(), ": two levels for components ", to_hex(twice->sgx_components), ", pcesvn ",
                        twice->pce_svn, " and TDX components ", to_hex(twice->tdx_components)));
  }
  return out;
}

Result<TdxModule> read_module(const json::Node& object) {
  TdxModule module;
  TENZRO_ASSIGN_OR_RETURN(module.mr_signer, read_hex<48>(object, "mrsigner"));
  TENZRO_ASSIGN_OR_RETURN(module.attributes, read_hex<8>(object, "attributes"));
  TENZRO_ASSIGN_OR_RETURN(module.attributes_mask, read_hex<8>(object, "attributesMask"));
  return module;
}

/// "TDX_01" names major version 1: two hex digits.
Result<std::uint8_t> read_module_version(const json::Node& identity) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, identity.member("id"));
  TENZRO_ASSIGN_OR_RETURN(const std::string id, node.string());
  if (id.size() == kModuleIdPrefix.size() + 2 && id.starts_with(kModuleIdPrefix)) {
    const auto version = from_hex(std::string_view(id).substr(kModuleIdPrefix.size()));
    if (version) {
      return version->front();
    }
  }
  return node.wrong("TDX_ and two hex digits");
}

Result<std::vector<TdxModuleIdentity>> read_module_identities(const json::Node& root) {
  std::vector<TdxModuleIdentity> out;
  TENZRO_ASSIGN_OR_RETURN(const auto list, root.optional_member("tdxModuleIdentities"));
  if (!list) {
    return out;
  }
  TENZRO_ASSIGN_OR_RETURN(const auto elements, list->array(kMaxModuleIdentities));
  for (const json::Node& element : elements) {
    TdxModuleIdentity identity;
    TENZRO_ASSIGN_OR_RETURN(identity.version, read_module_version(element));
    TENZRO_ASSIGN_OR_RETURN(identity.module, read_module(element));
    TENZRO_ASSIGN_OR_RETURN(identity.levels, read_isv_svn_levels(element));
    const bool twice = std::any_of(out.begin(), out.end(),
                                   [&](const TdxModuleIdentity& other) { return other.version == identity.version; });
    if (twice) {
      return element.wrong("no second identity for the same module version");
    }
    out.push_back(std::move(identity));
  }
  return out;
}

Result<void> read_tdx_part(const json::Node& root, TcbInfo& out) {
  if (!out.tdx) {
    for (const std::string_view name : {"tdxModule", "tdxModuleIdentities"}) {
      if (root.has(name)) {
        return root.wrong(concat("no ", name, " in SGX TCB info"));
      }
    }
    return {};
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node module, root.member("tdxModule"));
  TENZRO_ASSIGN_OR_RETURN(out.tdx_module, read_module(module));
  TENZRO_ASSIGN_OR_RETURN(out.tdx_module_identities, read_module_identities(root));
  return {};
}

}  // namespace

Result<TcbInfo> parse_tcb_info(ByteView document) {
  TENZRO_ASSIGN_OR_RETURN(const SignedSlice slice, split_signed(document, "tcbInfo"));
  const json::Node root(slice.value, "tcbInfo");
  TENZRO_RETURN_IF_ERROR(demand_version(root, kTcbInfoVersion));
  TcbInfo out;
  TENZRO_RETURN_IF_ERROR(read_common(root, slice, out));
  TENZRO_ASSIGN_OR_RETURN(const json::Node id, root.member("id"));
  TENZRO_ASSIGN_OR_RETURN(const std::string name, id.string());
  if (name != "TDX" && name != "SGX") {
    return id.wrong("TDX or SGX");
  }
  out.tdx = name == "TDX";
  TENZRO_ASSIGN_OR_RETURN(out.fmspc, read_hex<6>(root, "fmspc"));
  TENZRO_ASSIGN_OR_RETURN(out.pce_id, read_hex<2>(root, "pceId"));
  TENZRO_ASSIGN_OR_RETURN(const json::Node type, root.member("tcbType"));
  TENZRO_ASSIGN_OR_RETURN(const auto type_value, type.unsigned_integer(std::numeric_limits<std::uint32_t>::max()));
  if (type_value != 0) {
    return Error(ErrorCode::unsupported, concat(type.path(), ": is ", type_value, ", only 0 is known"));
  }
  TENZRO_RETURN_IF_ERROR(read_tdx_part(root, out));
  TENZRO_ASSIGN_OR_RETURN(out.levels, read_levels(root, out.tdx));
  return out;
}

}  // namespace tenzro::tee::intel
