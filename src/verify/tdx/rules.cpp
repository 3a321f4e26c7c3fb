// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/rules.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "verify/tdx/tcb_rules.hpp"
#include "verify/vtpm_rules.hpp"

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

template <class Rules>
void appraise_platform(Appraisal& out, const PlatformFacts& facts, const Rules& rules) {
  out.expect_one_of("fmspc", facts.pck.fmspc, rules.fmspc, kHex);
  if (!rules.platform_instance_id) {
    return;  // identifies one machine: shown only where somebody pins it
  }
  if (!facts.pck.platform_instance_id) {
    out.fail("platform_instance_id", {"policy", "platform_instance_id_not_allowed",
                                      "this kind of platform has no instance id, and the policy pins one"});
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
      refuse("td_debug", "the TD is in debug mode: the host can read its memory");
    }
  }
  if ((attributes & kUntrustedDebugGroup) != 0) {
    refuse("td_profiling", "the TD may be profiled by the host (attribute bits 1 to 7)");
  }
  if ((attributes & kMigratable) != 0) {
    refuse("td_migratable", "the TD may be migrated, which makes a migration TD part of what must be trusted");
  }
  if ((attributes & ~(kDebug | kUntrustedDebugGroup | kMigratable | kHarmless)) != 0) {
    refuse("td_attributes_reserved",
           concat("reserved attribute bits are set in ", actual, "; this software does not know them"));
  }
  if ((attributes & kSeptVeDisable) == 0) {
    if (rules.sept_ve_disable.value_or(false)) {
      refuse("td_sept_ve_disable", "SEPT_VE_DISABLE is clear and the policy demands it");
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
                     " must have bits 0 and 1 and none outside the allowed mask")},
             {}, to_hex(claims.xfam));
  }
}

/// Every service TD that the quote names: bound to this TD now or at its launch, it shares the TD's secrets. TD
/// report 1.0 does not tell, and a service TD may be bound there unseen: a rule that pins one is not met by it.
void appraise_service_tds(Appraisal& out, const TdxClaims& claims, const PlatformFacts& facts, const TdxRules& rules) {
  const ByteArray<48> none{};
  const auto allowed = [&](const ByteArray<48>& hash) {
    return rules.mr_service_td
               ? std::find(rules.mr_service_td->begin(), rules.mr_service_td->end(), hash) != rules.mr_service_td->end()
               : hash == none;
  };
  if (!claims.mr_service_td && !rules.mr_service_td) {
    return;
  }
  const std::string expected = rules.mr_service_td ? "pinned" : "zero";
  if (!claims.mr_service_td) {
    const std::string actual = "not told by this kind of quote";
    if (allowed(none)) {
      out.pass("mr_service_td", expected, actual);
      return;
    }
    out.fail("mr_service_td",
             {"policy", "mr_service_td_not_allowed",
              "the policy pins a service TD, and this kind of quote (TD report 1.0) names none"},
             expected, actual);
    return;
  }
  std::vector<ByteArray<48>> hashes{*claims.mr_service_td};
  if (facts.td_extension != nullptr) {
    // In the extended body an absent one is zero beside whatever mr_service_td says.
    for (const ByteArray<48>& hash : {facts.td_extension->init_servtd_hash, facts.td_extension->cur_servtd_hash}) {
      if (hash != none) {
        hashes.push_back(hash);
      }
    }
  }
  for (const ByteArray<48>& hash : hashes) {
    const std::string actual = to_hex(hash);
    if (!allowed(hash)) {
      out.fail("mr_service_td",
               {"policy", "mr_service_td_not_allowed",
                concat("a service TD (", actual, ") is bound to this one and shares its secrets")},
               expected, actual);
      return;
    }
  }
  out.pass("mr_service_td", expected, to_hex(*claims.mr_service_td));
}

}  // namespace

Appraisal appraise(const TdxClaims& claims, const PlatformFacts& facts, const TdxRules& rules,
                   std::string_view source) {
  Appraisal out(source);
  if (facts.tcb != nullptr) {
    appraise_tcb(out, *facts.tcb, facts.at, tcb_rules_of(rules));
  }
  appraise_td_attributes(out, claims, rules);
  appraise_service_tds(out, claims, facts, rules);
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
  appraise_vtpm(out, claims.azure, rules.vtpm_pcrs, pins_paravisor(rules));
  return out;
}

Appraisal appraise(const SgxClaims& claims, const PlatformFacts& facts, const SgxRules& rules,
                   std::string_view source) {
  Appraisal out(source);
  if (facts.tcb != nullptr) {
    appraise_tcb(out, *facts.tcb, facts.at, tcb_rules_of(rules));
  }
  if (!claims.debug) {
    out.pass("attributes", "not debug", "not debug");
  } else if (rules.debug.value_or(false)) {
    out.pass("attributes", "debug allowed", "debug");
    out.warn({"policy", "enclave_debug",
              "the enclave is in debug mode, as the policy allows: the host can read its memory"});
  } else {
    out.fail("attributes", {"policy", "enclave_debug", "the enclave is in debug mode: the host can read its memory"},
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
