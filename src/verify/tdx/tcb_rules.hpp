// SPDX-License-Identifier: Apache-2.0
// Is the TCB good enough?
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"
#include "verify/tdx/tcb_evaluation.hpp"

namespace tenzro::tee::tdx {

/// The members that TdxRules and SgxRules share.
struct TcbRules {
  const AllowList<TcbStatus>& tcb_status;
  const std::optional<UtcTime>& min_tcb_date;
  const std::optional<std::uint32_t>& min_tcb_eval_number;
  std::chrono::days tcb_grace;
  const AllowList<std::string>& allow_advisories;
};
template <class Rules>
TcbRules tcb_rules_of(const Rules& rules) {
  return {rules.tcb_status, rules.min_tcb_date, rules.min_tcb_eval_number, rules.tcb_grace, rules.allow_advisories};
}

/// Status, grace, minimum date and number, advisories.
void appraise_tcb(Appraisal& out, const TcbAssessment& assessment, UtcTime at, const TcbRules& rules);

}  // namespace tenzro::tee::tdx
