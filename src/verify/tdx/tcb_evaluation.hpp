// SPDX-License-Identifier: Apache-2.0
// The TCB status of an Intel platform: SVNs against signed TCB info and QE identity.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "collateral/intel/tcb_info.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::tdx {

/// The SVNs that the hardware and the PCK certificate vouch for.
struct PlatformSvns {
  ByteArray<16> sgx_components{};
  std::uint16_t pce_svn = 0;
  std::uint16_t qe_isv_svn = 0;
  std::optional<ByteArray<16>> tee_tcb_svn{};   ///< TDX: at launch
  std::optional<ByteArray<16>> tee_tcb_svn2{};  ///< TD report 1.5 and later: of the module that runs now
};

/// What one set of SVNs amounts to.
struct TcbEvaluation {
  TcbStatus status = TcbStatus::not_supported;
  TcbStatus platform_status = TcbStatus::unknown;  ///< of the matched platform level
  std::optional<TcbStatus> module_status, qe_status;
  std::optional<UtcTime> date;            ///< earliest of the matched levels
  std::vector<std::string> advisory_ids;  ///< sorted, each once
  /// Earliest date at which a newer level superseded one that is out of date. Empty when nothing is out of date, and
  /// when something is that has no newer level.
  std::optional<UtcTime> superseded_at;
  std::string why;  ///< for not_supported: which level is missing
};

struct TcbAssessment {
  TcbVerdict verdict;
  TcbEvaluation launch;
  std::optional<TcbEvaluation> current;  ///< where there is a tee_tcb_svn2; its advisories are in the verdict too
  std::string why;                       ///< for not_supported
};

/// Source: Intel's quote verification library, TCB level selection and convergence, with the relaunch statuses; in
/// addition a Revoked current TCB makes the whole Revoked. Fills everything in verdict but collateral_expires, which
/// VerdictBuilder knows.
TcbAssessment assess_tcb(const PlatformSvns& svns, const intel::TcbInfo& info, const intel::QeIdentity& identity);

/// The TDX module identity that a TEE_TCB_SVN selects; null when the TCB info has none for its version, or for version
/// 0.
const intel::TdxModuleIdentity* find_module_identity(const intel::TcbInfo& info, const ByteArray<16>& tee_tcb_svn);

}  // namespace tenzro::tee::tdx
