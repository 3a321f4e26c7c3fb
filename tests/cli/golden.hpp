// SPDX-License-Identifier: Apache-2.0
// Documents that must not change unnoticed.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/process.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {

/// What a text looked like when it was last agreed on. TENZRO_UPDATE_GOLDEN=1 agrees anew.
inline void expect_golden_text(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(TENZRO_GOLDEN_DIR) / name;
  if (std::getenv("TENZRO_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
  }
  const Bytes expected = read_file(path);
  EXPECT_EQ(text, std::string(expected.begin(), expected.end()));
}

/// The same of a document, written for people.
inline void expect_golden(const std::string& name, const std::string& actual) {
  const Json document = Json::parse(actual, nullptr, false);
  ASSERT_FALSE(document.is_discarded()) << actual;
  expect_golden_text(name, document.dump(2) + "\n");
}

}  // namespace tenzro::tee::test
