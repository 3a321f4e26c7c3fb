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

}  // namespace tenzro::tee::nitro
