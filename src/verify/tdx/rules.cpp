// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/rules.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tenzro::tee::tdx {

namespace {

// TDATTRIBUTES, a 64-bit little-endian word. Source: Intel TDX module base architecture, ATTRIBUTES.
constexpr std::uint64_t kDebug = 1ULL << 0;
constexpr std::uint64_t kUntrustedDebugGroup = 0xfe;  // bits 1 to 7: profiling and reserved bits of the debug group
constexpr std::uint64_t kSeptVeDisable = 1ULL << 28;
constexpr std::uint64_t kMigratable = 1ULL << 29;
constexpr std::uint64_t kHarmless = (1ULL << 16)                     // ICSSD
                                    | (1ULL << 17)                   // SERVTD_EXT
                                    | (1ULL << 27)                   // LASS
                                    | kSeptVeDisable | (1ULL << 30)  // PKS
                                    | (1ULL << 31)                   // KL
                                    | (1ULL << 62)                   // TPA
                                    | (1ULL << 63);                  // PERFMON
// XFAM has the bits of XCR0 and IA32_XSS.
constexpr std::uint64_t kXfamRequired = 0x3;  // x87, SSE
constexpr std::uint64_t kXfamAllowed = 0x6dbe7;

std::uint64_t word(const ByteArray<8>& wire) {
  std::uint64_t value = 0;
  for (std::size_t i = wire.size(); i-- > 0;) {
    value = (value << 8) | wire[i];
  }
  return value;
}

constexpr auto kHex = [](const auto& bytes) { return to_hex(bytes); };
constexpr auto kNumber = [](auto value) { return std::to_string(value); };

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// "ConfigurationAndSWHardeningNeeded" as it stands in finding codes: tcb_configuration_and_sw_hardening_needed.
std::string_view status_code(TcbStatus status) {
  switch (status) {
    case TcbStatus::unknown:
      return "tcb_unknown";
    case TcbStatus::up_to_date:
      return "tcb_up_to_date";
    case TcbStatus::sw_hardening_needed:
      return "tcb_sw_hardening_needed";
    case TcbStatus::configuration_needed:
      return "tcb_configuration_needed";
    case TcbStatus::configuration_and_sw_hardening_needed:
      return "tcb_configuration_and_sw_hardening_needed";
    case TcbStatus::out_of_date:
      return "tcb_out_of_date";
    case TcbStatus::out_of_date_configuration_needed:
      return "tcb_out_of_date_configuration_needed";
    case TcbStatus::td_relaunch_advised:
      return "tcb_td_relaunch_advised";
    case TcbStatus::td_relaunch_advised_configuration_needed:
      return "tcb_td_relaunch_advised_configuration_needed";
    case TcbStatus::revoked:
      return "tcb_revoked";
    case TcbStatus::not_supported:
      return "tcb_not_supported";
  }
  return "tcb_unknown";
}

std::string_view what_to_do(TcbStatus status) {
  switch (status) {
    case TcbStatus::sw_hardening_needed:
      return "harden the software as the advisories say, then allow this status in a policy";
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
      return "configure the platform as the advisories say, then allow this status in a policy";
    case TcbStatus::out_of_date:
    case TcbStatus::out_of_date_configuration_needed:
      return "update the platform's BIOS, microcode and TDX module, then restart the workload";
    case TcbStatus::td_relaunch_advised:
    case TcbStatus::td_relaunch_advised_configuration_needed:
      return "the TDX module was updated underneath: relaunch the TD";
    case TcbStatus::revoked:
    case TcbStatus::not_supported:
    case TcbStatus::unknown:
    case TcbStatus::up_to_date:
      return "do not trust this platform; no policy can allow it";
  }
  return "do not trust this platform; no policy can allow it";
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& text : words) {
    out += concat(out.empty() ? "" : ", ", printable(text));
  }
  return out;
}

