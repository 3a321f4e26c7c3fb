// SPDX-License-Identifier: Apache-2.0
// Binding a report to the sender's own copy of its report data.
// REFUSED: convert|no viable conversion|no matching
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(const AttestationReport& report, ByteView mine) {
#ifdef MISUSE
  (void)mine;
  const auto expected = ReportData::from_caller_data(report.report_data_hex);
#else
  (void)report;
  const auto expected = ReportData::from_caller_data(mine);
  if (!expected) {
    return;
  }
#endif
}
