// SPDX-License-Identifier: Apache-2.0
// Checking the rules of a policy for contradictions, before anything is judged by them.
#include "tenzro/tee/policy.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/snp/silicon_line.hpp"
#include "evidence/snp/tcb.hpp"
#include "evidence/tdx/event_log.hpp"
#include "evidence/tpm_quote.hpp"
#include "verify/nvidia/versions.hpp"
#include "verify/vtpm_rules.hpp"

namespace tenzro::tee {

namespace {

/// A hundred years: longer ones mean nothing, and arithmetic on times stays far from its limits.
constexpr std::chrono::days kLongest{36'500};
constexpr unsigned kLastRtmr = 3;

Error bad_rule(std::size_t entry, std::string_view member, std::string_view why) {
  return Error(ErrorCode::invalid_argument, concat("policy any_of[", entry, "].", member, ": ", why));
}

/// PCR0 to PCR2 measure an enclave's image; zero in all of them is debug mode.
bool is_of_code(unsigned pcr) { return pcr <= 2; }
bool is_zero(const Bytes& value) {
  return std::all_of(value.begin(), value.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool is_age(std::chrono::seconds age) { return age.count() > 0 && age <= kLongest; }
std::string age_range() { return concat("must be 1 second to ", kLongest.count(), " days"); }

/// One entry's checks; `check(name, list)` stops at the first list that is there but empty.
class EntryChecker {
 public:
  explicit EntryChecker(std::size_t index) : index_(index) {}

  template <class T>
  EntryChecker& not_empty(std::string_view member, const AllowList<T>& list) {
    if (!error_ && list && list->empty()) {
      error_ = bad_rule(index_, member, "an empty list allows nothing; leave it out or fill it");
    }
    return *this;
  }

  EntryChecker& tcb(const AllowList<TcbStatus>& statuses, std::chrono::days grace) {
    not_empty("tcb_status", statuses);
    for (const TcbStatus status : statuses.value_or(std::vector<TcbStatus>{})) {
      if (!error_ &&
          (status == TcbStatus::revoked || status == TcbStatus::not_supported || status == TcbStatus::unknown)) {
        error_ = bad_rule(index_, "tcb_status", concat(to_string(status), " can never be allowed"));
      }
    }
    if (!error_ && (grace.count() < 0 || grace > kLongest)) {
      error_ = bad_rule(index_, "tcb_grace", concat("must be 0 to ", kLongest.count(), " days"));
    }
    return *this;
  }

  EntryChecker& event_log(const std::optional<std::vector<EventLogRule>>& rules) {
    not_empty("event_log", rules);
    for (std::size_t i = 0; rules && !error_ && i < rules->size(); ++i) {
      const EventLogRule& rule = (*rules)[i];
      const auto bad = [&](std::string_view member, std::string_view why) {
        error_ = bad_rule(index_, concat("event_log[", i, "].", member), why);
      };
      if (rule.rtmr > kLastRtmr) {
        bad("rtmr", "a TD has run-time registers 0 to 3");
      } else if (rule.event_type == tdx::event_type::kNoAction) {
        bad("event_type", "EV_NO_ACTION is never measured, so that nothing could prove such an event");
      } else if (rule.digests.empty()) {
        bad("digests", "an empty list allows nothing; fill it or leave the rule out");
      }
    }
    return *this;
  }

  /// Every value is one of the names that there are.
  EntryChecker& names(std::string_view member, const AllowList<std::string>& list,
                      std::initializer_list<std::string_view> known) {
    not_empty(member, list);
    for (const std::string& name : list.value_or(std::vector<std::string>{})) {
      if (!error_ && std::find(known.begin(), known.end(), name) == known.end()) {
        error_ = bad_rule(index_, member, concat("there is no \"", printable(name), "\""));
      }
    }
    return *this;
  }

  EntryChecker& vtpm_pcrs(std::string_view member, const PcrRules& rules) {
    constexpr std::size_t kPcrSize = 32;
    for (const auto& [index, values] : rules) {
      if (error_) {
        break;
      }
      const std::string name = concat(member, "[", index, "]");
      if (index >= azure::kPcrCount) {
        error_ = bad_rule(index_, name, "a vTPM has registers 0 to 23");
      } else if (values.empty()) {
        error_ = bad_rule(index_, name, "an empty list allows nothing; leave it out or fill it");
      } else if (!std::all_of(values.begin(), values.end(), [](const Bytes& v) { return v.size() == kPcrSize; })) {
        error_ = bad_rule(index_, name, "a value has 32 bytes");
      }
    }
    return *this;
  }

  /// An entry is about a paravisor or about a workload: a rule that names the one as the other would let a guest of the
  /// second kind pass for one of the first.
  EntryChecker& no_workload_beside_vtpm(const PcrRules& vtpm_pcrs, std::string_view member, bool present) {
    if (!error_ && !vtpm_pcrs.empty() && present) {
      error_ = bad_rule(index_, member,
                        "stands beside vtpm_pcrs, which mean that a paravisor is measured and not the workload");
    }
    return *this;
  }

  EntryChecker& pcrs(std::string_view member, const PcrRules& rules, bool allow_debug) {
    for (const auto& [index, values] : rules) {
      const std::string name = concat(member, "[", index, "]");
      if (error_) {
        return *this;
      }
      if (index >= nitro::kMaxPcrs) {
        error_ = bad_rule(index_, name, concat("there are PCRs 0 to ", nitro::kMaxPcrs - 1));
      } else if (values.empty()) {
        error_ = bad_rule(index_, name, "an empty list allows nothing; leave it out or fill it");
      }
      for (const Bytes& value : values) {
        if (!error_ && value.size() != nitro::kPcrSize) {
          error_ = bad_rule(index_, name, concat("a value has ", nitro::kPcrSize, " bytes, this one ", value.size()));
        } else if (!error_ && !allow_debug && is_of_code(index) && is_zero(value)) {
          error_ = bad_rule(index_, name, "zero is what every debug enclave has, whatever runs in it");
        }
      }
    }
    return *this;
  }

  EntryChecker& floors(const std::map<std::string, SnpTcbFloor>& rules) {
    for (const auto& [name, floor] : rules) {
      if (!error_ && !snp::parse_product(name) && !snp::is_silicon_line(name)) {
        error_ = bad_rule(index_, "min_tcb", concat("\"", printable(name), "\" is no product or silicon line"));
      }
      if (!error_ && (floor.fmc | floor.bootloader | floor.tee | floor.snp | floor.microcode) == 0) {
        error_ = bad_rule(index_, "min_tcb", concat(name, ": a minimum of zero lets everything pass; leave it out"));
      }
      if (!error_ && floor.fmc != 0 && !name.starts_with("Turin")) {
        error_ = bad_rule(index_, "min_tcb", concat(name, " has no fmc"));
      }
    }
    return *this;
  }

  EntryChecker& vmpl(const AllowList<std::uint32_t>& levels) {
    constexpr std::uint32_t kHighest = 3;
    not_empty("vmpl", levels);
    for (const std::uint32_t level : levels.value_or(std::vector<std::uint32_t>{})) {
      if (!error_ && level > kHighest) {
        error_ = bad_rule(index_, "vmpl", concat("there is no level ", level, ", only 0 to ", kHighest));
      }
    }
    return *this;
  }

  EntryChecker& report_versions(const SnpRules& rules) {
    const auto known = [](const std::optional<std::uint32_t>& version) {
      return !version || (*version >= snp::kOldestVersion && *version <= snp::kNewestVersion);
    };
    const bool crossed =
        rules.min_report_version && rules.max_report_version && *rules.min_report_version > *rules.max_report_version;
    if (!error_ && (!known(rules.min_report_version) || !known(rules.max_report_version) || crossed)) {
      error_ = bad_rule(
          index_, "min_report_version, max_report_version",
          concat("must be versions from ", snp::kOldestVersion, " to ", snp::kNewestVersion, ", the lower one first"));
    }
    return *this;
  }

  EntryChecker& max_age(const std::optional<std::chrono::seconds>& age) {
    if (!error_ && age && !is_age(*age)) {
      error_ = bad_rule(index_, "max_age", age_range());
    }
    return *this;
  }

  Result<void> result() && {
    if (error_) {
      return *std::move(error_);
    }
    return {};
  }

 private:
  std::size_t index_;
  std::optional<Error> error_;
};

Result<void> check_entry(std::size_t index, const TdxRules& rules) {
  EntryChecker checker(index);
  checker.not_empty("mr_td", rules.mr_td)
      .not_empty("rtmr0", rules.rtmr0)
      .not_empty("rtmr1", rules.rtmr1)
      .not_empty("rtmr2", rules.rtmr2)
      .not_empty("rtmr3", rules.rtmr3)
      .not_empty("mr_service_td", rules.mr_service_td)
      .not_empty("mr_seam", rules.mr_seam)
      .not_empty("mr_config_id", rules.mr_config_id)
      .not_empty("mr_owner", rules.mr_owner)
      .not_empty("mr_owner_config", rules.mr_owner_config)
      .not_empty("allow_advisories", rules.allow_advisories)
      .not_empty("fmspc", rules.fmspc)
      .not_empty("platform_instance_id", rules.platform_instance_id)
      .event_log(rules.event_log)
      .vtpm_pcrs("vtpm_pcrs", rules.vtpm_pcrs)
      .no_workload_beside_vtpm(rules.vtpm_pcrs, "event_log", rules.event_log.has_value())
      .tcb(rules.tcb_status, rules.tcb_grace);
  return std::move(checker).result();
}

Result<void> check_entry(std::size_t index, const SgxRules& rules) {
  EntryChecker checker(index);
  checker.not_empty("mr_enclave", rules.mr_enclave)
      .not_empty("mr_signer", rules.mr_signer)
      .not_empty("isv_prod_id", rules.isv_prod_id)
      .not_empty("isv_svn", rules.isv_svn)
      .not_empty("allow_advisories", rules.allow_advisories)
      .not_empty("fmspc", rules.fmspc)
      .not_empty("platform_instance_id", rules.platform_instance_id)
      .tcb(rules.tcb_status, rules.tcb_grace);
  return std::move(checker).result();
}

Result<void> check_entry(std::size_t index, const SnpRules& rules) {
  EntryChecker checker(index);
  checker.not_empty("measurement", rules.measurement)
      .not_empty("id_key_digest", rules.id_key_digest)
      .not_empty("author_key_digest", rules.author_key_digest)
      .not_empty("host_data", rules.host_data)
      .not_empty("family_id", rules.family_id)
      .not_empty("image_id", rules.image_id)
      .not_empty("chip_id", rules.chip_id)
      .not_empty("report_id", rules.report_id)
      .not_empty("csp_ids", rules.csp_ids)
      .names("product", rules.product, {"Milan", "Genoa", "Turin"})
      .names("signing_key", rules.signing_key, {"vcek", "vlek"})
      .vmpl(rules.vmpl)
      .floors(rules.min_tcb)
      .report_versions(rules)
      .vtpm_pcrs("vtpm_pcrs", rules.vtpm_pcrs)
      .no_workload_beside_vtpm(rules.vtpm_pcrs, "measurement_covers_workload", rules.measurement_covers_workload)
      .no_workload_beside_vtpm(rules.vtpm_pcrs, "host_data", rules.host_data.has_value());
  return std::move(checker).result();
}

Result<void> check_denials(const DenyRules& rules) {
  for (const std::string& name : rules.product.value_or(std::vector<std::string>{})) {
    if (!snp::parse_product(name)) {
      return Error(ErrorCode::invalid_argument, concat("policy deny.product: there is no \"", printable(name), "\""));
    }
  }
  if ((rules.chip_id && rules.chip_id->empty()) || (rules.product && rules.product->empty()) ||
      (rules.measurement && rules.measurement->empty())) {
    return Error(ErrorCode::invalid_argument, "policy deny: an empty list denies nothing; leave it out or fill it");
  }
  return {};
}

Result<void> check_entry(std::size_t index, const NitroRules& rules) {
  EntryChecker checker(index);
  checker.pcrs("pcrs", rules.pcrs, rules.allow_debug).max_age(rules.max_age);
  return std::move(checker).result();
}

Result<void> check_entry(std::size_t index, const NitroTpmRules& rules) {
  EntryChecker checker(index);
  checker.pcrs("nitrotpm_pcrs", rules.nitrotpm_pcrs, rules.allow_debug).max_age(rules.max_age);
  return std::move(checker).result();
}

Error bad_device_rule(std::string_view member, std::string_view why) {
  return Error(ErrorCode::invalid_argument, concat("policy devices.nvidia-gpu.", member, ": ", why));
}

Result<void> check_devices(const NvidiaDeviceRules& rules) {
  constexpr unsigned kMostGpus = 64;
  if (rules.count && (*rules.count == 0 || *rules.count > kMostGpus)) {
    return bad_device_rule("count", concat("must be 1 to ", kMostGpus));
  }
  for (const auto& [member, list] :
       {std::pair("hwmodel", &rules.hwmodel), std::pair("driver_version", &rules.driver_version),
        std::pair("vbios_version", &rules.vbios_version), std::pair("deny_driver_version", &rules.deny_driver_version),
        std::pair("deny_vbios_version", &rules.deny_vbios_version)}) {
    if (*list && (*list)->empty()) {
      return bad_device_rule(member, "an empty list allows nothing; leave it out or fill it");
    }
  }
  for (const std::string& floor : rules.min_driver_version) {
    if (!nvidia::parse_driver_version(floor)) {
      return bad_device_rule("min_driver_version", concat("\"", printable(floor), "\" is no version, as 550.90.07 is"));
    }
  }
  if (!rules.min_vbios_version.empty() && !nvidia::parse_vbios_version(rules.min_vbios_version)) {
    return bad_device_rule("min_vbios_version",
                           concat("\"", printable(rules.min_vbios_version), "\" is no version, as 96.00.9F.00.01 is"));
  }
  return {};
}

/// RTMR1 and RTMR2 hold what firmware and loader started; RTMR0 holds settings, RTMR3 what the started code says.
bool pins_started_code(const EventLogRule& rule) { return rule.rtmr == 1 || rule.rtmr == 2; }

/// Zero measures nothing, so a list that has it pins nothing.
bool pins(const PcrRules& rules, unsigned pcr) {
  const auto found = rules.find(pcr);
  return found != rules.end() && std::none_of(found->second.begin(), found->second.end(), is_zero);
}
/// The boot manager in register 4, and what it loaded: the kernel with its initial file system in 9, or a unified image
/// in 11. What is started by another boot manager can bring 9 and 11 to any value.
bool pins_booted_code(const PcrRules& vtpm_pcrs) {
  constexpr unsigned kBootManager = 4, kLoaded = 9, kUnifiedImage = 11;
  return pins(vtpm_pcrs, kBootManager) && (pins(vtpm_pcrs, kLoaded) || pins(vtpm_pcrs, kUnifiedImage));
}

bool entry_pins_code(const TdxRules& rules) {
  const bool by_event =
      rules.event_log && std::any_of(rules.event_log->begin(), rules.event_log->end(), pins_started_code);
  return rules.mr_td && ((rules.rtmr1 && rules.rtmr2) || by_event || pins_booted_code(rules.vtpm_pcrs));
}
bool entry_pins_code(const SgxRules& rules) { return rules.mr_enclave || (rules.mr_signer && rules.isv_prod_id); }
/// A vTPM is software of the paravisor: its registers say something only where the paravisor itself is known.
bool entry_pins_code(const SnpRules& rules) {
  const bool by_vtpm = pins_booted_code(rules.vtpm_pcrs) && pins_paravisor(rules);
  return (rules.measurement && (rules.measurement_covers_workload || rules.host_data)) || by_vtpm;
}

/// PCR0 alone leaves open which part of the image is the boot's and which the application's; PCR8 is the image's
/// signer.
bool entry_pins_code(const NitroRules& rules) {
  return (pins(rules.pcrs, 0) && pins(rules.pcrs, 1) && pins(rules.pcrs, 2)) || pins(rules.pcrs, 8);
}
/// The boot manager's code or the secure boot policy, and the kernel's command line, which is zero where nobody altered
/// it.
bool entry_pins_code(const NitroTpmRules& rules) {
  return (pins(rules.nitrotpm_pcrs, 4) || pins(rules.nitrotpm_pcrs, 7)) && rules.nitrotpm_pcrs.contains(12);
}

}  // namespace

Result<Policy> Policy::from_rules(PolicyRules rules) {
  if (rules.any_of.empty() && !rules.devices.nvidia_gpu) {
    return Error(ErrorCode::invalid_argument, "policy any_of: without an entry nothing could ever pass; add one");
  }
  for (std::size_t i = 0; i < rules.any_of.size(); ++i) {
    TENZRO_RETURN_IF_ERROR(std::visit([i](const auto& entry) { return check_entry(i, entry); }, rules.any_of[i]));
  }
  if (rules.devices.nvidia_gpu) {
    TENZRO_RETURN_IF_ERROR(check_devices(*rules.devices.nvidia_gpu));
  }
  TENZRO_RETURN_IF_ERROR(check_denials(rules.deny));
  const auto& max_age = rules.revocation.collateral_max_age;
  if (max_age && !is_age(*max_age)) {
    return Error(ErrorCode::invalid_argument, concat("policy revocation.collateral_max_age: ", age_range()));
  }
  if (rules.freshness.max_age && !is_age(*rules.freshness.max_age)) {
    return Error(ErrorCode::invalid_argument, concat("policy freshness.max_age: ", age_range()));
  }
  return Policy(std::make_shared<const PolicyRules>(std::move(rules)));
}

bool Policy::pins_code() const {
  return !rules_->any_of.empty() &&
         std::all_of(rules_->any_of.begin(), rules_->any_of.end(), [](const PlatformRules& entry) {
           return std::visit([](const auto& rules) { return entry_pins_code(rules); }, entry);
         });
}

}  // namespace tenzro::tee
