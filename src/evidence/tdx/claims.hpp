// SPDX-License-Identifier: Apache-2.0
// What a quote says, as values that outlive it.
#pragma once
#include <string>

#include "evidence/tdx/quote.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::tdx {

TdxClaims tdx_claims(const Quote& quote);  ///< of a quote with is_tdx(); fmspc and pce_id are left empty
SgxClaims sgx_claims(const Quote& quote);  ///< of the others
SgxReport read_qe_report(const Quote& quote);
ByteView report_data(const Quote& quote);  ///< 64 bytes, a view into the quote
/// TDX: the module as "<major>.<minor>" of TEE_TCB_SVN. SGX: the quoting enclave's ISVSVN.
std::string firmware_version(const Quote& quote);

}  // namespace tenzro::tee::tdx
