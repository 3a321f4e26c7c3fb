// SPDX-License-Identifier: Apache-2.0
// What a report says, as values that outlive it.
#pragma once
#include <string>

#include "evidence/snp/report.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::snp {

/// product: from the signed processor id; empty where the report has none, or one of no known product.
SnpClaims snp_claims(const Report& report);
/// The current one, as "<major>.<minor>.<build>".
std::string firmware_version(const Report& report);

}  // namespace tenzro::tee::snp
