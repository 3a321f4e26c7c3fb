// SPDX-License-Identifier: Apache-2.0
// TCB info and enclave identity as compact JSON, members in Intel's order.
// Source: Intel PCS API v4, "Get TCB Info" and "Get Quoting Enclave Identity".
#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "core/text.hpp"
#include "provider/simulated/tdx_evidence.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::chrono::days kLifetime{30};
constexpr std::string_view kDateOfCurrent = "2024-03-13T00:00:00Z";
constexpr std::string_view kDateOfOutdated = "2023-08-09T00:00:00Z";
constexpr std::string_view kOutOfDate = "OutOfDate";
constexpr std::string_view kZeroMeasurement =
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";

struct Label {
  std::string_view category, type;
};
constexpr std::array<Label, 16> kSgxLabels = {{{"BIOS", "Early Microcode Update"},
                                               {"OS/VMM", "SGX Late Microcode Update"},
                                               {"OS/VMM", "TXT SINIT"},
                                               {"BIOS", ""},
                                               {"BIOS", ""},
                                               {"BIOS", ""},
                                               {"", ""},
                                               {"OS/VMM", "SEAMLDR ACM"}}};
constexpr std::array<Label, 16> kTdxLabels = {
    {{"OS/VMM", "TDX Module"}, {"OS/VMM", "TDX Module"}, {"OS/VMM", "TDX Late Microcode Update"}}};

std::string upper_hex(ByteView bytes) {
  std::string out = to_hex(bytes);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

std::string json_string(std::string_view text) { return concat("\"", text, "\""); }

std::string components(const ByteArray<16>& svns, const std::array<Label, 16>& labels) {
  std::string out = "[";
  for (std::size_t i = 0; i < svns.size(); ++i) {
    out += concat(i == 0 ? "" : ",", "{\"svn\":", svns[i]);
    if (!labels[i].category.empty()) {
      out += concat(",\"category\":", json_string(labels[i].category));
    }
    if (!labels[i].type.empty()) {
      out += concat(",\"type\":", json_string(labels[i].type));
    }
    out += "}";
  }
  return out + "]";
}

struct Judgement {
  std::string_view date, status;
  std::vector<std::string> advisory_ids;
};

std::string level(std::string_view tcb, const Judgement& judgement) {
  std::string out = concat("{\"tcb\":{", tcb, "},\"tcbDate\":", json_string(judgement.date),
                           ",\"tcbStatus\":", json_string(judgement.status));
  if (!judgement.advisory_ids.empty()) {
    out += ",\"advisoryIDs\":[";
    for (std::size_t i = 0; i < judgement.advisory_ids.size(); ++i) {
      out += concat(i == 0 ? "" : ",", json_string(judgement.advisory_ids[i]));
    }
    out += "]";
  }
  return out + "}";
}

Judgement outdated() { return {kDateOfOutdated, kOutOfDate, {"INTEL-SA-00001"}}; }

/// The level of an ISVSVN and, where there is one, of the ISVSVN below it.
std::string isv_svn_levels(unsigned svn, std::string_view status) {
  std::string out = concat("[", level(concat("\"isvsvn\":", svn), {kDateOfCurrent, status, {}}));
  if (svn > 0) {
    out += concat(",", level(concat("\"isvsvn\":", svn - 1), outdated()));
  }
  return out + "]";
}

struct PlatformSvns {
  ByteArray<16> sgx{}, tdx{};
  unsigned pce = 0;
  bool operator==(const PlatformSvns&) const = default;
};

/// With a versioned module the module identity judges its SVN, and Intel's levels say 0 for its version.
PlatformSvns svns_of(const QuoteSpec& quote) {
  PlatformSvns out{quote.pck.tcb_components, quote.td.tee_tcb_svn, quote.pck.pce_svn};
  out.tdx[1] = 0;
  return out;
}

PlatformSvns one_below(PlatformSvns svns) {
  const auto lower = [](std::uint8_t svn) { return static_cast<std::uint8_t>(svn == 0 ? 0 : svn - 1); };
  std::ranges::transform(svns.sgx, svns.sgx.begin(), lower);
  std::ranges::transform(svns.tdx, svns.tdx.begin(), lower);
  svns.pce = svns.pce == 0 ? 0 : svns.pce - 1;
  return svns;
}

std::string platform_tcb(const PlatformSvns& svns, bool tdx) {
  return concat("\"sgxtcbcomponents\":", components(svns.sgx, kSgxLabels), ",\"pcesvn\":", svns.pce,
                tdx ? concat(",\"tdxtcbcomponents\":", components(svns.tdx, kTdxLabels)) : "");
}

std::string platform_levels(const QuoteSpec& quote, const CollateralSpec& collateral, bool tdx) {
  const PlatformSvns own = svns_of(quote);
  const PlatformSvns below = one_below(own);
  std::string out =
      concat("[", level(platform_tcb(own, tdx), {kDateOfCurrent, collateral.tcb_status, collateral.advisory_ids}));
  if (below != own) {
    out += concat(",", level(platform_tcb(below, tdx), outdated()));
  }
  return out + "]";
}

std::string module_members() {
  return concat("\"mrsigner\":", json_string(kZeroMeasurement),
                ",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"");
}

std::string module_identities(const QuoteSpec& quote, const CollateralSpec& collateral) {
  const ByteArray<1> version{quote.td.tee_tcb_svn[1]};
  if (version[0] == 0) {
    return "";
  }
  return concat(",\"tdxModuleIdentities\":[{\"id\":\"TDX_", upper_hex(version), "\",", module_members(),
                ",\"tcbLevels\":", isv_svn_levels(quote.td.tee_tcb_svn[0], collateral.module_status), "}]");
}

std::string dates(const CollateralSpec& collateral) {
  return concat("\"issueDate\":", json_string(to_rfc3339(collateral.issued)), ",\"nextUpdate\":",
                json_string(to_rfc3339(collateral.next_update.value_or(collateral.issued + kLifetime))));
}
}  // namespace

std::string tcb_info_json(const QuoteSpec& quote, const CollateralSpec& collateral) {
  const bool tdx = quote.body_type != tdx::BodyType::sgx_report;
  return concat("{\"id\":", json_string(tdx ? "TDX" : "SGX"), ",\"version\":3,", dates(collateral),
                ",\"fmspc\":", json_string(upper_hex(quote.pck.fmspc)),
                ",\"pceId\":", json_string(upper_hex(quote.pck.pce_id)),
                ",\"tcbType\":0,\"tcbEvaluationDataNumber\":", collateral.evaluation_data_number,
                tdx ? concat(",\"tdxModule\":{", module_members(), "}", module_identities(quote, collateral)) : "",
                ",\"tcbLevels\":", platform_levels(quote, collateral, tdx), "}");
}

std::string qe_identity_json(const QuoteSpec& quote, const CollateralSpec& collateral) {
  const bool tdx = quote.body_type != tdx::BodyType::sgx_report;
  const tdx::SgxReport genuine = default_qe(tdx);
  return concat("{\"id\":", json_string(tdx ? "TD_QE" : "QE"), ",\"version\":2,", dates(collateral),
                ",\"tcbEvaluationDataNumber\":", collateral.evaluation_data_number,
                ",\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\""
                ",\"attributes\":\"11000000000000000000000000000000\""
                ",\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":",
                json_string(upper_hex(genuine.mr_signer)), ",\"isvprodid\":", genuine.isv_prod_id,
                ",\"tcbLevels\":", isv_svn_levels(quote.qe.isv_svn, collateral.qe_status), "}");
}

}  // namespace tenzro::tee::simulated
