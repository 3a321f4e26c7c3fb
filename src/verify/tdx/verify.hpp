// SPDX-License-Identifier: Apache-2.0
// Judging one Intel quote, from its bytes to the caller's policy.
#pragma once
#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::tdx {

/// Judges TDX and SGX quotes in this order, and stops where nothing reliable is left to judge: format; the quote's own
/// signatures; the PCK chain; revocation and collateral; the quoting enclave and the TDX module; the TCB; the event
/// log; policy; user data. True when it came to the end.
bool judge_quote(const AttestationReport& report, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::tdx
