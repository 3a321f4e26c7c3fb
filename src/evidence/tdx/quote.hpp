// SPDX-License-Identifier: Apache-2.0
// Intel DCAP quotes, versions 3 to 5, as views into the caller's bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "core/fixed_view.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::tdx {

inline constexpr std::size_t kHeaderSize = 48;
inline constexpr std::size_t kSgxReportSize = 384;
inline constexpr std::size_t kTdReport10Size = 584;
inline constexpr std::size_t kTdReport15Size = 648;
inline constexpr std::size_t kTdReport15ExtendedSize = 885;
inline constexpr std::size_t kMinQuoteSize = 1020;
inline constexpr std::size_t kMaxQuoteSize = std::size_t{64} << 10;  ///< with unsigned bytes after it

inline constexpr std::uint32_t kTeeTypeSgx = 0x00000000;
inline constexpr std::uint32_t kTeeTypeTdx = 0x00000081;
inline constexpr std::uint16_t kAttestationKeyEcdsaP256 = 2;
inline constexpr ByteArray<16> kIntelQeVendorId = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                                   0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

/// The values of the v5 body descriptor; v3 and v4 imply theirs.
enum class BodyType : std::uint16_t { sgx_report = 1, td_report_10 = 2, td_report_15 = 3, td_report_15_extended = 4 };

enum class CertificationType : std::uint16_t {
  ppid_clear = 1,
  ppid_rsa2048 = 2,
  ppid_rsa3072 = 3,
  pck_leaf = 4,
  pck_chain = 5,
  qe_report = 6,
  platform_manifest = 7
};

struct Header {
  std::uint16_t version = 0;
  std::uint16_t attestation_key_type = 0;
  std::uint32_t tee_type = 0;
  ByteArray<16> qe_vendor_id{};
  ByteArray<20> user_data{};
};

/// A parsed quote. Every view points into the bytes given to parse_quote, which must outlive it.
struct Quote {
  Header header;
  BodyType body_type = BodyType::sgx_report;
  ByteView body;                 ///< 384, 584, 648 or 885 bytes, as body_type says
  ByteView signed_bytes;         ///< header, body descriptor (v5) and body: what the attestation key signs
  ByteView signature;            ///< 64 bytes: raw r || s over SHA-256(signed_bytes)
  ByteView attestation_key;      ///< 64 bytes: P-256 X || Y
  ByteView qe_report;            ///< 384 bytes
  ByteView qe_report_signature;  ///< 64 bytes, by the PCK certificate's key over qe_report
  ByteView qe_auth_data;
  std::uint16_t certification_type = 0;  ///< a CertificationType; any other value stands as it was found
  ByteView certification_data;
  std::size_t trailing_bytes = 0;  ///< unsigned bytes after the signature data

  bool is_tdx() const noexcept { return body_type != BodyType::sgx_report; }
};

/// True when the bytes claim to be a quote: a known version and TEE type. Nothing else is looked at.
bool looks_like_quote(ByteView bytes) noexcept;

/// Structure only: lengths, nesting and the sizes that the version and body type imply, everything consumed except the
/// unsigned tail. Constants (key type, vendor id) are left to the verifier, so that it can name them. Allocates nothing
/// on success. unsupported: an unknown version, TEE type or body type. malformed_input: anything else, naming the
/// field.
Result<Quote> parse_quote(ByteView bytes);

/// SGX report body: quotes of an enclave, and the QE report (Intel SGX, REPORTBODY).
struct SgxReport {
  ByteArray<16> cpu_svn{};
  std::uint32_t misc_select = 0;
  ByteArray<4> misc_select_bytes{};
  ByteArray<16> attributes{};
  ByteArray<32> mr_enclave{}, mr_signer{};
  std::uint16_t isv_prod_id = 0, isv_svn = 0;
  ByteArray<64> report_data{};
};
SgxReport read_sgx_report(std::span<const std::uint8_t, kSgxReportSize> bytes);

/// What the extended TD report 1.5 body adds: the TD's identity and, of its service TDs, those at launch and those of
/// now.
struct TdReportExtension {
  std::uint8_t vm_id = 0;
  ByteArray<32> td_id{};
  ByteArray<48> dev_info_hash{};
  ByteArray<48> init_servtd_hash{};
  ByteArray<8> init_servtd_attr{};
  ByteArray<16> init_cpu_svn{};
  ByteArray<16> init_tee_tcb_svn{};
  ByteArray<12> init_tee_fmspc{};
  ByteArray<48> cur_servtd_hash{};
  ByteArray<8> cur_servtd_attr{};
};

/// TD report body. The optional members exist from TD report 1.5 on, the last one in its extended form only.
struct TdReport {
  ByteArray<16> tee_tcb_svn{};
  ByteArray<48> mr_seam{}, mr_signer_seam{};
  ByteArray<8> seam_attributes{}, td_attributes{}, xfam{};
  ByteArray<48> mr_td{}, mr_config_id{}, mr_owner{}, mr_owner_config{};
  std::array<ByteArray<48>, 4> rtmr{};
  ByteArray<64> report_data{};
  std::optional<ByteArray<16>> tee_tcb_svn2;
  std::optional<ByteArray<48>> mr_service_td;
  std::optional<TdReportExtension> extension{};
};
/// body: as parse_quote left it, of a quote with is_tdx().
TdReport read_td_report(const Quote& quote);

}  // namespace tenzro::tee::tdx
