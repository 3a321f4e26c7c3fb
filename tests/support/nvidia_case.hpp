// SPDX-License-Identifier: Apache-2.0
// One case of the NVIDIA manifest, ready to be judged.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/nvidia_vectors.hpp"
#include "tenzro/tee.hpp"

namespace tenzro::tee::test {

using Codes = std::set<std::string>;

inline std::vector<nlohmann::json> nvidia_cases_of(std::initializer_list<std::string_view> kinds) {
  std::vector<nlohmann::json> out;
  if (!have_vectors()) {
    return out;
  }
  for (const nlohmann::json& one : nvidia_cases()) {
    if (std::ranges::find(kinds, one["kind"].get<std::string>()) != kinds.end()) {
      out.push_back(one);
    }
  }
  return out;
}

inline std::vector<std::string> nvidia_ids(std::initializer_list<std::string_view> kinds) {
  std::vector<std::string> out;
  for (const nlohmann::json& one : nvidia_cases_of(kinds)) {
    out.push_back(one["id"]);
  }
  return out;
}

/// With the members of the case that it is the same as.
inline nlohmann::json nvidia_case(const std::string& id) {
  for (nlohmann::json one : nvidia_cases()) {
    if (one["id"] == id) {
      if (one.contains("same_as")) {
        nlohmann::json out = nvidia_case(one["same_as"]);
        out.update(one);
        return out;
      }
      return one;
    }
  }
  ADD_FAILURE() << "no case " << id;
  return {};
}

inline Bytes nvidia_file(const std::string& file) { return read_vector("nvidia/" + file); }

/// As a stranger would hand it in: recognised by its content.
inline AttestationReport nvidia_report(const std::string& file) {
  auto report = parse_report(nvidia_file(file));
  EXPECT_TRUE(report) << report.error().message();
  return report ? *std::move(report) : AttestationReport();
}

/// The files that the case names beside its evidence.
inline std::shared_ptr<CollateralSource> nvidia_collateral(const nlohmann::json& one) {
  std::vector<std::filesystem::path> files;
  for (const char* member : {"chain", "driver_rim", "vbios_rim", "bios_rim", "jwks"}) {
    if (one.contains(member)) {
      files.push_back(vectors_dir() / "nvidia" / one[member].get<std::string>());
    }
  }
  auto source = offline_collateral(files);
  EXPECT_TRUE(source) << source.error().message();
  return source ? *std::move(source) : no_collateral();
}

inline UtcTime nvidia_time(const nlohmann::json& one) {
  if (one.contains("valid_at_epoch")) {
    return UtcTime(std::chrono::seconds(one["valid_at_epoch"].get<std::int64_t>()));
  }
  // Device chains have no end: any time will do for cases that are of nothing else.
  return *from_rfc3339(one.value("valid_at", "2026-03-01T00:00:00Z"));
}

inline EvidenceNonce nonce_of(const std::string& hex) { return *EvidenceNonce::from_caller_data(*from_hex(hex)); }

inline VerifyOptions nvidia_options(const nlohmann::json& one) {
  return VerifyOptions::unbound_replay_possible().at(nvidia_time(one));
}

/// Lets pass what a case has no file for: manifests, and what the oldest reports do not say.
inline Policy nvidia_without_manifests() {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace();
  rules.devices.nvidia_gpu->require_rim = false;
  rules.devices.nvidia_gpu->allow_missing_fwid = true;
  rules.revocation.ocsp = Revocation::off;
  return *Policy::from_rules(std::move(rules));
}

inline Codes codes_of(const std::vector<Finding>& findings) {
  Codes out;
  for (const Finding& finding : findings) {
    out.insert(finding.code);
  }
  return out;
}

inline std::string text_of(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.check + "/" + finding.code + ": " + finding.message.substr(0, 300) + "\n";
  }
  return out;
}

inline const NvidiaClaims& nvidia_claims_of(const VerificationResult& verdict) {
  return std::get<NvidiaClaims>(*verdict.claims_for_display());
}

}  // namespace tenzro::tee::test
