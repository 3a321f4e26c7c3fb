// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports under an imitated AMD hierarchy, with the chain and the collateral that judge them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evidence/snp/report.hpp"
#include "provider/simulated/amd_hierarchy.hpp"
#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::simulated {

/// What the report says. The defaults make an ordinary guest on an up-to-date Genoa.
struct SnpReportSpec {
  std::uint32_t version = 5;  ///< 2 to 5: the processor id from 3 on, mitigation vectors from 4 on
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = 0x30000;  ///< SMT allowed, and the bit that is always one
  ByteArray<16> family_id{}, image_id{};
  std::uint32_t vmpl = 0;
  std::uint64_t platform_info = 0x35;  ///< SMT, ECC, ciphertext hiding, memory looked through for aliases
  bool author_key_enabled = false;
  ByteArray<64> report_data{};
  ByteArray<48> measurement = default_measurement();
  ByteArray<32> host_data{};
  ByteArray<48> id_key_digest{}, author_key_digest{};  ///< zero: launched without an ID block
  ByteArray<32> report_id = default_report_id();
  ByteArray<32> report_id_ma = no_migration_agent();
  ByteArray<8> current_tcb = kDefaultTcb, reported_tcb = kDefaultTcb, committed_tcb = kDefaultTcb,
               launch_tcb = kDefaultTcb;
  snp::CpuId cpu_id{0x19, 0x11, 1};
  ByteArray<64> chip_id = default_chip_id();  ///< firmware that signs with a VLEK hides it: all zero
  snp::FirmwareVersion current_version{1, 55, 58}, committed_version{1, 55, 58};
  std::uint64_t launch_mit_vector = 0x0b, current_mit_vector = 0x0b;

  bool vlek = false;  ///< signed under a VLEK, not a VCEK
  std::string csp_id = "CN=cc-simulated.invalid";
  std::optional<UtcTime> leaf_not_before{}, leaf_not_after{};  ///< empty: as AmdLeafSpec has them

  // For tests: what a genuine report never is.
  bool signed_by_another_key = false;
  std::optional<Bytes> certificate_table{};     ///< replaces the maker's
  std::optional<ByteArray<64>> leaf_chip_id{};  ///< of the certificate; empty: the report's
  std::optional<ByteArray<8>> leaf_tcb{};       ///< likewise

  /// Boot loader 10, SNP firmware 27, microcode 86.
  static constexpr ByteArray<8> kDefaultTcb = {10, 0, 0, 0, 0, 0, 0x1b, 0x56};
  static ByteArray<48> default_measurement();
  static ByteArray<64> default_chip_id();
  static ByteArray<32> default_report_id();
  static ByteArray<32> no_migration_agent();  ///< 0xff throughout
};
/// The same guest where the cloud provider's key signs: VLEK, no chip id.
SnpReportSpec vlek_report_spec();

/// Makes reports, chains and collateral under one hierarchy.
/// Threads: const members may be called from several threads at once.
class SnpEvidenceMaker {
 public:
  explicit SnpEvidenceMaker(std::string_view label = AmdHierarchy::kSimulatedLabel) : hierarchy_(label) {}
  const AmdHierarchy& hierarchy() const noexcept { return hierarchy_; }

  /// 1184 bytes, signed by the key of its chip (or provider) and REPORTED_TCB.
  Bytes attestation_report(const SnpReportSpec& spec) const;
  /// VCEK or VLEK, ASK or ASVK, and ARK, as an extended report carries them.
  Bytes certificate_table(const SnpReportSpec& spec) const;
  /// The list of the ARK, with nobody on it; issued then, and good for 45 days.
  std::vector<CollateralDocument> collateral(UtcTime issued) const;
  /// The report envelope's content: report and certificate table in one, as configfs-tsm's outblob and auxblob, with
  /// collateral issued at `issued` enclosed as a bundle. Says of itself that it is simulated.
  AttestationReport report(const SnpReportSpec& spec, UtcTime issued) const;

 private:
  AmdHierarchy hierarchy_;
};

}  // namespace tenzro::tee::simulated
