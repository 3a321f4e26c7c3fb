// SPDX-License-Identifier: Apache-2.0
// The registers that a policy pins, against those that a verified quote gave.
#include "verify/vtpm_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

/// A guest whose quote was verified: register n is filled with n + 1.
AzureClaims quoted() {
  AzureClaims out;
  for (unsigned i = 0; i < 24; ++i) {
    out.vtpm_pcrs[i] = Bytes(32, static_cast<std::uint8_t>(i + 1));
  }
  return out;
}

struct Outcome {
  Codes failures;
  std::vector<Check> checks;
};
Outcome appraised(const std::optional<AzureClaims>& azure, const PcrRules& rules, bool paravisor_pinned = true) {
  Appraisal appraisal(demanded_by::kPolicy);
  appraise_vtpm(appraisal, azure, rules, paravisor_pinned);
  VerdictBuilder verdict(UtcTime{});
  std::move(appraisal).report_to(verdict);
  const VerificationResult result = std::move(verdict).finish(false, false);
  Outcome out;
  for (const Finding& finding : result.failures()) {
    out.failures.insert(finding.code);
  }
  out.failures.erase("verification_incomplete");
  std::ranges::copy_if(result.checks(), std::back_inserter(out.checks),
                       [](const Check& check) { return check.id.starts_with("vtpm_pcrs"); });
  return out;
}

TEST(VtpmRules, DemandNothingWhereNothingIsPinned) {
  for (const std::optional<AzureClaims>& azure : {std::optional<AzureClaims>{}, {AzureClaims{}}, {quoted()}}) {
    const Outcome outcome = appraised(azure, {});
    EXPECT_EQ(outcome.failures, Codes{});
    EXPECT_TRUE(outcome.checks.empty());
  }
}

TEST(VtpmRules, PassForNobodyWhoseParavisorIsNotPinned) {
  EXPECT_EQ(appraised(quoted(), {{4, {Bytes(32, 5)}}}, false).failures, Codes{"paravisor_not_pinned"});
  EXPECT_EQ(appraised(quoted(), {}, false).failures, Codes{}) << "where no register is pinned either";
}

TEST(VtpmRules, LetAParavisorAnswerOnlyWhereNoWorkloadIsMeant) {
  EXPECT_FALSE(lets_paravisor_answer(static_cast<const SnpRules*>(nullptr), true));
  EXPECT_FALSE(lets_paravisor_answer(static_cast<const TdxRules*>(nullptr), true));
  SnpRules snp;
  TdxRules td;
  EXPECT_TRUE(lets_paravisor_answer(&snp, true) && lets_paravisor_answer(&td, true));
  EXPECT_FALSE(lets_paravisor_answer(&snp, false) || lets_paravisor_answer(&td, false));
  snp.measurement = std::vector{ByteArray<48>{1}};
  td.rtmr2 = std::vector{ByteArray<48>{1}};
  EXPECT_FALSE(lets_paravisor_answer(&snp, true) || lets_paravisor_answer(&td, true));
  snp.vtpm_pcrs[4] = td.vtpm_pcrs[4] = {Bytes(32, 5)};
  EXPECT_TRUE(lets_paravisor_answer(&snp, false) && lets_paravisor_answer(&td, false));
}

TEST(VtpmRules, PassOneOfTheListedValues) {
  const Outcome outcome =
      appraised(quoted(), {{4, {Bytes(32, 5)}}, {9, {Bytes(32, 0xee), Bytes(32, 10)}}, {23, {Bytes(32, 24)}}});
  EXPECT_EQ(outcome.failures, Codes{});
  ASSERT_EQ(outcome.checks.size(), 3U);
  EXPECT_EQ(outcome.checks[0].id, "vtpm_pcrs.4");
  EXPECT_EQ(outcome.checks[0].status, CheckStatus::pass);
  EXPECT_EQ(outcome.checks[0].source, "policy");
  EXPECT_EQ(outcome.checks[1].expected, to_hex(Bytes(32, 0xee)) + " or " + to_hex(Bytes(32, 10)));
  EXPECT_EQ(outcome.checks[1].actual, to_hex(Bytes(32, 10)));
}

TEST(VtpmRules, RefuseEachRegisterThatDiffers) {
  const AzureClaims azure = quoted();
  for (unsigned pcr = 0; pcr < 24; ++pcr) {
    Bytes other = azure.vtpm_pcrs.at(pcr);
    for (const std::size_t byte : {0U, 15U, 31U}) {
      other[byte] ^= 1;
      const Outcome outcome = appraised(azure, {{pcr, {other}}});
      EXPECT_EQ(outcome.failures, Codes{"vtpm_pcr_not_allowed"}) << pcr;
      ASSERT_EQ(outcome.checks.size(), 1U);
      EXPECT_EQ(outcome.checks[0].status, CheckStatus::fail);
      EXPECT_EQ(outcome.checks[0].actual, to_hex(azure.vtpm_pcrs.at(pcr)));
    }
  }
}

TEST(VtpmRules, TakeNoOtherRegistersValue) {
  EXPECT_EQ(appraised(quoted(), {{4, {Bytes(32, 6)}}}).failures, Codes{"vtpm_pcr_not_allowed"}) << "that of 5";
}

TEST(VtpmRules, TakeNoPrefix) {
  EXPECT_EQ(appraised(quoted(), {{4, {Bytes(31, 5)}}}).failures, Codes{"vtpm_pcr_not_allowed"});
  EXPECT_EQ(appraised(quoted(), {{4, {Bytes(33, 5)}}}).failures, Codes{"vtpm_pcr_not_allowed"});
  EXPECT_EQ(appraised(quoted(), {{4, {Bytes()}}}).failures, Codes{"vtpm_pcr_not_allowed"});
}

TEST(VtpmRules, JudgeEveryPinnedRegister) {
  const Outcome outcome = appraised(quoted(), {{4, {Bytes(32, 5)}}, {9, {Bytes(32)}}, {11, {Bytes(32)}}});
  EXPECT_EQ(outcome.failures, Codes{"vtpm_pcr_not_allowed"});
  ASSERT_EQ(outcome.checks.size(), 3U);
  EXPECT_EQ(outcome.checks[0].status, CheckStatus::pass);
  EXPECT_EQ(outcome.checks[1].status, CheckStatus::fail);
  EXPECT_EQ(outcome.checks[2].status, CheckStatus::fail);
}

// ATTACK(B8): registers count under a verified quote only, and that is where claims have them from.
TEST(VtpmRules, RefuseGuestsWithoutAVerifiedQuote) {
  for (const std::optional<AzureClaims>& azure : {std::optional<AzureClaims>{}, {AzureClaims{}}}) {
    const Outcome outcome = appraised(azure, {{4, {Bytes(32, 5)}}, {9, {Bytes(32)}}});
    EXPECT_EQ(outcome.failures, Codes{"vtpm_quote_missing"});
    ASSERT_EQ(outcome.checks.size(), 1U);
    EXPECT_EQ(outcome.checks[0].id, "vtpm_pcrs");
    EXPECT_EQ(outcome.checks[0].status, CheckStatus::fail);
  }
}

TEST(VtpmRules, RefuseARegisterThatTheQuoteDoesNotHave) {
  AzureClaims azure = quoted();
  azure.vtpm_pcrs.erase(9);
  const Outcome outcome = appraised(azure, {{9, {Bytes(32, 10)}}});
  EXPECT_EQ(outcome.failures, Codes{"vtpm_pcr_not_allowed"});
  EXPECT_EQ(outcome.checks.at(0).actual, "none");
}

}  // namespace
}  // namespace tenzro::tee::test
