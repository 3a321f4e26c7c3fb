// SPDX-License-Identifier: Apache-2.0
// What a policy demands of the registers of an Azure guest's vTPM.
#pragma once
#include <optional>

#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"

namespace tenzro::tee {

/// azure: empty unless the evidence is an Azure guest's; its registers only under a verified quote.
void appraise_vtpm(Appraisal& out, const std::optional<AzureClaims>& azure, const PcrRules& rules);

}  // namespace tenzro::tee
