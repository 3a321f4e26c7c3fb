// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/rules.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "evidence/snp/report.hpp"
#include "verify/vtpm_rules.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr auto kHex = [](const auto& bytes) { return to_hex(bytes); };
constexpr auto kText = [](const std::string& text) { return printable(text); };
constexpr auto kNumber = [](auto value) { return std::to_string(value); };

constexpr std::string_view kSet = "set";
constexpr std::string_view kClear = "clear";
std::string_view word(bool bit) { return bit ? kSet : kClear; }

/// One bit by its rule. Without one its value is only shown.
struct Bit {
  std::string_view name;
  unsigned bit;
  BitRule rule;
};
void appraise_bit(Appraisal& out, std::string_view group, std::uint64_t value, const Bit& wanted, Finding reason) {
  const std::string id = concat(group, ".", wanted.name);
  const bool actual = bit_of(value, wanted.bit);
  if (wanted.rule == BitRule::any) {
    return;
  }
  const bool demanded = wanted.rule == BitRule::set;
  if (actual == demanded) {
    out.pass(id, std::string(word(demanded)), std::string(word(actual)));
    return;
  }
  reason.message = concat(id, " is ", word(actual), " and must be ", word(demanded), reason.message);
  out.fail(id, std::move(reason), std::string(word(demanded)), std::string(word(actual)));
}

/// What the policy may allow of a guest, and what it says when it does.
void appraise_danger(Appraisal& out, std::string_view id, bool present, bool allowed, Finding reason) {
  const std::string actual(word(present));
  if (!present) {
    out.pass(id, std::string(kClear), actual);
  } else if (allowed) {
    out.pass(id, "allowed", actual);
    out.warn(std::move(reason));
  } else {
    out.fail(id, std::move(reason), std::string(kClear), actual);
  }
}

void appraise_guest_policy(Appraisal& out, const SnpClaims& claims, const SnpPolicyRules& rules) {
  const std::uint64_t policy = claims.policy;
  appraise_danger(out, "policy.debug", bit_of(policy, policy_bit::kDebug), rules.debug,
                  {"policy", "guest_debug", "the guest policy allows debugging: the host can read the guest's memory"});
  appraise_danger(out, "policy.migrate_ma", bit_of(policy, policy_bit::kMigrateMa), rules.migrate_ma,
                  {"policy", "guest_migratable",
                   "the guest may have a migration agent, which becomes a part of what must be trusted"});
  const Finding reason{"policy", "guest_policy_bit_not_allowed", ""};
  for (const Bit& bit : {Bit{"smt", policy_bit::kSmt, rules.smt},
                         {"single_socket", policy_bit::kSingleSocket, rules.single_socket},
                         {"cxl_allow", policy_bit::kCxlAllow, rules.cxl_allow},
                         {"mem_aes_256_xts", policy_bit::kMemAes256Xts, rules.mem_aes_256_xts},
                         {"rapl_dis", policy_bit::kRaplDis, rules.rapl_dis},
                         {"ciphertext_hiding_dram", policy_bit::kCiphertextHidingDram, rules.ciphertext_hiding_dram},
                         {"page_swap_disable", policy_bit::kPageSwapDisable, rules.page_swap_disable}}) {
    appraise_bit(out, "policy", policy, bit, reason);
  }
  if (!rules.min_abi) {
    return;
  }
  const std::pair<std::uint8_t, std::uint8_t> abi(static_cast<std::uint8_t>(policy >> 8),
                                                  static_cast<std::uint8_t>(policy));
  const auto text = [](const auto& version) { return concat(unsigned{version.first}, ".", unsigned{version.second}); };
  if (abi >= *rules.min_abi) {
    out.pass("policy.min_abi", text(*rules.min_abi), text(abi));
  } else {
    out.fail(
        "policy.min_abi",
        {"policy", "guest_policy_abi_too_low",
         concat("the guest is content with firmware ABI ", text(abi), ", the policy wants ", text(*rules.min_abi))},
        text(*rules.min_abi), text(abi));
  }
}

