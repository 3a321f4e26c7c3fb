// SPDX-License-Identifier: Apache-2.0
// What must hold beyond genuineness.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee {

/// What to do about certificate revocation data.
enum class Revocation : std::uint8_t {
  require = 0,   ///< a list or OCSP response that is missing or stale: a failure
  if_available,  ///< missing, or its service says nothing: a warning; a stale, wrong or revoking one: still a failure
  off            ///< not looked at: a warning
};

/// Values that may stand in a claim. Empty optional: not pinned; an empty list is an error (invalid_argument).
template <class T>
using AllowList = std::optional<std::vector<T>>;

/// An event of this register and type with one of these digests must be in a log whose replay gives that register.
/// Beside it others may stand, before it too. Replay proves digests; the type is the log's word.
struct EventLogRule {
  unsigned rtmr = 0;  ///< 0 to 3
  std::uint32_t event_type = 0;
  std::vector<ByteArray<48>> digests{};  ///< SHA-384; at least one
};

/// PCR index to allowed values; an entry without values is an error.
using PcrRules = std::map<unsigned, std::vector<Bytes>>;

/// Rules for an Intel TDX trust domain. What is not set keeps the safe default named beside it.
struct TdxRules {
  AllowList<ByteArray<48>> mr_td{}, rtmr0{}, rtmr1{}, rtmr2{}, rtmr3{};
  AllowList<ByteArray<48>> mr_service_td{};  ///< empty: only zero passes
  AllowList<ByteArray<48>> mr_seam{}, mr_config_id{}, mr_owner{}, mr_owner_config{};
  std::optional<bool> debug{};                      ///< td_attributes.debug; empty or false: a debug TD is refused
  std::optional<bool> sept_ve_disable{};            ///< td_attributes.sept_ve_disable; empty: clear is a warning
  std::optional<ByteArray<8>> xfam_allowed_mask{};  ///< wire order, as the claim; empty: 0x6DBE7
  AllowList<TcbStatus> tcb_status{};  ///< empty: up_to_date only; revoked, not_supported and unknown are errors
  std::optional<UtcTime> min_tcb_date{};
  std::optional<std::uint32_t> min_tcb_eval_number{};
  std::chrono::days tcb_grace{0};             ///< out of date passes for this long after the next newer level's date
  AllowList<std::string> allow_advisories{};  ///< any advisory that is not listed: refused
  AllowList<ByteArray<6>> fmspc{};
  AllowList<ByteArray<16>> platform_instance_id{};
  /// All of them must hold. An event log that comes with the evidence must replay with or without rules.
  std::optional<std::vector<EventLogRule>> event_log{};
  PcrRules vtpm_pcrs{};  ///< Azure, under a verified vTPM quote; 32 bytes each
};

/// Rules for an Intel SGX enclave. A policy that has an entry of this kind asks for SGX by name.
struct SgxRules {
  AllowList<ByteArray<32>> mr_enclave{}, mr_signer{};
  AllowList<std::uint16_t> isv_prod_id{}, isv_svn{};
  std::optional<bool> debug{};
  AllowList<TcbStatus> tcb_status{};
  std::optional<UtcTime> min_tcb_date{};
  std::optional<std::uint32_t> min_tcb_eval_number{};
  std::chrono::days tcb_grace{0};
  AllowList<std::string> allow_advisories{};
  AllowList<ByteArray<6>> fmspc{};
  AllowList<ByteArray<16>> platform_instance_id{};
};

