// SPDX-License-Identifier: Apache-2.0
// What AMD's security bulletins demand of a platform's TCB. AMD has no service that says "up to date": this table is
// ours, and has a date.
#pragma once
#include <array>
#include <optional>
#include <string>

#include "evidence/snp/silicon_line.hpp"
#include "evidence/snp/tcb.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::snp {

/// The four TCBs of one report, and what it takes to compare them.
struct PlatformTcb {
  Product product = Product::milan;
  std::optional<SiliconLine> line;  ///< nothing where the report does not say, or names a part that is not known
  Tcb reported, committed, current, launch;
  bool smt_off = false;  ///< switched off, and the guest policy refuses it
  std::array<const Tcb*, 4> all() const noexcept { return {&reported, &committed, &current, &launch}; }
};

struct TcbAssessment {
  TcbVerdict verdict;
  std::string why;  ///< for people: the levels that are too low, or why nothing is known
};

/// up_to_date: all four reach every level that is known for this silicon line. out_of_date: one does not; the verdict
/// names the bulletins. unknown: there is no level for this line's microcode, or the line cannot be told.
TcbAssessment assess_tcb(const PlatformTcb& platform);

}  // namespace tenzro::tee::snp
