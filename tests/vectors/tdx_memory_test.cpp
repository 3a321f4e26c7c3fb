// SPDX-License-Identifier: Apache-2.0
// Real quotes, asked about in one long conversation: cold, warm, and with a memory that forgets, the verdict is the
// same.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fakes/switchable_source.hpp"
#include "support/tdx_case.hpp"

namespace tenzro::tee::test {
namespace {

TEST(RealQuotesAgain, GetTheVerdictOfAFreshVerifier) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  struct Question {
    std::string id;
    AttestationReport report;
    std::shared_ptr<CollateralSource> collateral;
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
    std::string fresh;
  };
  std::vector<Question> questions;
  for (const nlohmann::json& one : tdx_cases()) {
    auto collateral = offline_collateral(collateral_of(one));
    ASSERT_TRUE(collateral.has_value()) << collateral.error().message();
    questions.push_back({one["id"], report_of(one), *std::move(collateral), options_for(one), {}});
    Question& question = questions.back();
    question.fresh = to_json(AttestationVerifier(question.collateral).verify(question.report, question.options));
    // The same evidence with the collateral of the case before, which mostly does not fit it.
    if (questions.size() > 1) {
      Question crossed = question;
      crossed.id += " crossed";
      crossed.collateral = questions[questions.size() - 2].collateral;
      crossed.fresh = to_json(AttestationVerifier(crossed.collateral).verify(crossed.report, crossed.options));
      questions.push_back(std::move(crossed));
    }
  }
  ASSERT_FALSE(questions.empty());

  const auto source = std::make_shared<SwitchableSource>();
  const AttestationVerifier remembering(source), forgetful(source, kSmallMemory), without(source, kNoMemory);
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    for (const Question& question : questions) {
      source->use(question.collateral);
      EXPECT_EQ(to_json(remembering.verify(question.report, question.options)), question.fresh) << question.id;
      EXPECT_EQ(to_json(forgetful.verify(question.report, question.options)), question.fresh) << question.id;
      EXPECT_EQ(to_json(without.verify(question.report, question.options)), question.fresh) << question.id;
    }
    std::shuffle(questions.begin(), questions.end(), random);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
