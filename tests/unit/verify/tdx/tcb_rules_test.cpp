// SPDX-License-Identifier: Apache-2.0
// What a policy makes of a TCB assessment, member by member.
#include "verify/tdx/tcb_rules.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::tdx {
namespace {

constexpr UtcTime kAt{std::chrono::days{20'000}};
constexpr std::chrono::days kDay{1};

TcbAssessment assessed(TcbStatus status, TcbStatus platform = TcbStatus::up_to_date) {
  TcbAssessment out;
  out.launch.status = out.verdict.status = status;
  out.launch.platform_status = platform;
  out.verdict.date = kAt - kDay;
  out.verdict.evaluation_data_number = 17;
  return out;
}

/// The codes of what fails.
std::string told(const TcbAssessment& assessment, const TdxRules& rules) {
  Appraisal out(demanded_by::kPolicy);
  appraise_tcb(out, assessment, kAt, tcb_rules_of(rules));
  VerdictBuilder verdict(kAt);
  std::move(out).report_to(verdict);
  std::string codes;
  const VerificationResult result = std::move(verdict).finish(true, false);
  for (const Finding& failure : result.failures()) {
    if (failure.code != "verification_incomplete") {
      codes += (codes.empty() ? "" : ",") + failure.code;
    }
  }
  return codes;
}

TEST(TcbGrace, IsForWhatIsOutOfDateAndWasGood) {
  TdxRules rules;
  rules.tcb_grace = std::chrono::days{30};
  TcbAssessment old = assessed(TcbStatus::out_of_date);
  EXPECT_EQ(told(old, rules), "tcb_out_of_date") << "nobody knows since when";
  old.launch.superseded_at = kAt - 29 * kDay;
  EXPECT_EQ(told(old, rules), "");
  old.launch.superseded_at = kAt - 30 * kDay;
  EXPECT_EQ(told(old, rules), "tcb_out_of_date") << "over";
  // Other statuses are not of age alone.
  for (const TcbStatus status : {TcbStatus::out_of_date_configuration_needed, TcbStatus::configuration_needed,
                                 TcbStatus::sw_hardening_needed, TcbStatus::revoked}) {
    TcbAssessment other = assessed(status);
    other.launch.superseded_at = kAt - kDay;
    EXPECT_NE(told(other, rules), "") << to_string(status);
  }
  TcbAssessment never_good = assessed(TcbStatus::out_of_date, TcbStatus::configuration_needed);
  never_good.launch.superseded_at = kAt - kDay;
  EXPECT_EQ(told(never_good, rules), "tcb_out_of_date");
}

TEST(TcbStatuses, ThatNeverPassDoNotWhateverTheLaunchWas) {
  TcbAssessment revoked = assessed(TcbStatus::up_to_date);
  EXPECT_EQ(told(revoked, {}), "");
  revoked.verdict.status = TcbStatus::revoked;
  EXPECT_EQ(told(revoked, {}), "tcb_revoked");
}

// Grace is what made it pass only where no rule names the status.
TEST(TcbGrace, IsSpokenOfWhereItIsWhatMadeItPass) {
  const auto warned = [](const TcbAssessment& assessment, const TdxRules& rules) {
    Appraisal out(demanded_by::kPolicy);
    appraise_tcb(out, assessment, kAt, tcb_rules_of(rules));
    VerdictBuilder verdict(kAt);
    std::move(out).report_to(verdict);
    const VerificationResult result = std::move(verdict).finish(true, false);
    return result.warnings().empty() ? std::string() : result.warnings().front().message;
  };
  TdxRules rules;
  rules.tcb_grace = std::chrono::days{30};
  TcbAssessment old = assessed(TcbStatus::out_of_date);
  old.launch.superseded_at = kAt - kDay;
  EXPECT_EQ(warned(old, rules), "the platform's TCB is OutOfDate, within its grace period");
  rules.tcb_status = {TcbStatus::out_of_date};
  EXPECT_EQ(warned(old, rules), "the platform's TCB is OutOfDate");
}

TEST(TcbMinimum, IsNotMetByWhatHasNoDateOrNumber) {
  TdxRules rules;
  rules.min_tcb_date = kAt - kDay;
  rules.min_tcb_eval_number = 17;
  TcbAssessment good = assessed(TcbStatus::up_to_date);
  EXPECT_EQ(told(good, rules), "");
  good.verdict.date = kAt - 2 * kDay;
  EXPECT_EQ(told(good, rules), "tcb_date_too_old");
  good.verdict.date.reset();
  EXPECT_EQ(told(good, rules), "tcb_date_too_old");
  good = assessed(TcbStatus::up_to_date);
  good.verdict.evaluation_data_number = 16;
  EXPECT_EQ(told(good, rules), "evaluation_data_number_too_low");
  good.verdict.evaluation_data_number.reset();
  EXPECT_EQ(told(good, rules), "evaluation_data_number_too_low");
}

}  // namespace
}  // namespace tenzro::tee::tdx
