// SPDX-License-Identifier: Apache-2.0
// What a policy demands of the registers of an Azure guest's vTPM.
#pragma once
#include <optional>

#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"
#include "verify/question.hpp"

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

/// How an Azure guest's paravisor stands with caller and policy.
struct ParavisorStanding {
  bool may_answer = false;     ///< for its guest
  bool pinned = false;         ///< by the policy entry that the evidence meets
  bool policy_missed = false;  ///< there is a policy, and the evidence meets none of its entries
};
template <class Rules>
ParavisorStanding paravisor_standing(const Question& question, const Rules* entry) {
  if (question.policy == nullptr) {
    return {question.accept_paravisor, false, false};
  }
  return {lets_paravisor_answer(entry, question.accept_paravisor), entry != nullptr && pins_paravisor(*entry),
          entry == nullptr};
}

/// azure: empty unless the evidence is an Azure guest's; its registers only under a verified quote. paravisor_pinned:
/// the entry pins the paravisor too, without which anybody's own may have made the registers up.
void appraise_vtpm(Appraisal& out, const std::optional<AzureClaims>& azure, const PcrRules& rules,
                   bool paravisor_pinned);

}  // namespace tenzro::tee
