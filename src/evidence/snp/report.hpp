// SPDX-License-Identifier: Apache-2.0
// AMD SEV-SNP attestation reports, versions 2 to 5, as views into the caller's bytes.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/fixed_view.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::snp {

inline constexpr std::size_t kReportSize = 1184;  ///< of every version
inline constexpr std::size_t kSignedSize = 0x2a0;
inline constexpr std::uint32_t kOldestVersion = 2;
inline constexpr std::uint32_t kNewestVersion = 5;
inline constexpr std::uint32_t kFirstVersionWithCpuId = 3;
inline constexpr std::uint32_t kFirstVersionWithMitigations = 4;

inline constexpr std::uint32_t kEcdsaP384Sha384 = 1;              ///< SIGNATURE_ALGO; nothing else exists
inline constexpr std::uint32_t kHostRequest = ~std::uint32_t{0};  ///< VMPL of a report that the host asked for

/// Bits of POLICY: what the firmware promised to refuse.
namespace policy_bit {
inline constexpr unsigned kSmt = 16, kReservedOne = 17, kMigrateMa = 18, kDebug = 19, kSingleSocket = 20,
                          kCxlAllow = 21, kMemAes256Xts = 22, kRaplDis = 23, kCiphertextHidingDram = 24,
                          kPageSwapDisable = 25, kFirstReserved = 26;
}  // namespace policy_bit

/// Bits of PLATFORM_INFO: what is so at the moment.
namespace platform_bit {
inline constexpr unsigned kSmtEn = 0, kTsmeEn = 1, kEccEn = 2, kRaplDis = 3, kCiphertextHidingDramEn = 4,
                          kAliasCheckComplete = 5, kIommuWriteSafe = 6, kTioEn = 7, kFirstUnknown = 8;
}  // namespace platform_bit

constexpr bool bit_of(std::uint64_t word, unsigned bit) noexcept { return ((word >> bit) & 1) != 0; }

/// KEY_INFO, SIGNING_KEY; any other value stands as it was found.
enum class SigningKey : std::uint8_t { vcek = 0, vlek = 1, none = 7 };

struct FirmwareVersion {
  std::uint8_t major = 0, minor = 0, build = 0;
  auto operator<=>(const FirmwareVersion&) const = default;
};

std::string to_string(const FirmwareVersion& version);  ///< "1.55.40"

/// CPUID leaf 1: combined family and model, and stepping.
struct CpuId {
  std::uint8_t family = 0, model = 0, stepping = 0;
  bool operator==(const CpuId&) const = default;
};

/// One report. Every view points into the bytes given to parse_report, which must outlive it.
/// Source: AMD publication 56860, ATTESTATION_REPORT. Integers little-endian, arrays as they stand.
/// Threads: const members may be called from several threads at once.
class Report {
 public:
  explicit Report(std::span<const std::uint8_t, kReportSize> bytes) : view_(bytes) {}

  std::uint32_t version() const { return view_.le<std::uint32_t, 0x000>(); }
  std::uint32_t guest_svn() const { return view_.le<std::uint32_t, 0x004>(); }
  std::uint64_t policy() const { return view_.le<std::uint64_t, 0x008>(); }
  std::span<const std::uint8_t, 16> family_id() const { return view_.bytes<0x010, 16>(); }
  std::span<const std::uint8_t, 16> image_id() const { return view_.bytes<0x020, 16>(); }
  std::uint32_t vmpl() const { return view_.le<std::uint32_t, 0x030>(); }
  std::uint32_t signature_algorithm() const { return view_.le<std::uint32_t, 0x034>(); }
  ByteArray<8> current_tcb() const { return view_.array<0x038, 8>(); }
  std::uint64_t platform_info() const { return view_.le<std::uint64_t, 0x040>(); }
  std::uint32_t key_info() const { return view_.le<std::uint32_t, 0x048>(); }
  std::span<const std::uint8_t, 64> report_data() const { return view_.bytes<0x050, 64>(); }
  std::span<const std::uint8_t, 48> measurement() const { return view_.bytes<0x090, 48>(); }
  std::span<const std::uint8_t, 32> host_data() const { return view_.bytes<0x0c0, 32>(); }
  std::span<const std::uint8_t, 48> id_key_digest() const { return view_.bytes<0x0e0, 48>(); }
  std::span<const std::uint8_t, 48> author_key_digest() const { return view_.bytes<0x110, 48>(); }
  std::span<const std::uint8_t, 32> report_id() const { return view_.bytes<0x140, 32>(); }
  std::span<const std::uint8_t, 32> report_id_ma() const { return view_.bytes<0x160, 32>(); }
  ByteArray<8> reported_tcb() const { return view_.array<0x180, 8>(); }  ///< its key signed this report
  std::optional<CpuId> cpu_id() const;                                   ///< from version 3 on
  std::span<const std::uint8_t, 64> chip_id() const { return view_.bytes<0x1a0, 64>(); }
  ByteArray<8> committed_tcb() const { return view_.array<0x1e0, 8>(); }
  FirmwareVersion current_version() const;
  FirmwareVersion committed_version() const;
  ByteArray<8> launch_tcb() const { return view_.array<0x1f0, 8>(); }
  std::optional<std::uint64_t> launch_mit_vector() const;   ///< from version 4 on
  std::optional<std::uint64_t> current_mit_vector() const;  ///< the same

  bool author_key_enabled() const { return (key_info() & 1) != 0; }
  bool chip_key_masked() const { return (key_info() & 2) != 0; }  ///< the firmware wrote zeros for a signature
  SigningKey signing_key() const { return static_cast<SigningKey>((key_info() >> 2) & 7); }
  bool debug() const { return bit_of(policy(), policy_bit::kDebug); }
  bool chip_id_masked() const;  ///< CHIP_ID is all zero

  ByteView whole() const { return view_.all(); }
  ByteView signed_bytes() const { return view_.bytes<0x000, kSignedSize>(); }
  ByteView signature() const { return view_.bytes<0x2a0, 144>(); }  ///< R and S, 72 little-endian bytes each
  /// Big-endian r || s of 48 bytes each, as ECDSA on P-384 wants them; nothing when one of them needs more bytes.
  std::optional<ByteArray<96>> signature_r_s() const;
  /// The first byte that this version demands zero and that is not: an offset into the report. Covers the unsigned end.
  std::optional<std::size_t> nonzero_reserved() const;

 private:
  FixedView<kReportSize> view_;
};

/// True when the bytes claim to be a report, alone or with a certificate table behind it: a known version and the one
/// signature algorithm, in at least as many bytes as that takes, and nothing else is looked at; or another version or
/// algorithm, in a whole report's bytes with the zeros and the form of signature that every version has, so that the
/// verifier can say what is the matter with it.
bool looks_like_report(ByteView bytes) noexcept;

/// Length and version only; constants and reserved bytes are left to the verifier, so that it can name them. Allocates
/// nothing on success. malformed_input: not 1184 bytes. unsupported: a version other than 2 to 5.
Result<Report> parse_report(ByteView bytes);

/// A report and what follows it in an extended one: the certificate table (GHCB MSG_REPORT_REQ; configfs-tsm outblob
/// and auxblob). Empty for a report alone. malformed_input, of fewer bytes than a report.
struct ExtendedReport {
  ByteView report;
  ByteView certificate_table;
};
Result<ExtendedReport> split_extended_report(ByteView bytes);

}  // namespace tenzro::tee::snp