/// TdxRules and SgxRules share these members.
template <class Rules>
void appraise_tcb(Appraisal& out, const PlatformFacts& facts, const Rules& rules) {
  if (facts.tcb == nullptr) {
    return;
  }
  const TcbVerdict& tcb = facts.tcb->verdict;
  const std::string actual(to_string(tcb.status));
  std::string expected(to_string(TcbStatus::up_to_date));
  for (const TcbStatus status : rules.tcb_status.value_or(std::vector<TcbStatus>{})) {
    if (status != TcbStatus::up_to_date) {
      expected += concat(" or ", to_string(status));
    }
  }
  const auto listed = [&rules](TcbStatus status) {
    return rules.tcb_status &&
           std::find(rules.tcb_status->begin(), rules.tcb_status->end(), status) != rules.tcb_status->end();
  };
  const bool never =
      tcb.status == TcbStatus::revoked || tcb.status == TcbStatus::not_supported || tcb.status == TcbStatus::unknown;
  const auto in_grace = [&](const TcbEvaluation& evaluation) {
    return evaluation.superseded_at && facts.at < *evaluation.superseded_at + rules.tcb_grace;
  };
  const bool grace =
      tcb.status == TcbStatus::out_of_date && rules.tcb_grace.count() > 0 && in_grace(facts.tcb->launch) &&
      (!facts.tcb->current || facts.tcb->current->status == TcbStatus::up_to_date || in_grace(*facts.tcb->current));
  const std::string advisories = tcb.advisory_ids.empty() ? std::string() : concat(" (", join(tcb.advisory_ids), ")");
  const std::string why = facts.tcb->why.empty() ? std::string() : concat(": ", facts.tcb->why);

  if (tcb.status == TcbStatus::up_to_date) {
    out.pass("tcb_status", expected, actual);
  } else if (!never && (listed(tcb.status) || grace)) {
    out.pass("tcb_status", expected, actual);
    out.warn({"tcb", std::string(status_code(tcb.status)),
              concat("the platform's TCB is ", actual, advisories,
                     grace && !listed(tcb.status) ? ", within its grace period" : "", "; ", what_to_do(tcb.status))});
  } else {
    out.fail("tcb_status",
             {"tcb", std::string(status_code(tcb.status)),
              concat("the platform's TCB is ", actual, advisories, why, "; ", what_to_do(tcb.status))},
             expected, actual);
  }

  if (rules.min_tcb_date) {
    const std::string needed = to_rfc3339(*rules.min_tcb_date);
    const std::string found = tcb.date ? to_rfc3339(*tcb.date) : "none";
    if (tcb.date && *tcb.date >= *rules.min_tcb_date) {
      out.pass("min_tcb_date", needed, found);
    } else {
      out.fail("min_tcb_date",
               {"policy", "tcb_date_too_old",
                concat("the TCB dates from ", found, ", the policy wants ", needed, " or later; update the platform")},
               needed, found);
    }
  }
  if (rules.min_tcb_eval_number) {
    const std::string needed = std::to_string(*rules.min_tcb_eval_number);
    const std::string found = tcb.evaluation_data_number ? std::to_string(*tcb.evaluation_data_number) : "none";
    if (tcb.evaluation_data_number && *tcb.evaluation_data_number >= *rules.min_tcb_eval_number) {
      out.pass("min_tcb_eval_number", needed, found);
    } else {
      out.fail("min_tcb_eval_number",
               {"policy", "evaluation_data_number_too_low",
                concat("the collateral has evaluation data number ", found, ", the policy wants at least ", needed,
                       "; fetch newer collateral")},
               needed, found);
    }
  }
  if (rules.allow_advisories) {
    for (const std::string& advisory : tcb.advisory_ids) {
      if (std::find(rules.allow_advisories->begin(), rules.allow_advisories->end(), advisory) !=
          rules.allow_advisories->end()) {
        continue;
      }
      out.fail(
          "allow_advisories",
          {"policy", "advisory_not_allowed",
           concat("advisory ", printable(advisory), " applies and the policy does not allow it; update the platform")},
          join(*rules.allow_advisories), printable(advisory));
    }
  }
}

template <class Rules>
void appraise_platform(Appraisal& out, const PlatformFacts& facts, const Rules& rules) {
  out.expect_one_of("fmspc", facts.pck.fmspc, rules.fmspc, kHex);
  if (!rules.platform_instance_id) {
    return;  // identifies one machine: shown only where somebody pins it
  }
  if (!facts.pck.platform_instance_id) {
    out.fail("platform_instance_id",
             {"policy", "platform_instance_id_not_allowed",
              "this kind of platform has no instance id, and the policy pins one; pin fmspc instead"});
    return;
  }
  out.expect_one_of("platform_instance_id", *facts.pck.platform_instance_id, rules.platform_instance_id, kHex);
}

