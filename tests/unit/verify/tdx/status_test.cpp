// SPDX-License-Identifier: Apache-2.0
// Every TCB status, end to end: what passes by default, what a policy may allow, what nothing can allow.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "made/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

Policy allowing(std::vector<TcbStatus> statuses) {
  PolicyRules rules;
  TdxRules tdx;
  tdx.tcb_status = std::move(statuses);
  rules.any_of.emplace_back(tdx);
  return *Policy::from_rules(rules);
}

/// Every status that a policy may list.
Policy lenient() {
  return allowing({TcbStatus::up_to_date, TcbStatus::sw_hardening_needed, TcbStatus::configuration_needed,
                   TcbStatus::configuration_and_sw_hardening_needed, TcbStatus::out_of_date,
                   TcbStatus::out_of_date_configuration_needed, TcbStatus::td_relaunch_advised,
                   TcbStatus::td_relaunch_advised_configuration_needed});
}

struct StatusCase {
  std::string platform, module, qe;  // in the vendor's words
  TcbStatus status;
  std::string code;  // empty: passes by default
};
void PrintTo(const StatusCase& one, std::ostream* out) { *out << one.platform << "+" << one.module << "+" << one.qe; }

class TcbStatuses : public testing::TestWithParam<StatusCase> {};

// ATTACK(T8): only UpToDate passes by default.
TEST_P(TcbStatuses, PassOnlyAsTheyMay) {
  const StatusCase& one = GetParam();
  IntelStage stage;
  stage.collateral.tcb_status = one.platform;
  stage.collateral.module_status = one.module;
  stage.collateral.qe_status = one.qe;

  const VerificationResult strict = stage.judge();
  ASSERT_TRUE(strict.tcb().has_value()) << describe(strict);
  EXPECT_EQ(strict.tcb()->status, one.status);
  const VerificationResult allowed = stage.judge(stage.options().with_policy(lenient()));
  if (one.code.empty()) {
    expect_accepted(strict);
    expect_accepted(allowed);
    return;
  }
  expect_refused(strict, "tcb", one.code);
  if (one.status == TcbStatus::revoked) {
    expect_refused(allowed, "tcb", one.code);
    EXPECT_EQ(allowed.policy_verified(), false);
    return;
  }
  expect_accepted(allowed);
  EXPECT_TRUE(has_warning(allowed, one.code));
  // Listing another status does not help.
  const TcbStatus other =
      one.status == TcbStatus::out_of_date ? TcbStatus::sw_hardening_needed : TcbStatus::out_of_date;
  expect_refused(stage.judge(stage.options().with_policy(allowing({TcbStatus::up_to_date, other}))), "tcb", one.code);
}

INSTANTIATE_TEST_SUITE_P(
    All, TcbStatuses,
    testing::Values(StatusCase{"UpToDate", "UpToDate", "UpToDate", TcbStatus::up_to_date, ""},
                    StatusCase{"SWHardeningNeeded", "UpToDate", "UpToDate", TcbStatus::sw_hardening_needed,
                               "tcb_sw_hardening_needed"},
                    StatusCase{"ConfigurationNeeded", "UpToDate", "UpToDate", TcbStatus::configuration_needed,
                               "tcb_configuration_needed"},
                    StatusCase{"ConfigurationAndSWHardeningNeeded", "UpToDate", "UpToDate",
                               TcbStatus::configuration_and_sw_hardening_needed,
                               "tcb_configuration_and_sw_hardening_needed"},
                    StatusCase{"OutOfDate", "UpToDate", "UpToDate", TcbStatus::out_of_date, "tcb_out_of_date"},
                    StatusCase{"OutOfDateConfigurationNeeded", "UpToDate", "UpToDate",
                               TcbStatus::out_of_date_configuration_needed, "tcb_out_of_date_configuration_needed"},
                    StatusCase{"Revoked", "UpToDate", "UpToDate", TcbStatus::revoked, "tcb_revoked"},
                    StatusCase{"UpToDate", "OutOfDate", "UpToDate", TcbStatus::out_of_date, "tcb_out_of_date"},
                    StatusCase{"SWHardeningNeeded", "OutOfDate", "UpToDate", TcbStatus::out_of_date, "tcb_out_of_date"},
                    StatusCase{"ConfigurationNeeded", "OutOfDate", "UpToDate",
                               TcbStatus::out_of_date_configuration_needed, "tcb_out_of_date_configuration_needed"},
                    StatusCase{"ConfigurationAndSWHardeningNeeded", "UpToDate", "OutOfDate",
                               TcbStatus::out_of_date_configuration_needed, "tcb_out_of_date_configuration_needed"},
                    StatusCase{"UpToDate", "UpToDate", "OutOfDate", TcbStatus::out_of_date, "tcb_out_of_date"},
                    StatusCase{"UpToDate", "Revoked", "UpToDate", TcbStatus::revoked, "tcb_revoked"},
                    StatusCase{"OutOfDate", "UpToDate", "Revoked", TcbStatus::revoked, "tcb_revoked"}));