/// What one bit must be.
enum class BitRule : std::uint8_t { any = 0, set, clear };
/// Bits of the guest policy: what the firmware promised to refuse (AMD publication 56860, POLICY).
struct SnpPolicyRules {
  bool debug = false, migrate_ma = false;  ///< true: accepted, with a warning
  BitRule smt = BitRule::any, single_socket = BitRule::any, cxl_allow = BitRule::any, mem_aes_256_xts = BitRule::any;
  BitRule rapl_dis = BitRule::any, ciphertext_hiding_dram = BitRule::any, page_swap_disable = BitRule::any;
  std::optional<std::pair<std::uint8_t, std::uint8_t>> min_abi{};  ///< major, minor
};
/// Bits of the platform info: what is so at the moment (AMD publication 56860, PLATFORM_INFO).
struct SnpPlatformInfoRules {
  /// Default: set, from report version 3 on. Demanded here, reports that do not say are refused.
  std::optional<BitRule> alias_check_complete{};
  BitRule smt_en = BitRule::any, tsme_en = BitRule::any, ecc_en = BitRule::any, rapl_dis = BitRule::any;
  BitRule ciphertext_hiding_dram_en = BitRule::any, iommu_write_safe = BitRule::any, tio_en = BitRule::any;
};
struct SnpTcbFloor {
  std::uint8_t fmc = 0;  ///< Turin only
  std::uint8_t bootloader = 0, tee = 0, snp = 0, microcode = 0;
};
/// Rules for an AMD SEV-SNP guest. What is not set keeps the safe default named beside it.
struct SnpRules {
  AllowList<ByteArray<48>> measurement{}, id_key_digest{};
  AllowList<ByteArray<48>> author_key_digest{};  ///< only of a guest whose author key is enabled
  bool measurement_covers_workload = false;      ///< the measurement stands for all code, not for a cloud's firmware
  AllowList<ByteArray<32>> host_data{};
  AllowList<ByteArray<16>> family_id{}, image_id{};
  AllowList<ByteArray<64>> chip_id{};
  AllowList<ByteArray<32>> report_id{};  ///< one running guest each: random, made anew at every launch
  bool allow_masked_chip_id = false;  ///< a VCEK report without CHIP_ID, which nothing binds to the certificate's chip
  std::optional<std::uint32_t> min_report_version{}, max_report_version{}, min_guest_svn{};  ///< versions: 2 and 5
  AllowList<std::uint32_t> vmpl{};                                                           ///< empty: 0
  AllowList<std::string> product{}, signing_key{};  ///< "Milan", "Genoa", "Turin"; "vcek", "vlek"
  AllowList<std::string> csp_ids{};                 ///< of VLEK certificates; a report under a VCEK is not asked
  /// By product, or by silicon line where one is named: "Milan-X", "Genoa-X", "Bergamo" (Siena too), "Turin-Dense".
  /// Microcode levels mean something within one line only. Every one of the report's four TCBs must reach it. Not
  /// empty: a platform without an entry is refused, and one whose TCB status is unknown.
  std::map<std::string, SnpTcbFloor> min_tcb{};
  /// The firmware's own version: major, minor, build. current: what runs; committed: what its operator cannot go back
  /// behind.
  std::optional<ByteArray<3>> min_current_version{}, min_committed_version{};
  SnpPolicyRules policy{};
  SnpPlatformInfoRules platform_info{};
  std::optional<std::uint64_t> launch_mit_vector{}, current_mit_vector{};  ///< bits that must be set; report version 5
  bool allow_provisional_firmware = true;                                  ///< a warning; false refuses it
  PcrRules vtpm_pcrs{};  ///< Azure, under a verified vTPM quote; 32 bytes each
};

/// Rules for an AWS Nitro enclave. A PCR that is pinned and not in the document is refused.
struct NitroRules {
  PcrRules pcrs{};  ///< 48 bytes each
  bool allow_debug =
      false;  ///< false: PCR0 to PCR2 all zero is refused, and zero is no value that they may be pinned to
  std::optional<std::chrono::seconds> max_age{};  ///< of the document's signed time
};

/// Rules for an EC2 instance with NitroTPM. A policy that has an entry of this kind asks for NitroTPM by name.
struct NitroTpmRules {
  PcrRules nitrotpm_pcrs{};  ///< 48 bytes each
  bool allow_debug = false;
  std::optional<std::chrono::seconds> max_age{};
};

