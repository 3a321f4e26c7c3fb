// SPDX-License-Identifier: Apache-2.0
// Cases in the format of C2SP/x509-limbo (schema version 1), judged by our path checker.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee::limbo {

struct Answer {
  std::string id;
  bool success = false;
  std::string reason;  ///< finding codes with their messages; empty on success
};

/// The "testcases" array. malformed_input when the file is not of this format.
Result<nlohmann::json> load(const std::filesystem::path& file);

/// Host names, extended key usages and allow-lists of algorithms are not looked at: vendor chains have none.
/// A certificate or list that cannot be parsed is a failure. Does not throw.
Answer judge(const nlohmann::json& testcase);

/// "SUCCESS" or "FAILURE".
std::string_view to_text(bool success);

}  // namespace tenzro::tee::limbo