// ATTACK(T3): a quoting enclave below its identity's lowest level.
TEST(TcbStatus, RefusesAQuotingEnclaveBelowEveryLevel) {
  IntelStage stage;
  const auto documents = stage.made_documents();
  stage.quote.qe.isv_svn = 1;  // the identity knows 6 and 5
  stage.documents = documents;
  expect_refused(stage.judge(), "tcb", "tcb_not_supported");
  expect_refused(stage.judge(stage.options().with_policy(lenient())), "tcb", "tcb_not_supported");
}

TEST(TcbStatus, RefusesAPlatformBelowEveryLevel) {
  IntelStage stage;
  stage.documents = stage.made_documents();
  stage.quote.pck.pce_svn = 1;
  expect_refused(stage.judge(), "tcb", "tcb_not_supported");
}

// ATTACK(T9): a module whose SVN is too low, and one that nobody knows.
TEST(TcbStatus, RefusesAnOldOrUnknownModule) {
  IntelStage stage;
  stage.documents = stage.made_documents();
  stage.quote.td.tee_tcb_svn[0] = 1;  // the identity knows 5 and 4
  expect_refused(stage.judge(), "tcb", "tcb_not_supported");

  IntelStage unknown;
  unknown.documents = unknown.made_documents();
  unknown.quote.td.tee_tcb_svn[1] = 9;
  const VerificationResult verdict = unknown.judge();
  EXPECT_TRUE(has_failure(verdict, "platform", "tdx_module_unknown")) << describe(verdict);
  EXPECT_FALSE(verdict.platform_verified());
}

TEST(TcbStatus, OutOfDateReportsItsAdvisories) {
  IntelStage stage;
  stage.documents = stage.made_documents();
  stage.quote.td.tee_tcb_svn[0] = 4;
  const VerificationResult verdict = stage.judge();
  expect_refused(verdict, "tcb", "tcb_out_of_date");
  EXPECT_EQ(verdict.tcb()->advisory_ids, std::vector<std::string>{"INTEL-SA-00001"});
}

IntelStage relaunched(std::uint8_t launch_svn, std::uint8_t current_svn, std::string platform_status = "UpToDate") {
  IntelStage stage;
  stage.quote.version = 5;
  stage.quote.body_type = tdx::BodyType::td_report_15;
  stage.quote.td.tee_tcb_svn2 = stage.quote.td.tee_tcb_svn;
  stage.quote.td.mr_service_td = ByteArray<48>{};
  stage.collateral.tcb_status = std::move(platform_status);
  stage.documents = stage.made_documents();  // module SVN 5 is UpToDate, 4 OutOfDate
  stage.quote.td.tee_tcb_svn[0] = launch_svn;
  (*stage.quote.td.tee_tcb_svn2)[0] = current_svn;
  return stage;
}

