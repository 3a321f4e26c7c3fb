// SPDX-License-Identifier: Apache-2.0
// Options bound to the evidence that is to be judged.
// REFUSED: convert|no viable conversion|invalid initialization|no matching
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(const AttestationReport& report, const ReportData& mine) {
#ifdef MISUSE
  (void)mine;
  const VerifyOptions options = VerifyOptions::bound_to_caller_data(report.evidence);
#else
  (void)report;
  const VerifyOptions options = VerifyOptions::bound_to_caller_data(mine);
  (void)options;
#endif
}
