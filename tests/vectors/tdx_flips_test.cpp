// SPDX-License-Identifier: Apache-2.0
// Every accepted real quote, altered.
#include <gtest/gtest.h>

#include <vector>

#include "support/accepted_quote.hpp"
#include "support/tdx_case.hpp"

namespace tenzro::tee::test {
namespace {

/// The quotes of the manifest that are accepted, if need be under a policy that allows their status.
std::vector<AcceptedQuote> accepted_quotes() {
  std::vector<AcceptedQuote> out;
  for (const nlohmann::json& one : tdx_cases()) {
    if (one["expect"]["result"] == "reject") {
      continue;
    }
    out.emplace_back(one["id"].get<std::string>(), verifier_for(one),
                     options_for(one).with_policy(allowing_policy(one)), report_of(one).evidence);
  }
  return out;
}

class RealQuotes : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
    ASSERT_GE(quotes_.size(), 9U);
  }
  const std::vector<AcceptedQuote> quotes_ = accepted_quotes();
};

TEST_F(RealQuotes, RefuseEverySingleBitFlip) { expect_every_flip_refused(quotes_); }
TEST_F(RealQuotes, RefuseEveryTruncation) { expect_every_truncation_refused(quotes_); }
TEST_F(RealQuotes, RefuseBytesAddedInsideTheirLengths) { expect_additions_refused(quotes_); }
TEST_F(RealQuotes, IgnoreTheirUnsignedTail) { expect_tail_ignored(quotes_); }

}  // namespace
}  // namespace tenzro::tee::test