void appraise_td_attributes(Appraisal& out, const TdxClaims& claims, const TdxRules& rules) {
  const std::uint64_t attributes = word(claims.td_attributes);
  const std::string actual = to_hex(claims.td_attributes);
  bool good = true;
  const auto refuse = [&](std::string_view code, std::string message) {
    good = false;
    out.fail("td_attributes", {"policy", std::string(code), std::move(message)}, {}, actual);
  };
  if ((attributes & kDebug) != 0) {
    if (rules.debug.value_or(false)) {
      out.warn({"policy", "td_debug", "the TD is in debug mode, as the policy allows: the host can read its memory"});
    } else {
      refuse("td_debug", "the TD is in debug mode: the host can read its memory; launch it without debug");
    }
  }
  if ((attributes & kUntrustedDebugGroup) != 0) {
    refuse("td_profiling", "the TD may be profiled by the host (attribute bits 1 to 7); launch it without profiling");
  }
  if ((attributes & kMigratable) != 0) {
    refuse("td_migratable",
           "the TD may be migrated, which makes a migration TD part of what must be trusted; launch it without");
  }
  if ((attributes & ~(kDebug | kUntrustedDebugGroup | kMigratable | kHarmless)) != 0) {
    refuse("td_attributes_reserved",
           concat("reserved attribute bits are set in ", actual, "; this software does not know them"));
  }
  if ((attributes & kSeptVeDisable) == 0) {
    if (rules.sept_ve_disable.value_or(false)) {
      refuse("td_sept_ve_disable", "SEPT_VE_DISABLE is clear and the policy demands it; launch the TD with it");
    } else if (!rules.sept_ve_disable) {
      out.warn({"policy", "td_sept_ve_disable",
                "SEPT_VE_DISABLE is clear: fine under a paravisor, else the guest must handle exceptions that the host "
                "injects"});
    }
  }
  if (good) {
    out.pass("td_attributes", {}, actual);
  }

  const std::uint64_t xfam = word(claims.xfam);
  const std::uint64_t mask = rules.xfam_allowed_mask ? word(*rules.xfam_allowed_mask) : kXfamAllowed;
  if ((xfam & kXfamRequired) == kXfamRequired && (xfam & ~mask) == 0) {
    out.pass("xfam", {}, to_hex(claims.xfam));
  } else {
    out.fail("xfam",
             {"policy", "xfam_not_allowed",
              concat("extended features ", to_hex(claims.xfam),
                     " must have bits 0 and 1 and none outside the allowed mask; allow the feature in a policy if it "
                     "is wanted")},
             {}, to_hex(claims.xfam));
  }
}

void appraise_service_td(Appraisal& out, const TdxClaims& claims, const TdxRules& rules) {
  if (!claims.mr_service_td) {
    return;
  }
  if (rules.mr_service_td) {
    out.expect_one_of("mr_service_td", *claims.mr_service_td, rules.mr_service_td, kHex);
    return;
  }
  const std::string actual = to_hex(*claims.mr_service_td);
  if (all_zero(*claims.mr_service_td)) {
    out.pass("mr_service_td", "zero", actual);
    return;
  }
  out.fail("mr_service_td",
           {"policy", "mr_service_td_not_allowed",
            concat("a service TD (", actual,
                   ") is bound to this one and shares its secrets; pin it in a policy if you trust it")},
           "zero", actual);
}

}  // namespace

Appraisal appraise(const TdxClaims& claims, const PlatformFacts& facts, const TdxRules& rules,
                   std::string_view source) {
  Appraisal out(source);
  appraise_tcb(out, facts, rules);
  appraise_td_attributes(out, claims, rules);
  appraise_service_td(out, claims, rules);
  out.expect_one_of("mr_td", claims.mr_td, rules.mr_td, kHex);
  out.expect_one_of("rtmr0", claims.rtmr[0], rules.rtmr0, kHex);
  out.expect_one_of("rtmr1", claims.rtmr[1], rules.rtmr1, kHex);
  out.expect_one_of("rtmr2", claims.rtmr[2], rules.rtmr2, kHex);
  out.expect_one_of("rtmr3", claims.rtmr[3], rules.rtmr3, kHex);
  out.expect_one_of("mr_seam", claims.mr_seam, rules.mr_seam, kHex);
  out.expect_one_of("mr_config_id", claims.mr_config_id, rules.mr_config_id, kHex);
  out.expect_one_of("mr_owner", claims.mr_owner, rules.mr_owner, kHex);
  out.expect_one_of("mr_owner_config", claims.mr_owner_config, rules.mr_owner_config, kHex);
  appraise_platform(out, facts, rules);
  appraise_event_log(out, facts.event_log, rules);
  return out;
}

Appraisal appraise(const SgxClaims& claims, const PlatformFacts& facts, const SgxRules& rules,
                   std::string_view source) {
  Appraisal out(source);
  appraise_tcb(out, facts, rules);
  if (!claims.debug) {
    out.pass("attributes", "not debug", "not debug");
  } else if (rules.debug.value_or(false)) {
    out.pass("attributes", "debug allowed", "debug");
    out.warn({"policy", "enclave_debug",
              "the enclave is in debug mode, as the policy allows: the host can read its memory"});
  } else {
    out.fail("attributes",
             {"policy", "enclave_debug",
              "the enclave is in debug mode: the host can read its memory; launch it without debug"},
             "not debug", "debug");
  }
  out.expect_one_of("mr_enclave", claims.mr_enclave, rules.mr_enclave, kHex);
  out.expect_one_of("mr_signer", claims.mr_signer, rules.mr_signer, kHex);
  out.expect_one_of("isv_prod_id", claims.isv_prod_id, rules.isv_prod_id, kNumber);
  out.expect_one_of("isv_svn", claims.isv_svn, rules.isv_svn, kNumber);
  appraise_platform(out, facts, rules);
  return out;
}

}  // namespace tenzro::tee::tdx
