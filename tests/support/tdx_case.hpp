// SPDX-License-Identifier: Apache-2.0
// One case of the TDX manifest, ready to be judged.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "support/vectors.hpp"
#include "tenzro/tee.hpp"

namespace tenzro::tee::test {

/// The cases of the manifest that hold a quote; none without the real vectors.
inline std::vector<nlohmann::json> tdx_cases() {
  std::vector<nlohmann::json> out;
  if (!have_vectors()) {
    return out;
  }
  const auto& manifest = vector_manifest("tdx/manifest.json");
  for (const auto& one : manifest["cases"]) {
    if (one.contains("quote")) {
      out.push_back(one);
    }
  }
  return out;
}

inline std::vector<std::string> tdx_case_ids() {
  std::vector<std::string> out;
  for (const nlohmann::json& one : tdx_cases()) {
    out.push_back(one["id"]);
  }
  return out;
}

inline nlohmann::json tdx_case(const std::string& id) {
  for (const nlohmann::json& one : tdx_cases()) {
    if (one["id"] == id) {
      return one;
    }
  }
  ADD_FAILURE() << "no case " << id;
  return {};
}

inline AttestationReport report_of(const nlohmann::json& one) {
  Bytes input = read_vector("tdx/" + one["quote"].get<std::string>());
  if (one.contains("quote_json_field")) {
    const auto json = nlohmann::json::parse(input.begin(), input.end());
    const std::string hex = json[one["quote_json_field"].get<std::string>()];
    input.assign(hex.begin(), hex.end());
  }
  auto report = parse_report(input);
  EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message());
  return *std::move(report);
}

inline std::vector<std::filesystem::path> collateral_of(const nlohmann::json& one) {
  std::vector<std::filesystem::path> out;
  const nlohmann::json files = one.value("collateral", nlohmann::json::object());
  for (const auto& [kind, file] : files.items()) {
    out.push_back(vectors_dir() / "tdx" / file.get<std::string>());
  }
  return out;
}

inline UtcTime time_of(const nlohmann::json& one) {
  const auto& expect = one["expect"];
  // A case without any time is judged while its certificates are valid.
  const std::string text = one.contains("verification_time") ? one["verification_time"].get<std::string>()
                           : expect.contains("at")           ? expect["at"].get<std::string>()
                                                             : "2026-01-01T00:00:00Z";
  return *from_rfc3339(text);
}

inline bool is_sgx(const nlohmann::json& one) { return one["fields"]["tee_type"] == "0x0"; }

inline AttestationVerifier verifier_for(const nlohmann::json& one) {
  auto source = offline_collateral(collateral_of(one));
  EXPECT_TRUE(source.has_value()) << (source ? "" : source.error().message());
  return AttestationVerifier(*std::move(source));
}

inline VerifyOptions options_for(const nlohmann::json& one) {
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(time_of(one));
  if (is_sgx(one)) {
    options.require_platform(Platform::intel_sgx);
  }
  return options;
}

/// A policy that allows just what the manifest says stands in the way of this case.
inline Policy allowing_policy(const nlohmann::json& one) {
  PolicyRules rules;
  const auto status = parse_tcb_status(one["expect"].value("tcb_status", "UpToDate"));
  if (is_sgx(one)) {
    SgxRules sgx;
    sgx.tcb_status = std::vector{*status};
    sgx.debug = one["fields"]["sgx_report"]["attr"].get<std::string>().substr(0, 2) == "07";
    rules.any_of.emplace_back(sgx);
  } else {
    TdxRules tdx;
    tdx.tcb_status = std::vector{*status};
    if (one["fields"].contains("mrservicetd")) {
      ByteArray<48> value{};
      const auto bytes = from_hex(one["fields"]["mrservicetd"].get<std::string>());
      std::copy(bytes->begin(), bytes->end(), value.begin());
      tdx.mr_service_td = std::vector{value};
    }
    rules.any_of.emplace_back(tdx);
  }
  return *Policy::from_rules(std::move(rules));
}

inline bool has_code(const std::vector<Finding>& findings, std::string_view code) {
  for (const Finding& finding : findings) {
    if (finding.code == code) {
      return true;
    }
  }
  return false;
}

inline std::string codes(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.check + "/" + finding.code + ": " + finding.message + "\n";
  }
  return out;
}

}  // namespace tenzro::tee::test
