// SPDX-License-Identifier: Apache-2.0
// Reference integrity manifests: which ones a device needs, and those of them that are authentic.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collateral/nvidia/rim.hpp"
#include "tenzro/tee/claims.hpp"
#include "verify/document_finder.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::nvidia {

/// One manifest that a device is compared with, by what its signed report says.
struct ManifestNeed {
  std::string_view part;                  ///< "driver", "VBIOS" or "BIOS", for messages
  std::string id;                         ///< "NV_GPU_DRIVER_GH100_550.90.07"
  std::string product, edition, version;  ///< what the manifest must say of itself
};
/// malformed_input when a field that an id is made of is absent, or holds what no id may. chip_info: as in the report,
/// or empty.
Result<std::vector<ManifestNeed>> manifests_needed(const NvidiaClaims& claims, std::string_view chip_info);

using RimPtr = std::shared_ptr<const Rim>;

/// Looks manifests up for one judgement, each once, however many devices need it.
/// Threads: one thread at a time.
class ManifestFinder {
 public:
  /// All must outlive this object.
  ManifestFinder(const Question& question, const x509::AnchorSet& anchors, const NvidiaDeviceRules& rules)
      : question_(question), anchors_(anchors), rules_(rules) {}

  struct Found {
    RimPtr manifest;       ///< null: there is none that counts
    bool current = false;  ///< and none of its signers is withdrawn, as their issuers say now
  };
  /// The manifest, when it is authentic and its signers are not withdrawn. What was found of it goes to the
  /// verdict each time.
  Found find(const ManifestNeed& need, VerdictBuilder& verdict);

 private:
  struct Judged {
    VerdictBuilder findings;
    Found found{};
  };
  Found judge(const ManifestNeed& need, VerdictBuilder& verdict) const;

  const Question& question_;
  const x509::AnchorSet& anchors_;
  const NvidiaDeviceRules& rules_;
  std::map<std::string, Judged> judged_;
};

}  // namespace tenzro::tee::nvidia
