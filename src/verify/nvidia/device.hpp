// SPDX-License-Identifier: Apache-2.0
// One device, from its bytes to its own verdict.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "tenzro/tee/claims.hpp"
#include "verify/nvidia/evidence.hpp"
#include "verify/nvidia/identity.hpp"
#include "verify/nvidia/manifests.hpp"
#include "verify/nvidia/topology.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

/// A device's state is as old as its report: no verdict on it outlives a day.
inline constexpr std::chrono::hours kLongestLife{24};

/// What came of it.
struct JudgedDevice {
  std::string name;  ///< "GPU-0"
  VerdictBuilder verdict;
  NvidiaClaims claims{};
  std::optional<KnownDevice> known{};  ///< once chain, signature and names held
  /// What was found of several devices at once, of which this is one; null: nothing. It counts for each of them.
  std::shared_ptr<const VerdictBuilder> shared{};
  bool to_the_end = false;  ///< every check that applies was made
  bool current = false;     ///< revocation was asked for, and all that it rests on is current
};

/// What all devices of one judgement share.
struct DeviceCircumstances {
  const AttestationReport& report;  ///< that all of them came in
  const Question& question;
  const x509::AnchorSet& anchors;
  const NvidiaDeviceRules& rules;
  ManifestFinder& manifests;
  GpuVerifier verifier = GpuVerifier::local;  ///< nras: revocation and measurements are left to NVIDIA's service
};

/// Format, chain, signature, names, firmware id; with the local verifier revocation and measurements too. Rules of the
/// policy, and what the device is bound to, come after that: finish_device.
JudgedDevice judge_device(const Device& device, const DeviceCircumstances& with);

/// The rest, once the claims are whole: rules, and the nonce that the caller expects.
void finish_device(const DeviceCircumstances& with, JudgedDevice& judged);

/// The nonce that evidence must have for what the caller expects. Records nothing when nothing is expected. False where
/// it has another one.
bool judge_nonce(ByteView nonce, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
