// SPDX-License-Identifier: Apache-2.0
// What a policy, or our safe default, demands of a document that is otherwise genuine.
#pragma once
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"

namespace tenzro::tee::nitro {

Appraisal appraise(const NitroClaims& claims, UtcTime at, const NitroRules& rules, std::string_view source);
Appraisal appraise(const NitroTpmClaims& claims, UtcTime at, const NitroTpmRules& rules, std::string_view source);

/// True when a document signed then is at most this old. Times are compared by whole seconds, as ours have no parts.
bool is_young_enough(std::chrono::sys_time<std::chrono::milliseconds> signed_at, UtcTime at,
                     std::chrono::seconds max_age);
/// The finding for one that is not.
Finding too_old(std::chrono::sys_time<std::chrono::milliseconds> signed_at, UtcTime at, std::chrono::seconds max_age);

}  // namespace tenzro::tee::nitro
