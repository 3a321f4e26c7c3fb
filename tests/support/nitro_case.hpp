// SPDX-License-Identifier: Apache-2.0
// One document of the Nitro manifest, ready to be judged.
#pragma once
#include <string>
#include <vector>

#include "support/vectors.hpp"
#include "tenzro/tee.hpp"

namespace tenzro::tee::test {

/// The entries of the manifest of one kind, or of all kinds; none without the real vectors.
inline std::vector<nlohmann::json> nitro_entries(std::string_view kind_end) {
  std::vector<nlohmann::json> out;
  if (!have_vectors()) {
    return out;
  }
  const auto& manifest = vector_manifest("nitro/manifest.json");
  for (const auto& one : manifest["vectors"]) {
    if (one["kind"].get<std::string>().ends_with(kind_end)) {
      out.push_back(one);
    }
  }
  return out;
}

inline std::vector<std::string> nitro_document_ids() {
  std::vector<std::string> out;
  for (const nlohmann::json& one : nitro_entries("-document")) {
    out.push_back(one["id"]);
  }
  return out;
}

inline nlohmann::json nitro_entry(const std::string& id) {
  for (const nlohmann::json& one : nitro_entries("")) {
    if (one["id"] == id) {
      return one;
    }
  }
  ADD_FAILURE() << "no entry " << id;
  return {};
}

inline Bytes nitro_file(const nlohmann::json& one) { return read_vector("nitro/" + one["file"].get<std::string>()); }

/// As a stranger would hand it in; what is broken beyond recognition comes under the platform's name.
inline AttestationReport nitro_report(const nlohmann::json& one) {
  AttestationReport report;
  report.evidence = nitro_file(one);
  return report;
}

inline bool is_nitro_tpm(const nlohmann::json& one) { return one["kind"] == "nitro-nitrotpm-document"; }
inline UtcTime nitro_time(const nlohmann::json& one) {
  return UtcTime(std::chrono::seconds(one["verify_at_unix"].get<std::int64_t>()));
}
inline std::vector<Bytes> nitro_test_roots() { return *read_certificates(read_vector("nitro/roots/test_root.pem")); }

/// Judged at the manifest's time, for the kind that the manifest asks for, and with its nonce where it has one. The
/// made documents stand under a root of their own.
inline VerifyOptions nitro_options(const nlohmann::json& one) {
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  if (one.contains("expected_nonce") && one["expected_nonce"].is_string()) {
    const auto nonce = from_hex(one["expected_nonce"].get<std::string>());
    options.expect_nonce(*EvidenceNonce::from_caller_data(*nonce));
  }
  options.at(nitro_time(one)).require_platform(is_nitro_tpm(one) ? Platform::aws_nitro_tpm : Platform::aws_nitro);
  if (one["root"] == "roots/test_root.pem") {
    options.replace_trust_anchors(nitro_test_roots());
  }
  return options;
}

inline VerificationResult judge_nitro(const AttestationReport& report, const VerifyOptions& options) {
  return AttestationVerifier(no_collateral()).verify(report, options);
}

inline Policy nitro_debug_allowed() {
  PolicyRules rules;
  NitroRules nitro;
  nitro.allow_debug = true;
  rules.any_of.emplace_back(nitro);
  return *Policy::from_rules(std::move(rules));
}

/// The document as its manifest entry accepts it: with debug allowed where that is what it takes.
inline VerifyOptions accepting_nitro_options(const nlohmann::json& one) {
  VerifyOptions options = nitro_options(one);
  if (one["expected"]["result"] == "accept-if-debug-allowed") {
    options.with_policy(nitro_debug_allowed());
  }
  return options;
}

/// The documents that are accepted, real ones and made ones.
inline std::vector<nlohmann::json> accepted_nitro_documents() {
  std::vector<nlohmann::json> out;
  for (const nlohmann::json& one : nitro_entries("-document")) {
    if (one["expected"]["result"] != "reject") {
      out.push_back(one);
    }
  }
  return out;
}

}  // namespace tenzro::tee::test
