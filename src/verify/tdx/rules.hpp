// SPDX-License-Identifier: Apache-2.0
// What a policy, or our safe default, demands of a TD or an enclave that is otherwise genuine.
#pragma once
#include <optional>

#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"
#include "verify/tdx/event_log.hpp"
#include "verify/tdx/tcb_evaluation.hpp"

namespace tenzro::tee::tdx {

/// What is known of the platform beside its claims.
struct PlatformFacts {
  const PckExtension& pck;
  const TcbAssessment* tcb = nullptr;  ///< null when the TCB could not be evaluated: that failure is reported elsewhere
  UtcTime at{};
  const TdReportExtension* td_extension = nullptr;  ///< null where the quote's body has none
  const JudgedEventLog* event_log = nullptr;        ///< null: none came with the evidence, or none that can be read
};

Appraisal appraise(const TdxClaims& claims, const PlatformFacts& facts, const TdxRules& rules, std::string_view source);
Appraisal appraise(const SgxClaims& claims, const PlatformFacts& facts, const SgxRules& rules, std::string_view source);

}  // namespace tenzro::tee::tdx
