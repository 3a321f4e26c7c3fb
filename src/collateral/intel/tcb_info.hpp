// SPDX-License-Identifier: Apache-2.0
// Intel TCB info v3 and enclave identity v2: signed JSON to structs. No judgement, no signature check.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::intel {

/// What Intel's two signed documents have in common.
struct SignedDocument {
  ByteView signed_bytes;      ///< the exact bytes of the signed member's value: a view into the document
  ByteArray<64> signature{};  ///< raw r || s, P-256 over SHA-256(signed_bytes)
  UtcTime issue_date{}, next_update{};
  std::uint32_t evaluation_data_number = 0;
};

/// One level of a TDX module or of a quoting enclave, by its ISVSVN.
struct IsvSvnLevel {
  std::uint16_t isv_svn = 0;
  UtcTime date{};
  TcbStatus status = TcbStatus::unknown;  ///< up_to_date, out_of_date or revoked
  std::vector<std::string> advisory_ids;
};

struct TdxModule {
  ByteArray<48> mr_signer{};
  ByteArray<8> attributes{}, attributes_mask{};
};
struct TdxModuleIdentity {
  std::uint8_t version = 0;  ///< of "TDX_01": 1
  TdxModule module;
  std::vector<IsvSvnLevel> levels;  ///< descending
};

struct TcbLevel {
  ByteArray<16> sgx_components{};
  std::uint16_t pce_svn = 0;
  ByteArray<16> tdx_components{};  ///< zero for SGX
  UtcTime date{};
  TcbStatus status = TcbStatus::unknown;
  std::vector<std::string> advisory_ids;
};

/// Source: Intel PCS API v4, "Get TCB Info", appendix A.
struct TcbInfo : SignedDocument {
  bool tdx = false;  ///< id "TDX"; else "SGX"
  ByteArray<6> fmspc{};
  ByteArray<2> pce_id{};
  std::optional<TdxModule> tdx_module;  ///< TDX: always there
  std::vector<TdxModuleIdentity> tdx_module_identities;
  std::vector<TcbLevel> levels;  ///< descending by (sgx_components, pce_svn, tdx_components); none twice
};

/// Source: Intel PCS API v4, "Get Quoting Enclave Identity".
struct QeIdentity : SignedDocument {
  std::string id;                                  ///< "QE", "TD_QE", "QVE" or "QAE"
  ByteArray<4> misc_select{}, misc_select_mask{};  ///< report byte order
  ByteArray<16> attributes{}, attributes_mask{};   ///< report byte order
  ByteArray<32> mr_signer{};
  std::uint16_t isv_prod_id = 0;
  std::vector<IsvSvnLevel> levels;  ///< descending; none twice
};

/// document: {"tcbInfo":{...},"signature":"..."} whole. It must outlive the result. Other members beside these two are
/// ignored. malformed_input names the member; unsupported: another version or tcbType.
Result<TcbInfo> parse_tcb_info(ByteView document);
/// document: {"enclaveIdentity":{...},"signature":"..."} whole. The same rules.
Result<QeIdentity> parse_qe_identity(ByteView document);

}  // namespace tenzro::tee::intel
