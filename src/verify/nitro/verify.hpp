// SPDX-License-Identifier: Apache-2.0
// Judging one document of an AWS Nitro enclave or of NitroTPM, from its bytes to the caller's policy.
#pragma once
#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nitro {

/// Judges in this order, and stops where nothing reliable is left to judge: format; kind; the document's signature; the
/// chain to the root that the document carries and we hold; revocation, where a list is there or was demanded; the
/// signed time; policy; user data, nonce and public key, each compared with its own field. True when it came to the
/// end.
bool judge_document(const AttestationReport& report, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nitro
