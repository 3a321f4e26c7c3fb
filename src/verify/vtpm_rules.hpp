// SPDX-License-Identifier: Apache-2.0
// What a policy demands of the registers of an Azure guest's vTPM.
#pragma once
#include <optional>

#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"

namespace tenzro::tee {

/// True when an entry says which firmware may be a guest's paravisor: by its measurement, or by who signed it. A digest
/// of zero means that nobody did.
bool pins_paravisor(const SnpRules& rules);
bool pins_paravisor(const TdxRules& rules);

/// True when the entry that the evidence meets lets a paravisor answer for its guest: it names registers of its vTPM;
/// or it names no code at all, and the caller accepts it. What names a workload means no paravisor. entry: null when
/// none was met.
bool lets_paravisor_answer(const SnpRules* entry, bool accepted_by_caller);
bool lets_paravisor_answer(const TdxRules* entry, bool accepted_by_caller);

/// azure: empty unless the evidence is an Azure guest's; its registers only under a verified quote. paravisor_pinned:
/// the entry pins the paravisor too, without which anybody's own may have made the registers up.
void appraise_vtpm(Appraisal& out, const std::optional<AzureClaims>& azure, const PcrRules& rules,
                   bool paravisor_pinned);

}  // namespace tenzro::tee