void appraise_platform_info(Appraisal& out, const SnpClaims& claims, const PlatformFacts& facts,
                            const SnpPlatformInfoRules& rules) {
  const std::uint64_t info = claims.platform_info;
  const BitRule alias_check = rules.alias_check_complete.value_or(BitRule::set);
  constexpr std::string_view kAliasCheck = "platform_info.alias_check_complete";
  if (claims.report_version >= kFirstVersionWithCpuId) {
    appraise_bit(out, "platform_info", info, {"alias_check_complete", platform_bit::kAliasCheckComplete, alias_check},
                 {"policy", "alias_check_incomplete", ": memory may be aliased (AMD-SB-3015)"});
  } else if (rules.alias_check_complete && alias_check != BitRule::any) {
    out.fail(kAliasCheck, {"policy", "alias_check_incomplete",
                           "the policy wants to know whether memory may be aliased (AMD-SB-3015), and a report of "
                           "version 2 does not say"});
  } else if (alias_check != BitRule::any) {
    out.skip(kAliasCheck, "reports before version 3 do not say");
  }
  const Finding reason{"policy", "platform_info_bit_not_allowed", ""};
  for (const Bit& bit :
       {Bit{"smt_en", platform_bit::kSmtEn, rules.smt_en},
        {"tsme_en", platform_bit::kTsmeEn, rules.tsme_en},
        {"ecc_en", platform_bit::kEccEn, rules.ecc_en},
        {"rapl_dis", platform_bit::kRaplDis, rules.rapl_dis},
        {"ciphertext_hiding_dram_en", platform_bit::kCiphertextHidingDramEn, rules.ciphertext_hiding_dram_en},
        {"iommu_write_safe", platform_bit::kIommuWriteSafe, rules.iommu_write_safe},
        {"tio_en", platform_bit::kTioEn, rules.tio_en}}) {
    appraise_bit(out, "platform_info", info, bit, reason);
  }
  const bool later_than_milan = facts.tcb.product != Product::milan;
  if (later_than_milan && rules.ciphertext_hiding_dram_en == BitRule::any &&
      !bit_of(info, platform_bit::kCiphertextHidingDramEn)) {
    out.warn({"tcb", "advisory_applies",
              "ciphertext hiding is off (platform_info.ciphertext_hiding_dram_en): the host can watch encrypted memory "
              "change, AMD-SB-3021"});
  }
  if (facts.tcb.product == Product::turin && rules.iommu_write_safe == BitRule::any &&
      !bit_of(info, platform_bit::kIommuWriteSafe)) {
    out.warn({"tcb", "advisory_applies",
              "the platform does not say that IOMMU writes are safe (platform_info.iommu_write_safe), AMD-SB-3016"});
  }
}

void appraise_versions(Appraisal& out, const SnpClaims& claims, const SnpRules& rules) {
  const std::uint32_t lowest = rules.min_report_version.value_or(kOldestVersion);
  const std::uint32_t highest = rules.max_report_version.value_or(kNewestVersion);
  const std::string wanted = concat(lowest, " to ", highest);
  const std::string actual = std::to_string(claims.report_version);
  if (claims.report_version >= lowest && claims.report_version <= highest) {
    out.pass("report_version", wanted, actual);
    if (claims.report_version < kFirstVersionWithCpuId) {
      out.warn({"platform", "report_version_old",
                "a report of version 2 does not say which processor it is of; the product is its certificate's"});
    }
  } else {
    out.fail("report_version",
             {"policy", "report_version_not_allowed",
              concat("the report has version ", actual, ", the policy wants ", wanted)},
             wanted, actual);
  }
  if (!rules.min_guest_svn) {
    return;
  }
  const std::string floor = std::to_string(*rules.min_guest_svn);
  const std::string svn = std::to_string(claims.guest_svn);
  if (claims.guest_svn >= *rules.min_guest_svn) {
    out.pass("guest_svn", floor, svn);
  } else {
    out.fail("guest_svn",
             {"policy", "guest_svn_too_low", concat("guest_svn is ", svn, ", the policy wants at least ", floor)},
             floor, svn);
  }
}

/// The floor for this platform: its silicon line's own, else its product's.
const SnpTcbFloor* floor_for(const PlatformTcb& platform, const std::map<std::string, SnpTcbFloor>& floors) {
  auto found = platform.line ? floors.find(std::string(to_string(*platform.line))) : floors.end();
  if (found == floors.end()) {
    found = floors.find(std::string(to_string(platform.product)));
  }
  return found == floors.end() ? nullptr : &found->second;
}

