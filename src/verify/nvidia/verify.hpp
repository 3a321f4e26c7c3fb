// SPDX-License-Identifier: Apache-2.0
// Judging the evidence of NVIDIA's GPUs and NVSwitches.
#pragma once
#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

/// True for evidence JSON, a signed measurement report, and an answer of NVIDIA's remote attestation service.
bool looks_like_evidence(ByteView evidence) noexcept;

/// Each device by itself, then all of them together. False when something kept it from being judged to the end; then
/// the reason is in the verdict.
bool judge_devices(const AttestationReport& report, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
