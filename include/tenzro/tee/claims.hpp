// SPDX-License-Identifier: Apache-2.0
// What evidence says: the fields that the hardware signed, and the TCB that the vendor's collateral gives it.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

// Byte arrays are in wire order. The JSON keys are the member names; exceptions are noted.

/// An Intel TDX trust domain. Sizes and meaning: Intel TDX DCAP quote format, TD report 1.0 and 1.5.
struct TdxClaims {
  std::uint16_t quote_version = 0;
  ByteArray<16> tee_tcb_svn{};
  std::optional<ByteArray<16>> tee_tcb_svn2;  ///< TD report 1.5 bodies only
  ByteArray<48> mr_seam{}, mr_signer_seam{};
  ByteArray<8> seam_attributes{}, td_attributes{}, xfam{};
  ByteArray<48> mr_td{}, mr_config_id{}, mr_owner{}, mr_owner_config{};
  std::optional<ByteArray<48>> mr_service_td;  ///< TD report 1.5 bodies only
  std::array<ByteArray<48>, 4> rtmr{};         ///< JSON: rtmr0 .. rtmr3
  QuotedBytes report_data;                     ///< 64 bytes
  std::optional<ByteArray<6>> fmspc{};         ///< from the PCK certificate; empty when that could not be read
  std::optional<ByteArray<2>> pce_id{};        ///< from the PCK certificate
  ByteArray<16> qe_vendor_id{};
  bool debug = false;
  std::size_t trailing_bytes = 0;  ///< unsigned bytes after the quote: dropped and counted, never part of the decision
};

/// An Intel SGX enclave.
struct SgxClaims {
  ByteArray<32> mr_enclave{}, mr_signer{};
  std::uint16_t isv_prod_id = 0, isv_svn = 0;
  ByteArray<16> attributes{}, cpu_svn{};
  std::uint32_t misc_select = 0;  ///< JSON: 8 hex digits
  QuotedBytes report_data;        ///< 64 bytes
  std::optional<ByteArray<6>> fmspc{};
  bool debug = false;
};

/// An AWS Nitro enclave. PCRs: as "pcrs" in the document; in JSON an object by index.
struct NitroClaims {
  std::string module_id, digest;  ///< the digest of the PCRs: "SHA384"
  std::chrono::sys_time<std::chrono::milliseconds> timestamp{};
  std::map<unsigned, Bytes> pcrs;                           ///< by index, 0 to 31; 48 bytes each; locked ones only
  std::optional<QuotedBytes> public_key, user_data, nonce;  ///< absent or null is not empty; at most 1024 bytes
  bool debug = false;                                       ///< PCR0 to PCR2 measure nothing
};

/// An EC2 instance with NitroTPM. A type of its own: its PCR numbers mean other things than an enclave's.
struct NitroTpmClaims {
  std::string module_id, digest;
  std::chrono::sys_time<std::chrono::milliseconds> timestamp{};
  std::map<unsigned, Bytes> nitrotpm_pcrs;
  std::optional<QuotedBytes> public_key, user_data, nonce;
  bool debug = false;
};

using Claims = std::variant<TdxClaims, SgxClaims, NitroClaims, NitroTpmClaims>;

/// TCB evaluation. The text form is the vendor's own word ("UpToDate", "SWHardeningNeeded", ...).
enum class TcbStatus : std::uint8_t {
  unknown,
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  out_of_date,
  out_of_date_configuration_needed,
  td_relaunch_advised,
  td_relaunch_advised_configuration_needed,
  revoked,       ///< never acceptable
  not_supported  ///< no level of the TCB info matches; never acceptable
};
std::string_view to_string(TcbStatus status) noexcept;      ///< "UpToDate", ...; "Unknown" for unknown
Result<TcbStatus> parse_tcb_status(std::string_view text);  ///< exactly the vendor's words; else invalid_argument

/// What the vendor's collateral says of the platform's TCB.
struct TcbVerdict {
  TcbStatus status = TcbStatus::unknown;
  std::vector<std::string> advisory_ids;                   ///< sorted, each once
  std::optional<UtcTime> date;                             ///< earliest tcbDate of the matched levels
  std::optional<UtcTime> collateral_expires;               ///< earliest nextUpdate of what was used
  std::optional<std::uint32_t> evaluation_data_number;     ///< of the TCB info
  std::optional<TcbStatus> launch_status, current_status;  ///< current: TD report 1.5 bodies and later
};

}  // namespace tenzro::tee