/// Names of the components that are too low; empty when none is.
std::string below(const Tcb& tcb, const SnpTcbFloor& floor) {
  struct Component {
    std::string_view name;
    unsigned actual, wanted;
  };
  std::string out;
  for (const Component& one : {Component{"fmc", tcb.fmc.value_or(0), floor.fmc},
                               {"bootloader", tcb.bootloader, floor.bootloader},
                               {"tee", tcb.tee, floor.tee},
                               {"snp", tcb.snp, floor.snp},
                               {"microcode", tcb.microcode, floor.microcode}}) {
    if (one.actual < one.wanted) {
      out += concat(out.empty() ? "" : ", ", one.name, " ", one.actual, " below ", one.wanted);
    }
  }
  return out;
}

void appraise_min_tcb(Appraisal& out, const PlatformFacts& facts, const SnpRules& rules) {
  if (rules.min_tcb.empty()) {
    return;
  }
  const SnpTcbFloor* const floor = floor_for(facts.tcb, rules.min_tcb);
  if (floor == nullptr) {
    out.fail("min_tcb", {"policy", "tcb_below_minimum",
                         concat("the policy has minimum TCBs, and none for ", to_string(facts.tcb.product))});
    return;
  }
  if (!facts.tcb.line) {
    out.fail("min_tcb", {"policy", "tcb_level_unknown",
                         concat("a minimum TCB is demanded, and the TCB is unknown: ", facts.assessment.why)});
    return;
  }
  constexpr std::array<std::string_view, 4> kNames = {"reported", "committed", "current", "launch"};
  bool good = true;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const std::string low = below(*facts.tcb.all().at(i), *floor);
    if (!low.empty()) {
      good = false;
      out.fail("min_tcb", {"policy", "tcb_below_minimum", concat("the ", kNames.at(i), " TCB is too low: ", low)});
    }
  }
  if (good) {
    out.pass("min_tcb");
  }
}

void appraise_firmware(Appraisal& out, const PlatformFacts& facts, const SnpRules& rules) {
  struct Version {
    std::string_view id, name;
    const FirmwareVersion& actual;
    const std::optional<ByteArray<3>>& lowest;
  };
  for (const Version& one :
       {Version{"min_current_version", "current", facts.current_version, rules.min_current_version},
        Version{"min_committed_version", "committed", facts.committed_version, rules.min_committed_version}}) {
    if (!one.lowest) {
      continue;
    }
    const FirmwareVersion lowest{(*one.lowest)[0], (*one.lowest)[1], (*one.lowest)[2]};
    const std::string wanted = to_string(lowest);
    const std::string actual = to_string(one.actual);
    if (one.actual >= lowest) {
      out.pass(one.id, wanted, actual);
      continue;
    }
    out.fail(one.id,
             {"policy", "firmware_version_too_low",
              concat("the ", one.name, " firmware is version ", actual, ", the policy wants at least ", wanted)},
             wanted, actual);
  }
}

/// The status never decides by itself: AMD has no service that vouches for it.
void warn_of_tcb(Appraisal& out, const PlatformFacts& facts) {
  const TcbStatus status = facts.assessment.verdict.status;
  if (status == TcbStatus::out_of_date) {
    out.warn({"tcb", "tcb_out_of_date", concat("the platform's TCB is out of date: ", facts.assessment.why)});
  } else if (status != TcbStatus::up_to_date) {
    out.warn({"tcb", "tcb_level_unknown",
              concat("whether the platform's TCB is up to date is unknown: ", facts.assessment.why)});
  }
  if (facts.tcb.product == Product::milan) {
    out.warn(
        {"tcb", "milan_seed_extraction",
         "this is a Milan processor, whose root seed software can extract (AMD-SB-3045): whoever has had one can sign "
         "any report of that chip"});
  }
}

/// What the firmware of a Milan says that it verified. Of other products no bulletin names the bits.
void warn_of_mitigations(Appraisal& out, const SnpClaims& claims, const PlatformFacts& facts) {
  struct Mitigation {
    unsigned bit;
    std::string_view bulletins;
  };
  constexpr std::array kOfMilan = {Mitigation{1, "AMD-SB-3020"}, Mitigation{2, "AMD-SB-3016"},
                                   Mitigation{4, "AMD-SB-3030 and AMD-SB-3034"}};
  if (facts.tcb.product != Product::milan || claims.report_version < kNewestVersion || !claims.current_mit_vector) {
    return;
  }
  for (const Mitigation& one : kOfMilan) {
    if (!bit_of(*claims.current_mit_vector, one.bit)) {
      out.warn({"tcb", "advisory_applies",
                concat("the firmware has not verified the mitigation of ", one.bulletins, " (current_mit_vector, bit ",
                       one.bit, ")")});
    }
  }
}

