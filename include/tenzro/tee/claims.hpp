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

/// What Azure's paravisor vouches for: it owns the report data, and the guest is judged from this.
struct AzureClaims {
  ByteArray<32> runtime_data_sha256{};  ///< JSON: azure_runtime_data_sha256
  std::string runtime_data;             ///< JSON text, exactly as hashed; JSON: azure_runtime_data
  std::map<unsigned, Bytes> vtpm_pcrs;  ///< SHA-256 bank, by index; empty without a vTPM quote
};

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
  std::optional<AzureClaims> azure{};
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

/// An AMD SEV-SNP guest. Sizes and meaning: AMD publication 56860, ATTESTATION_REPORT.
struct SnpClaims {
  std::uint32_t report_version = 0, guest_svn = 0, vmpl = 0;
  std::uint64_t policy = 0, platform_info = 0;  ///< JSON: 16 hex digits of the integer
  ByteArray<8> current_tcb{}, reported_tcb{}, committed_tcb{},
      launch_tcb{};  ///< compare by component, never as one integer
  ByteArray<16> family_id{}, image_id{};
  ByteArray<48> measurement{}, id_key_digest{}, author_key_digest{};
  ByteArray<32> host_data{}, report_id{}, report_id_ma{};
  ByteArray<64> chip_id{};  ///< zero where the platform masks it; Turin: 8 bytes and zeros
  QuotedBytes report_data;  ///< 64 bytes
  std::optional<std::uint64_t> launch_mit_vector{},
      current_mit_vector{};             ///< from report version 4 on; JSON: as policy
  std::string product;                  ///< "Milan", "Genoa" or "Turin"; empty while nothing says so
  std::string signing_key;              ///< "vcek" or "vlek"; empty for anything else
  std::optional<std::string> csp_id{};  ///< of a VLEK certificate that was found good: "CN=cc-us-east-2.amazonaws.com"
  bool debug = false;
  std::optional<AzureClaims> azure{};
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

/// How a device's measurements compare with its vendor's signed reference values.
enum class MeasurementResult : std::uint8_t { not_compared = 0, match, mismatch };
std::string_view to_string(MeasurementResult result) noexcept;  ///< "match", "mismatch", "not_compared"

/// An NVIDIA GPU or NVSwitch. Of several devices together: what they have in common; what differs is empty here and
/// stands with each device.
struct NvidiaClaims {
  QuotedBytes nonce;                           ///< 32 bytes: the requester's, of the SPDM request
  std::string device_type;                     ///< "gpu" or "nvswitch"
  std::string hwmodel;                         ///< the chip: "GH100", "GB100", "LS10"
  std::string ueid;                            ///< serial number of the certificate of the device's own key, decimal
  std::string pdi;                             ///< the device's permanent id, 16 hex digits
  std::string driver_version;                  ///< "550.90.07"; a switch has none
  std::string vbios_version;                   ///< "96.00.9F.00.01"
  std::string project, project_sku, chip_sku;  ///< "1010", "0200", "882"; a switch has none
  std::string mode;         ///< "spt" (one GPU), "mpt" (several) or "ppcie"; empty where the report does not say
  Bytes fwid;               ///< SHA-384 of the firmware that made the device's key; empty where the report has none
  std::string verified_by;  ///< "local", or "nras": by NVIDIA's remote attestation service; of an answer of that as
                            ///< evidence, pdi, project, SKUs, mode and fwid are empty, for it does not say them
  MeasurementResult measurements = MeasurementResult::not_compared;  ///< match: every value that was compared matched
  std::optional<bool> secure_boot{};  ///< true: nothing more than that the measurements match; empty: not compared
  std::optional<bool> debug{};        ///< false: likewise; empty: nothing says so
  std::optional<bool> cc_feature{}, dev_tools{};  ///< known only from the state that a CPU report signs
};

using Claims = std::variant<TdxClaims, SgxClaims, SnpClaims, NitroClaims, NitroTpmClaims, NvidiaClaims>;

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

/// What the vendor's collateral says of the platform's TCB. AMD has no such service: for SEV-SNP this is what the
/// library's own table of levels says, up_to_date, out_of_date or unknown; date is that table's.
struct TcbVerdict {
  TcbStatus status = TcbStatus::unknown;
  std::vector<std::string> advisory_ids;                   ///< sorted, each once
  std::optional<UtcTime> date;                             ///< earliest tcbDate of the matched levels
  std::optional<UtcTime> collateral_expires;               ///< earliest nextUpdate of what was used
  std::optional<std::uint32_t> evaluation_data_number;     ///< of the TCB info
  std::optional<TcbStatus> launch_status, current_status;  ///< current: TD report 1.5 bodies and later
};

}  // namespace tenzro::tee