TEST(TcbStatus, AdvisesToRelaunchATdWhoseModuleWasUpdatedUnderneath) {
  const IntelStage stage = relaunched(4, 5);
  const VerificationResult verdict = stage.judge();
  expect_refused(verdict, "tcb", "tcb_td_relaunch_advised");
  EXPECT_EQ(verdict.tcb()->launch_status, TcbStatus::out_of_date);
  EXPECT_EQ(verdict.tcb()->current_status, TcbStatus::up_to_date);
  expect_accepted(stage.judge(stage.options().with_policy(allowing({TcbStatus::td_relaunch_advised}))));

  expect_refused(relaunched(4, 5, "ConfigurationNeeded").judge(), "tcb",
                 "tcb_td_relaunch_advised_configuration_needed");
  expect_refused(relaunched(4, 4).judge(), "tcb", "tcb_out_of_date");
  expect_accepted(relaunched(5, 5).judge());
  expect_refused(relaunched(5, 1).judge(), "tcb", "tcb_not_supported");
  expect_refused(relaunched(1, 5).judge(), "tcb", "tcb_not_supported");
}

TEST(TcbStatus, JudgesEveryBodyType) {
  for (const auto& [version, type] :
       std::vector<std::pair<std::uint16_t, tdx::BodyType>>{{4, tdx::BodyType::td_report_10},
                                                            {5, tdx::BodyType::td_report_10},
                                                            {5, tdx::BodyType::td_report_15},
                                                            {5, tdx::BodyType::td_report_15_extended}}) {
    IntelStage stage;
    stage.quote.version = version;
    stage.quote.body_type = type;
    if (type >= tdx::BodyType::td_report_15) {
      stage.quote.td.tee_tcb_svn2 = stage.quote.td.tee_tcb_svn;
      stage.quote.td.mr_service_td = ByteArray<48>{};
    }
    const VerificationResult verdict = stage.judge();
    expect_accepted(verdict);
    EXPECT_EQ(verdict.tcb()->current_status.has_value(), type >= tdx::BodyType::td_report_15);
  }
  for (const std::uint16_t version : std::vector<std::uint16_t>{3, 4, 5}) {
    IntelStage stage;
    stage.quote = simulated::sgx_quote_spec();
    stage.quote.version = version;
    expect_accepted(stage.judge());
  }
}

TEST(TcbStatus, GracePeriodCountsFromTheNewerLevel) {
  IntelStage stage;
  stage.documents = stage.made_documents();  // the newer level dates from 2024-03-13
  stage.quote.td.tee_tcb_svn[0] = 4;
  PolicyRules rules;
  TdxRules tdx;
  const auto since = std::chrono::ceil<std::chrono::days>(kNow - *from_rfc3339("2024-03-13T00:00:00Z"));
  tdx.tcb_grace = since + std::chrono::days{1};
  rules.any_of.emplace_back(tdx);
  expect_accepted(stage.judge(stage.options().with_policy(*Policy::from_rules(rules))));
  std::get<TdxRules>(rules.any_of[0]).tcb_grace = since - std::chrono::days{1};
  expect_refused(stage.judge(stage.options().with_policy(*Policy::from_rules(rules))), "tcb", "tcb_out_of_date");
}

Policy graceful(std::chrono::days grace) {
  PolicyRules rules;
  TdxRules tdx;
  tdx.tcb_grace = grace;
  rules.any_of.emplace_back(tdx);
  return *Policy::from_rules(rules);
}

