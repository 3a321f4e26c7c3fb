// SPDX-License-Identifier: Apache-2.0
// What the caller asks, with every default filled in.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "tenzro/tee/verifier.hpp"
#include "verify/memory.hpp"
#include "x509/anchor_set.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee {

/// How the source of what came with the report is called in its documents; nothing of a caller's begins so.
inline constexpr std::string_view kEnclosedSource = "enclosed in the report";
/// Of evidence that carries a signed time, where neither caller nor policy says anything.
inline constexpr std::chrono::seconds kDefaultMaxAge = std::chrono::hours{24};

/// One question to one verifier. Everything it refers to outlives the judgement.
struct Question {
  x509::Moment moment;
  Revocation revocation = Revocation::require;  ///< of lists
  Revocation ocsp = Revocation::require;        ///< of OCSP responses
  std::optional<std::chrono::seconds> collateral_max_age{};
  std::optional<Revocation> revocation_named{};  ///< by the caller: it holds where no list is needed by default
  std::optional<ReportData> expected{};
  std::optional<EvidenceNonce> expected_nonce{};
  std::optional<Bytes> expected_public_key{};
  std::chrono::seconds max_age =
      kDefaultMaxAge;  ///< of a signed time in the evidence; negative: nothing is young enough
  std::optional<Platform> required_platform{};
  /// True when the evidence must be bound to something that only this caller knows.
  bool wants_binding() const noexcept { return expected.has_value() || expected_nonce.has_value(); }
  const PolicyRules* policy = nullptr;              ///< null: none given
  const x509::AnchorSet* custom_anchors = nullptr;  ///< null: the compiled-in ones
  bool accept_simulated = false;
  bool accept_paravisor = false;  ///< see VerifyOptions
  GpuVerifier gpu_verifier = GpuVerifier::local;
  bool at_now = false;                         ///< moment.at is the present, not a time that the caller chose
  std::vector<CollateralSource*> sources;      ///< in the order in which they are asked
  const CollateralSource* enclosed = nullptr;  ///< the one of them that came with the evidence; null: none did
  Recollection* recall = nullptr;              ///< never null in a judgement
};

}  // namespace tenzro::tee
