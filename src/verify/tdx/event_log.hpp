// SPDX-License-Identifier: Apache-2.0
// Comparing an event log with the registers of a quote, and events with a policy.
#pragma once
#include <array>
#include <optional>

#include "measure/tdx/event_log.hpp"
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::tdx {

/// A log that could be read, beside the registers that the quote signs.
struct JudgedEventLog {
  EventLog log;
  std::array<ByteArray<48>, 4> quoted{};    ///< RTMR0 to RTMR3 of the quote
  std::array<ByteArray<48>, 4> replayed{};  ///< what the log leads to
  bool replays(std::size_t rtmr) const { return replayed.at(rtmr) == quoted.at(rtmr); }
};

/// RTMR0 and RTMR1 must be what the log leads to, whatever a policy says. Nothing when bytes is empty (no log came with
/// the evidence) or, with a failure, when it cannot be read.
std::optional<JudgedEventLog> judge_event_log(ByteView bytes, const TdxClaims& claims, VerdictBuilder& verdict);

/// RTMR2 and RTMR3, which may be extended after the log was closed, must be what it leads to or be pinned by the rules.
/// Every event-log rule must find its event in a register that the log leads to. log: null when there is none.
void appraise_event_log(Appraisal& out, const JudgedEventLog* log, const TdxRules& rules);

}  // namespace tenzro::tee::tdx
