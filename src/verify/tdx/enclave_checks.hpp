// SPDX-License-Identifier: Apache-2.0
// Is the quoting enclave Intel's, and the TDX module?
#pragma once
#include "collateral/intel/tcb_info.hpp"
#include "evidence/tdx/quote.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::tdx {

/// MISCSELECT, ATTRIBUTES (both masked), MRSIGNER and ISVPRODID against the signed identity. The ISVSVN belongs to the
/// TCB.
bool judge_qe(const SgxReport& qe, const intel::QeIdentity& identity, VerdictBuilder& verdict);

/// MRSIGNERSEAM and SEAMATTRIBUTES against the module identity of the TEE_TCB_SVN's version, or tdxModule for version
/// 0.
bool judge_tdx_module(const Quote& quote, const intel::TcbInfo& info, VerdictBuilder& verdict);

}  // namespace tenzro::tee::tdx