/// What a measurement that no reference manifest lists is.
enum class UncoveredMeasurements : std::uint8_t {
  warn = 0,  ///< a warning; refused all the same where the manifests of that driver branch are known to be complete
  refuse
};
/// Whether NVSwitches must come with GPUs that use them.
enum class NvSwitchRule : std::uint8_t {
  automatic = 0,  ///< judged with the GPUs where they are there; else a warning for GPUs in protected PCIe mode
  require         ///< GPUs without them are refused
};
/// Rules for NVIDIA GPUs and NVSwitches. What is not set keeps the safe default named beside it.
struct NvidiaDeviceRules {
  std::optional<unsigned> count{};   ///< GPUs, exactly; switches are not counted
  AllowList<std::string> hwmodel{};  ///< of the GPUs: "GH100", "GB100"
  /// The least driver version of each branch, the number before the first dot: numbers separated by dots. A branch that
  /// has none passes when it is newer than all that have.
  std::vector<std::string> min_driver_version{};
  AllowList<std::string> driver_version{}, vbios_version{};  ///< these and no others
  AllowList<std::string> deny_driver_version{}, deny_vbios_version{};
  std::string min_vbios_version{};  ///< of GPUs, of the same first number; empty: none
  bool secure_boot = false;         ///< true: measurements must have been compared, whatever require_rim says
  /// True: a device in debug mode, which only NVIDIA's service tells, passes with a warning. Firmware that its own
  /// certificate calls one for debugging never does.
  bool allow_debug = false;
  bool require_rim = true;              ///< false: without manifests the measurements are not compared, with a warning
  bool allow_missing_fwid = false;      ///< reports of driver branch 535 do not say which firmware made the key
  bool allow_certificate_hold = false;  ///< of manifests' signers, where NVIDIA withdrew a driver for a while
  UncoveredMeasurements uncovered_measurements = UncoveredMeasurements::warn;
  NvSwitchRule nvswitch = NvSwitchRule::automatic;
};
struct DeviceRules {
  std::optional<NvidiaDeviceRules> nvidia_gpu{};
};

using PlatformRules = std::variant<TdxRules, SgxRules, SnpRules, NitroRules, NitroTpmRules>;

struct FreshnessRules {
  bool require_challenge = false;                 ///< true: an unbound verdict fails instead of warning
  std::optional<std::chrono::seconds> max_age{};  ///< of evidence that carries a signed time
};
struct RevocationRules {
  Revocation crl = Revocation::require;   ///< Intel, AMD, AWS: revocation lists
  Revocation ocsp = Revocation::require;  ///< NVIDIA: the status of the certificates of devices and reference manifests
  std::optional<std::chrono::seconds>
      collateral_max_age{};  ///< refuses TCB info, identities, CRLs and OCSP responses issued longer ago
};

/// What is refused whatever else is allowed. A rule about something that evidence of a platform does not carry is a
/// warning there (denial_not_applicable).
struct DenyRules {
  AllowList<ByteArray<64>> chip_id{};      ///< SEV-SNP; a report that hides its chip is refused
  AllowList<std::string> product{};        ///< SEV-SNP: "Milan", "Genoa", "Turin"
  AllowList<ByteArray<48>> measurement{};  ///< SEV-SNP; TDX: MRTD; Nitro and NitroTPM: any PCR
};

/// A whole policy as a value.
struct PolicyRules {
  bool allow_simulated =
      false;  ///< false refuses simulated evidence whatever the caller permits; true grants nothing by itself
  FreshnessRules freshness{};
  /// One entry of the evidence's platform must pass entirely. None is an error, but where devices are ruled: such a
  /// policy is met by device evidence that stands alone.
  std::vector<PlatformRules> any_of{};
  DeviceRules devices{};  ///< of the devices that come with the evidence; it must come with some
  RevocationRules revocation{};
  DenyRules deny{};
};

/// Rules that were checked for contradictions. Immutable.
/// Threads: const members may be called from several threads at once.
class Policy {
 public:
  /// invalid_argument names the member: no entry, an empty list, a status that may never pass, a PCR that does not
  /// exist or a value that it cannot have, a duration that is negative or longer than 36500 days, a name or number that
  /// does not exist.
  static Result<Policy> from_rules(PolicyRules rules);
  const PolicyRules& rules() const noexcept { return *rules_; }
  /// True when every entry pins what code runs: TDX mr_td with rtmr1 and rtmr2, or with an event-log rule for one of
  /// these two (the others hold firmware settings and what the guest's own software says); SGX mr_enclave, or mr_signer
  /// with isv_prod_id; SEV-SNP measurement, stated to cover the workload or with host_data; Azure
  /// vtpm_pcrs, register 4 and one of 9 and 11, with the mr_td, measurement or id_key_digest of the paravisor that
  /// keeps them; Nitro PCR0 to PCR2, or PCR8; NitroTPM PCR4 or PCR7, with PCR12.
  bool pins_code() const;

 private:
  explicit Policy(std::shared_ptr<const PolicyRules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const PolicyRules> rules_;
};

}  // namespace tenzro::tee