// A host must not get in by running something older beside a platform that was refused before.
TEST(TcbStatus, GraceMakesNothingPassThatWasNotGoodBefore) {
  const std::chrono::days forever{36'500};
  IntelStage hardening;
  hardening.collateral.tcb_status = "SWHardeningNeeded";
  expect_refused(hardening.judge(hardening.options().with_policy(graceful(forever))), "tcb", "tcb_sw_hardening_needed");
  hardening.documents = hardening.made_documents();
  hardening.quote.qe.isv_svn = 5;  // out of date, superseded by 6
  expect_refused(hardening.judge(hardening.options().with_policy(graceful(forever))), "tcb", "tcb_out_of_date");

  IntelStage newest;  // the newest level itself is out of date: nothing superseded it
  newest.collateral.tcb_status = "OutOfDate";
  newest.documents = newest.made_documents();
  expect_refused(newest.judge(newest.options().with_policy(graceful(forever))), "tcb", "tcb_out_of_date");
  newest.quote.qe.isv_svn = 5;
  expect_refused(newest.judge(newest.options().with_policy(graceful(forever))), "tcb", "tcb_out_of_date");
}

TEST(TcbStatus, AVerdictInGraceEndsWithIt) {
  IntelStage stage;
  stage.documents = stage.made_documents();
  stage.quote.qe.isv_svn = 5;  // superseded 2024-03-13
  const auto since = std::chrono::ceil<std::chrono::days>(kNow - *from_rfc3339("2024-03-13T00:00:00Z"));
  const VerificationResult verdict = stage.judge(stage.options().with_policy(graceful(since)));
  expect_accepted(verdict);
  EXPECT_EQ(verdict.valid_until(), *from_rfc3339("2024-03-13T00:00:00Z") + since);
}

// Intel lets the launch status stand; what runs now must be good enough all the same, and its advisories count.
TEST(TcbStatus, RefusesAModuleThatIsWorseNowThanAtLaunch) {
  const IntelStage stage = relaunched(5, 4);
  const VerificationResult verdict = stage.judge();
  expect_refused(verdict, "tcb", "tcb_out_of_date");
  EXPECT_EQ(verdict.tcb()->status, TcbStatus::up_to_date);
  EXPECT_EQ(verdict.tcb()->current_status, TcbStatus::out_of_date);
  EXPECT_EQ(verdict.tcb()->advisory_ids, std::vector<std::string>{"INTEL-SA-00001"});
  expect_accepted(stage.judge(stage.options().with_policy(lenient())));
}

// ATTACK(T6): a policy's minimum number applies to whatever the source.
TEST(TcbStatus, PolicyMinimaApply) {
  IntelStage stage;
  PolicyRules rules;
  TdxRules tdx;
  tdx.min_tcb_eval_number = 18;
  tdx.min_tcb_date = *from_rfc3339("2025-01-01T00:00:00Z");
  rules.any_of.emplace_back(tdx);
  const VerificationResult verdict = stage.judge(stage.options().with_policy(*Policy::from_rules(rules)));
  EXPECT_TRUE(has_failure(verdict, "policy", "evaluation_data_number_too_low"));
  EXPECT_TRUE(has_failure(verdict, "policy", "tcb_date_too_old"));
  EXPECT_EQ(verdict.failures().size(), 2U);
}

TEST(TcbStatus, AdvisoriesOutsideTheAllowListAreRefused) {
  IntelStage stage;
  stage.collateral.tcb_status = "SWHardeningNeeded";
  stage.collateral.advisory_ids = {"INTEL-SA-00615", "INTEL-SA-00289"};
  PolicyRules rules;
  TdxRules tdx;
  tdx.tcb_status = std::vector{TcbStatus::sw_hardening_needed};
  tdx.allow_advisories = std::vector<std::string>{"INTEL-SA-00615", "INTEL-SA-00289"};
  rules.any_of.emplace_back(tdx);
  const VerificationResult allowed = stage.judge(stage.options().with_policy(*Policy::from_rules(rules)));
  expect_accepted(allowed);
  EXPECT_EQ(allowed.tcb()->advisory_ids, (std::vector<std::string>{"INTEL-SA-00289", "INTEL-SA-00615"}));
  std::get<TdxRules>(rules.any_of[0]).allow_advisories = std::vector<std::string>{"INTEL-SA-00615"};
  expect_refused(stage.judge(stage.options().with_policy(*Policy::from_rules(rules))), "policy",
                 "advisory_not_allowed");
}

}  // namespace
}  // namespace tenzro::tee::test
