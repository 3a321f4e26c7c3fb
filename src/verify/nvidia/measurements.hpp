// SPDX-License-Identifier: Apache-2.0
// A device's measurements beside the reference values of its manifests.
#pragma once
#include <span>

#include "evidence/nvidia/spdm_report.hpp"
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/nvidia/manifests.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

struct AuthenticManifest {
  const ManifestNeed& need;
  const Rim& rim;
};

/// Every active value of every manifest equals the device's measurement of that index, in one of its alternatives; no
/// index is in two manifests; and a measurement in none of them is refused or warned of, by rules. all: no manifest of
/// the device is missing; else what is left is not looked at, and nothing is found to match.
MeasurementResult judge_measurements(const Report& report, const NvidiaClaims& claims,
                                     std::span<const AuthenticManifest> manifests, bool all,
                                     const NvidiaDeviceRules& rules, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
