// SPDX-License-Identifier: Apache-2.0
// Judging one piece of SEV-SNP evidence, from its bytes to the caller's policy.
#pragma once
#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::snp {

/// Judges reports, extended reports and Azure's blobs in this order, and stops where nothing reliable is left to judge:
/// format; kind of key and product; the chain to that product's root; revocation; the report's signature; what binds
/// the certificate to the report; TCB relations; an Azure guest; policy; user data. True when it came to the end.
bool judge_report(const AttestationReport& report, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::snp
