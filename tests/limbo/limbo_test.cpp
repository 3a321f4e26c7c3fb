// SPDX-License-Identifier: Apache-2.0
// Do we agree with x509-limbo, and is every deviation a written one?
#include "limbo/limbo.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "support/vectors.hpp"

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
  const auto& manifest = test::vector_manifest("x509/manifest.json");
  const auto& classes = manifest["tee_class"];
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
  int stated = 0;
  for (const auto& [kind, count] : manifest["by_tee_class_and_expected"].items()) {
    stated += kind.starts_with("must/") ? count.get<int>() : 0;
  }
  EXPECT_EQ(binding, stated);
  EXPECT_GT(binding, 0);
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

struct RunnerOutcome {
  int exit_code = -1;
  std::string out;
};

RunnerOutcome run_limbo(const std::filesystem::path& file) {
  RunnerOutcome outcome;
  FILE* pipe = popen((std::string(LIMBO_RUNNER) + " '" + file.string() + "' 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) {
    return outcome;
  }
  std::array<char, 4096> piece{};
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) {
    outcome.out.append(piece.data(), size);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

TEST(LimboRunner, PrintsOneLineForEachCaseOfTheSharedSubset) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const SubsetRun subset = run_subset();
  const auto& manifest = test::vector_manifest("x509/manifest.json");
  const RunnerOutcome outcome = run_limbo(test::vectors_dir() / "x509/limbo-subset.json");
  EXPECT_EQ(outcome.exit_code, 0);
  ASSERT_TRUE(outcome.out.ends_with('\n'));
  std::set<std::string> seen;
  std::size_t lines = 0;
  std::istringstream text(outcome.out);
  for (std::string line; std::getline(text, line); ++lines) {
    const auto parsed = nlohmann::ordered_json::parse(line, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << line;
    std::vector<std::string> keys;
    for (const auto& [key, value] : parsed.items()) {
      keys.push_back(key);
      ASSERT_TRUE(value.is_string()) << line;
    }
    ASSERT_EQ(keys, (std::vector<std::string>{"id", "actual", "reason"})) << line;
    const auto id = parsed["id"].get<std::string>();
    EXPECT_TRUE(seen.insert(id).second) << id << " twice";
    ASSERT_TRUE(subset.expected.contains(id)) << id << " is not in the file";
    const std::string actual = parsed["actual"];
    EXPECT_TRUE(actual == "SUCCESS" || actual == "FAILURE") << line;
    EXPECT_EQ(parsed["reason"].get<std::string>().empty(), actual == "SUCCESS") << line;
    if (manifest["tee_class"].at(id) == "must") {
      EXPECT_EQ(actual, subset.expected.at(id)) << line;
    }
  }
  EXPECT_EQ(lines, manifest["cases"].get<std::size_t>());
  EXPECT_EQ(seen.size(), subset.expected.size());
}

int exit_code_for(const std::string& content) {
  const std::string file = testing::TempDir() + "limbo_input.json";
  std::ofstream(file, std::ios::binary) << content;
  return run_limbo(file).exit_code;
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
