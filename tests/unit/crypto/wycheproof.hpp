// SPDX-License-Identifier: Apache-2.0
// Reading Wycheproof files: every case is run, or counted as not applicable.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "support/vectors.hpp"

namespace tenzro::tee::test {

/// What a file says that its cases are, and what became of them. "acceptable" fails in take(): no file of ours has one,
/// and one that appears must be decided by a person.
class WycheproofFile {
 public:
  explicit WycheproofFile(const std::string& name) : document_(read_vector_json("crypto/" + name)) {
    const auto& manifest = vector_manifest("crypto/manifest.json");
    for (const nlohmann::json& entry : manifest.at("files")) {
      if (entry.at("file") == name) {
        manifest_ = entry;
      }
    }
    EXPECT_FALSE(manifest_.is_null()) << name << " is not in the manifest";
  }

  const nlohmann::json& groups() const { return document_.at("testGroups"); }

  /// Counts a case that is run, and tells whether it must succeed.
  bool take(const nlohmann::json& test) {
    const std::string result = test.at("result").get<std::string>();
    EXPECT_TRUE(result == "valid" || result == "invalid") << result;
    ++(result == "valid" ? valid_ : invalid_);
    return result == "valid";
  }

  /// Every case of the file was taken, as many of each kind as the manifest lists.
  void expect_all_taken() const {
    EXPECT_EQ(valid_, manifest_.at("valid").get<int>());
    EXPECT_EQ(invalid_, manifest_.at("invalid").get<int>());
    EXPECT_EQ(valid_ + invalid_, manifest_.at("tests").get<int>());
    EXPECT_EQ(valid_ + invalid_, document_.at("numberOfTests").get<int>());
  }
  int valid() const { return valid_; }
  int invalid() const { return invalid_; }
  int listed() const { return manifest_.at("tests").get<int>(); }

 private:
  nlohmann::json document_;
  nlohmann::json manifest_;
  int valid_ = 0;
  int invalid_ = 0;
};

inline Bytes hex(const nlohmann::json& object, const char* member) {
  return *from_hex(object.at(member).get<std::string>());
}
inline std::string describe(const nlohmann::json& test) {
  return "case " + test.at("tcId").dump() + " " + test.value("comment", std::string()) + " " +
         test.value("flags", nlohmann::json::array()).dump();
}

}  // namespace tenzro::tee::test
