// SPDX-License-Identifier: Apache-2.0
// What a policy refuses whatever else it allows.
#pragma once
#include "tenzro/tee/claims.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee {

/// Every rule of `deny` against the claims. What a claim hides (a masked chip) counts as denied; a rule about something
/// that evidence of this platform does not carry is a warning, denial_not_applicable, and a skipped check.
void judge_denials(const Claims& claims, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee
