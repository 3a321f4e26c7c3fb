// SPDX-License-Identifier: Apache-2.0
// What a policy, or our safe default, demands of an SEV-SNP guest that is otherwise genuine.
#pragma once
#include <optional>
#include <string>

#include "evidence/snp/report.hpp"
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/appraisal.hpp"
#include "verify/snp/tcb_floors.hpp"

namespace tenzro::tee::snp {

/// What is known of the platform beside its claims.
struct PlatformFacts {
  const PlatformTcb& tcb;
  const TcbAssessment& assessment;
  bool author_key_enabled = false;
  bool provisional = false;             ///< what runs is newer than what is committed
  std::optional<std::string> csp_id{};  ///< of a VLEK certificate
  FirmwareVersion current_version{}, committed_version{};
};

Appraisal appraise(const SnpClaims& claims, const PlatformFacts& facts, const SnpRules& rules, std::string_view source);

}  // namespace tenzro::tee::snp
