// SPDX-License-Identifier: Apache-2.0
// Evidence for the command's tests, made here: under the simulated hierarchy, and under another one of the same names.
#pragma once
#include "cli/process.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::test {

inline const std::string kIssued = "2026-06-01T00:00:00Z";
inline const std::string kJudgedAt = "2026-06-02T00:00:00Z";
inline UtcTime issued() { return *from_rfc3339(kIssued); }

/// The report envelope of an ordinary simulated TD, with its collateral enclosed.
inline std::string simulated_report() {
  const simulated::TdxEvidenceMaker maker;
  return to_json(maker.report(simulated::tdx_quote_spec(), issued()));
}

/// An up-to-date TD whose roots only --trust-anchor makes good; collateral apart.
struct Foreign {
  simulated::TdxEvidenceMaker maker{"a hierarchy of the command's tests"};
  simulated::QuoteSpec spec = simulated::tdx_quote_spec();
  Bytes quote() const { return maker.quote(spec); }
  std::vector<CollateralDocument> collateral() const { return maker.collateral(spec, {.issued = issued()}); }
  Bytes root() const { return maker.hierarchy().root().certificate; }
};

}  // namespace tenzro::tee::test