void appraise_mitigations(Appraisal& out, const SnpClaims& claims, const SnpRules& rules) {
  struct Vector {
    std::string_view name;
    const std::optional<std::uint64_t>& actual;
    const std::optional<std::uint64_t>& wanted;
  };
  for (const Vector& one : {Vector{"launch_mit_vector", claims.launch_mit_vector, rules.launch_mit_vector},
                            {"current_mit_vector", claims.current_mit_vector, rules.current_mit_vector}}) {
    if (!one.wanted || *one.wanted == 0) {
      continue;
    }
    const std::uint64_t wanted = *one.wanted;
    const bool told = one.actual && claims.report_version >= kNewestVersion;
    if (told && (*one.actual & wanted) == wanted) {
      out.pass(one.name);
      continue;
    }
    out.fail(one.name, {"policy", "mitigation_missing",
                        told ? concat(one.name, " lacks mitigations that the policy demands")
                             : concat(one.name, " is demanded, and a report of version ", claims.report_version,
                                      " does not vouch for it")});
  }
}

void appraise_chip(Appraisal& out, const SnpClaims& claims, const SnpRules& rules) {
  const bool masked = claims.chip_id == ByteArray<64>{};
  if (masked && claims.signing_key == "vcek") {
    Finding reason{"policy", "chip_id_masked",
                   "the report hides its chip (CHIP_ID is zero), so that its certificate may be another chip's"};
    appraise_danger(out, "chip_id.masked", true, rules.allow_masked_chip_id, std::move(reason));
  }
  out.expect_one_of("chip_id", claims.chip_id, rules.chip_id, kHex);
  out.expect_one_of("report_id", claims.report_id, rules.report_id, kHex);
}

void appraise_identity(Appraisal& out, const SnpClaims& claims, const PlatformFacts& facts, const SnpRules& rules) {
  out.expect_one_of("measurement", claims.measurement, rules.measurement, kHex);
  out.expect_one_of("host_data", claims.host_data, rules.host_data, kHex);
  out.expect_one_of("family_id", claims.family_id, rules.family_id, kHex);
  out.expect_one_of("image_id", claims.image_id, rules.image_id, kHex);
  out.expect_one_of("id_key_digest", claims.id_key_digest, rules.id_key_digest, kHex);
  if (rules.author_key_digest && !facts.author_key_enabled) {
    out.fail("author_key_digest", {"policy", "author_key_digest_not_allowed",
                                   "the policy pins an author key, and the guest has none enabled"});
  } else {
    out.expect_one_of("author_key_digest", claims.author_key_digest, rules.author_key_digest, kHex);
  }
  out.expect_one_of("product", claims.product, rules.product, kText);
  out.expect_one_of("signing_key", claims.signing_key, rules.signing_key, kText);
  const AllowList<std::uint32_t> only_zero = std::vector<std::uint32_t>{0};
  out.expect_one_of("vmpl", claims.vmpl, rules.vmpl ? rules.vmpl : only_zero, kNumber);
  if (facts.csp_id) {
    out.expect_one_of("csp_id", *facts.csp_id, rules.csp_ids, kText);
  } else if (rules.csp_ids) {
    out.skip("csp_id", "only a VLEK certificate names a provider");
  }
}

}  // namespace

Appraisal appraise(const SnpClaims& claims, const PlatformFacts& facts, const SnpRules& rules,
                   std::string_view source) {
  Appraisal out(source);
  appraise_versions(out, claims, rules);
  appraise_guest_policy(out, claims, rules.policy);
  appraise_platform_info(out, claims, facts, rules.platform_info);
  appraise_identity(out, claims, facts, rules);
  appraise_chip(out, claims, rules);
  appraise_danger(out, "provisional_firmware", facts.provisional, rules.allow_provisional_firmware,
                  {"policy", "provisional_firmware",
                   "the firmware that runs is newer than the committed one: its operator can still go back"});
  appraise_min_tcb(out, facts, rules);
  appraise_firmware(out, facts, rules);
  appraise_mitigations(out, claims, rules);
  appraise_vtpm(out, claims.azure, rules.vtpm_pcrs, pins_paravisor(rules));
  if (!rules.current_mit_vector) {
    warn_of_mitigations(out, claims, facts);
  }
  warn_of_tcb(out, facts);
  return out;
}

}  // namespace tenzro::tee::snp
