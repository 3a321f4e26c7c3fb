// SPDX-License-Identifier: Apache-2.0
// What a policy refuses whatever else it allows.
#pragma once
#include "tenzro/tee/claims.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee {

void judge_denials(const Claims& claims, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee
