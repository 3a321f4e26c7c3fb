// SPDX-License-Identifier: Apache-2.0
// What a policy, or our safe default, demands of a document that is otherwise genuine.
#pragma once
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::nitro {

Appraisal appraise(const NitroClaims& claims, const x509::Moment& moment, const NitroRules& rules,
                   std::string_view source);
Appraisal appraise(const NitroTpmClaims& claims, const x509::Moment& moment, const NitroTpmRules& rules,
                   std::string_view source);

/// True when a document signed then is at most this old, give or take the moment's skew; nothing is younger than a
/// negative age. Times are compared by whole seconds, as ours have no parts.
bool is_young_enough(std::chrono::sys_time<std::chrono::milliseconds> signed_at, const x509::Moment& moment,
                     std::chrono::seconds max_age);
/// Until when such a document, judged with this skew, stays young enough.
UtcTime young_until(std::chrono::sys_time<std::chrono::milliseconds> signed_at, const x509::Moment& moment,
                    std::chrono::seconds max_age);
/// The finding for one that is not.
Finding too_old(std::chrono::sys_time<std::chrono::milliseconds> signed_at, UtcTime at, std::chrono::seconds max_age);

}  // namespace tenzro::tee::nitro
