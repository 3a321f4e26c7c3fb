// SPDX-License-Identifier: Apache-2.0
// What every verdict document of the command holds, whatever it is about.
#pragma once
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/process.hpp"
#include "support/verdict_keys.hpp"
#include "tenzro/tee/finding.hpp"

namespace tenzro::tee::test {

inline Keys keys(const Json& object) {
  Keys out;
  for (const auto& [name, value] : object.items()) {
    out.push_back(name);
  }
  return out;
}

/// The document's members in their order, down to its devices; every code is one that is explained; valid means that
/// nothing failed.
inline void expect_contract(const Json& verdict) {
  EXPECT_EQ(keys(verdict), kVerdictKeys);
  for (const Json& failure : verdict["failures"]) {
    EXPECT_EQ(keys(failure), kFindingKeys);
    EXPECT_NE(find_help(failure["code"].get<std::string>()), nullptr) << failure;
  }
  for (const Json& warning : verdict["warnings"]) {
    EXPECT_EQ(keys(warning), kFindingKeys);
    EXPECT_NE(find_help(warning["code"].get<std::string>()), nullptr) << warning;
  }
  for (const Json& check : verdict["checks"]) {
    EXPECT_EQ(keys(check), kCheckKeys);
  }
  for (const Json& document : verdict["collateral"]) {
    EXPECT_EQ(keys(document), kCollateralKeys);
  }
  for (const Json& certificate : verdict["certificates"]) {
    EXPECT_EQ(keys(certificate), kCertificateKeys);
  }
  if (!verdict["tcb"].is_null()) {
    EXPECT_EQ(keys(verdict["tcb"]), kTcbKeys);
  }
  EXPECT_EQ(verdict["valid"], verdict["failures"].empty());
  for (const Json& device : verdict["devices"]) {
    expect_contract(device);
  }
}

/// list: "failures" or "warnings".
inline std::set<std::string> codes_in(const Json& verdict, const char* list) {
  std::set<std::string> out;
  for (const Json& finding : verdict.value(list, Json::array())) {
    out.insert(finding["code"].get<std::string>());
  }
  return out;
}

}  // namespace tenzro::tee::test
