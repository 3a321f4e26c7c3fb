// SPDX-License-Identifier: Apache-2.0
// Binding a report to what it says itself.
// REFUSED: convert|no viable conversion|no matching
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void choose(const TdxClaims& claims, ByteView mine) {
#ifdef MISUSE
  (void)mine;
  const auto expected = ReportData::from_caller_data(claims.report_data);
#else
  (void)claims;
  const auto expected = ReportData::from_caller_data(mine);
  if (!expected) {
    return;
  }
#endif
}
