// SPDX-License-Identifier: Apache-2.0
// Do we agree with x509-limbo, and is every deviation a written one?
#include "limbo/limbo.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "vectors.hpp"

namespace tenzro::tee {
namespace {

nlohmann::json deviations() {
  const Bytes text = test::read_file(LIMBO_DEVIATIONS);
  return nlohmann::json::parse(text.begin(), text.end());
}

struct SubsetRun {
  std::map<std::string, limbo::Answer> answers;
  std::map<std::string, std::string> expected;
};

SubsetRun run_subset() {
  SubsetRun out;
  const auto cases = limbo::load(test::vectors_dir() / "x509/limbo-subset.json");
  EXPECT_TRUE(cases.has_value());
  if (!cases) {
    return out;
  }
  for (const auto& testcase : *cases) {
    const auto before = std::chrono::steady_clock::now();
    limbo::Answer answer = limbo::judge(testcase);
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_LT(took, std::chrono::seconds{2}) << answer.id;  // ATTACK(X15)
    const std::string id = answer.id;
    out.expected[id] = testcase["expected_result"].get<std::string>();
    out.answers[id] = std::move(answer);
  }
  return out;
}

TEST(Limbo, AgreesOnEveryCaseThatBindsAVendorChain) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const SubsetRun run = run_subset();
  const auto classes = test::read_vector_json("x509/manifest.json")["tee_class"];
  std::map<std::string, std::pair<int, int>> table;
  int binding = 0;
  for (const auto& [id, answer] : run.answers) {
    if (classes.at(id) != "must") {
      continue;
    }
    ++binding;
    const bool agrees = limbo::to_text(answer.success) == run.expected.at(id);
    EXPECT_TRUE(agrees) << id << ": " << answer.reason;
    auto& [good, all] = table[id.substr(0, id.rfind("::"))];
    good += agrees ? 1 : 0;
    ++all;
  }
  for (const auto& [space, counts] : table) {
    std::printf("%-28s %d of %d\n", space.c_str(), counts.first, counts.second);
  }
  EXPECT_EQ(binding, 37);
}

TEST(Limbo, DeviatesExactlyWhereItIsWrittenDown) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const SubsetRun run = run_subset();
  const nlohmann::json written = deviations();
  for (const auto& [id, answer] : run.answers) {
    const bool agrees = limbo::to_text(answer.success) == run.expected.at(id);
    EXPECT_EQ(agrees, !written.contains(id)) << id << ": " << limbo::to_text(answer.success) << ", " << answer.reason;
  }
  for (const auto& [id, deviation] : written.items()) {
    ASSERT_TRUE(run.answers.contains(id)) << id << " is not in the file";
    EXPECT_EQ(limbo::to_text(run.answers.at(id).success), deviation.at("actual").get<std::string>()) << id;
    EXPECT_GT(deviation.at("reason").get<std::string>().size(), 10U) << id;
  }
}

TEST(Limbo, TreatsNullAndMissingArraysAsEmpty) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const auto cases = limbo::load(test::vectors_dir() / "x509/limbo-subset.json");
  ASSERT_TRUE(cases.has_value());
  for (nlohmann::json testcase : *cases) {
    const bool expected = limbo::judge(testcase).success;
    for (const char* name : {"untrusted_intermediates", "crls", "trusted_certs"}) {
      if (testcase.contains(name) && testcase[name].is_array() && testcase[name].empty()) {
        testcase[name] = nullptr;
      }
    }
    EXPECT_EQ(limbo::judge(testcase).success, expected) << testcase["id"];
  }
}

TEST(Limbo, FailsCasesThatItCannotRead) {
  for (const char* text : {R"({})", R"([])", R"({"id":"x"})", R"({"id":"x","peer_certificate":3})",
                           R"({"id":"x","peer_certificate":"not PEM","trusted_certs":{}})"}) {
    EXPECT_FALSE(limbo::judge(nlohmann::json::parse(text)).success) << text;
  }
}

int exit_code_for(const std::string& content) {
  const std::string file = testing::TempDir() + "limbo_input.json";
  std::ofstream(file, std::ios::binary) << content;
  const int status = std::system((std::string(LIMBO_RUNNER) + " " + file + " > /dev/null 2>&1").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(LimboRunner, RefusesFilesOfAnotherFormat) {
  EXPECT_EQ(exit_code_for(""), 3);
  EXPECT_EQ(exit_code_for("[1"), 3);
  EXPECT_EQ(exit_code_for("{}"), 3);
  EXPECT_EQ(exit_code_for(R"({"version":2,"testcases":[]})"), 3);
  EXPECT_EQ(exit_code_for(R"({"version":1,"testcases":[{"peer_certificate":""}]})"), 3);
  EXPECT_EQ(exit_code_for(R"({"version":1,"testcases":[{"id":"x"}]})"), 0);
}

}  // namespace
}  // namespace tenzro::tee
