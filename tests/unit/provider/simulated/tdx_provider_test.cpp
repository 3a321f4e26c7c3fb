// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/quote.hpp"
#include "made_provider.hpp"
#include "provider/simulated/event_log.hpp"
#include "provider/simulated/platform_providers.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/findings.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::hex_of;
using test::user_data;

TdxClaims claims_of(const AttestationReport& report) {
  const auto quote = tdx::parse_quote(report.evidence);
  EXPECT_TRUE(quote);
  return tdx::tdx_claims(*quote);
}
TdxClaims with(const SimulatedClaims& claims) { return claims_of(test::report_of(Platform::intel_tdx, claims)); }
template <class T>
std::string hex(const T& bytes) {
  return to_hex(bytes);
}

TEST(TdxImitation, IsATdOfToday) {
  test::expect_imitation(Platform::intel_tdx, "Intel TDX (simulated)");
  const TdxClaims claims = with({});
  EXPECT_EQ(claims.quote_version, 4U);
  EXPECT_EQ(claims.mr_td, default_td().mr_td);
  EXPECT_EQ(claims.rtmr, event_log_registers());
  EXPECT_FALSE(claims.debug);
  EXPECT_FALSE(claims.tee_tcb_svn2 || claims.mr_service_td);
}

TEST(TdxImitation, IsAcceptedWithPermission) {
  for (const SimulatedClaims& claims : {SimulatedClaims{}, {{"quote_version", "5"}}, {{"mr_td", hex_of(48, 1)}}}) {
    test::expect_accepted_with_permission(test::report_of(Platform::intel_tdx, claims), test::bound_to_user_data(),
                                          test::bound_to_other_data());
  }
}

TEST(TdxImitation, SaysWhatItIsToldToSay) {
  const std::pair<std::string, std::function<std::string(const TdxClaims&)>> of_48[] = {
      {"mr_seam", [](const TdxClaims& claims) { return hex(claims.mr_seam); }},
      {"mr_td", [](const TdxClaims& claims) { return hex(claims.mr_td); }},
      {"mr_config_id", [](const TdxClaims& claims) { return hex(claims.mr_config_id); }},
      {"mr_owner", [](const TdxClaims& claims) { return hex(claims.mr_owner); }},
      {"mr_owner_config", [](const TdxClaims& claims) { return hex(claims.mr_owner_config); }},
      {"mr_service_td", [](const TdxClaims& claims) { return hex(claims.mr_service_td.value()); }},
      {"rtmr0", [](const TdxClaims& claims) { return hex(claims.rtmr[0]); }},
      {"rtmr1", [](const TdxClaims& claims) { return hex(claims.rtmr[1]); }},
      {"rtmr2", [](const TdxClaims& claims) { return hex(claims.rtmr[2]); }},
      {"rtmr3", [](const TdxClaims& claims) { return hex(claims.rtmr[3]); }}};
  std::uint8_t byte = 0x30;
  std::size_t said = 0;
  for (const auto& [name, read] : of_48) {
    const std::string value = hex_of(48, ++byte);
    EXPECT_EQ(read(with({{name, value}})), value) << name;
    ++said;
  }
  const std::string svn = "0501020304050607" + hex_of(8, 9), attributes = "0000001000000040", xfam = "e71a060000000000";
  EXPECT_EQ(hex(with({{"tee_tcb_svn", svn}}).tee_tcb_svn), svn);
  EXPECT_EQ(hex(with({{"tee_tcb_svn2", svn}}).tee_tcb_svn2.value()), svn);
  EXPECT_EQ(hex(with({{"td_attributes", attributes}}).td_attributes), attributes);
  EXPECT_EQ(hex(with({{"xfam", xfam}}).xfam), xfam);
  EXPECT_EQ(with({{"quote_version", "4"}}).quote_version, 4U);
  EXPECT_EQ(with({{"quote_version", "5"}}).quote_version, 5U);
  said += 5;

  // These two stand in what comes with the quote.
  const auto verdict =
      test::judge(test::report_of(Platform::intel_tdx, {{"fmspc", "10a06f010203"}}), test::bound_to_user_data());
  EXPECT_TRUE(verdict.valid()) << test::words(verdict);
  EXPECT_EQ(hex(std::get<TdxClaims>(*verdict.claims_for_display()).fmspc.value()), "10a06f010203");
  const auto stale =
      test::judge(test::report_of(Platform::intel_tdx, {{"tcb_status", "OutOfDate"}}), test::bound_to_user_data());
  EXPECT_FALSE(stale.valid());
  ASSERT_TRUE(stale.tcb());
  EXPECT_EQ(stale.tcb()->status, TcbStatus::out_of_date);
  said += 2;
  EXPECT_EQ(said, tdx_claim_names().size()) << "every claim that is taken";
}

TEST(TdxImitation, CarriesTheLaterBodyInVersion5) {
  const TdxClaims claims = with({{"quote_version", "5"}, {"tee_tcb_svn", "0501020304050607" + hex_of(8, 9)}});
  EXPECT_EQ(claims.tee_tcb_svn2, claims.tee_tcb_svn) << "the module that launched the TD runs";
  EXPECT_EQ(claims.mr_service_td, (ByteArray<48>{}));
  for (const auto* const name : {"mr_service_td", "tee_tcb_svn2"}) {
    const std::string value = name == std::string("tee_tcb_svn2") ? hex_of(16, 5) : hex_of(48, 5);
    EXPECT_EQ(with({{name, value}}).quote_version, 5U) << name;
    EXPECT_EQ(with({{name, value}, {"quote_version", "5"}}).quote_version, 5U) << name;
    test::expect_claims_refused(Platform::intel_tdx, {{name, value}, {"quote_version", "4"}}, "of version 5 only");
  }
}

TEST(TdxImitation, RefusesClaimsOfWrongForm) {
  for (const auto* const version : {"3", "6", "", "five", "05x"}) {
    test::expect_claims_refused(Platform::intel_tdx, {{"quote_version", version}}, "quote_version");
  }
  for (const auto* const status : {"", "uptodate", "OutOfDate ", "Fine"}) {
    test::expect_claims_refused(Platform::intel_tdx, {{"tcb_status", status}}, "no status of Intel's TCB levels");
  }
  for (const std::size_t size : {0U, 47U, 49U, 64U}) {
    test::expect_claims_refused(Platform::intel_tdx, {{"mr_td", hex_of(size, 1)}}, "is not 96 hex digits");
    test::expect_claims_refused(Platform::intel_tdx, {{"mr_service_td", hex_of(size, 1)}}, "is not 96 hex digits");
  }
  test::expect_claims_refused(Platform::intel_tdx, {{"fmspc", hex_of(5, 1)}}, "is not 12 hex digits");
  test::expect_claims_refused(Platform::intel_tdx, {{"measurement", hex_of(48, 1)}}, "there is none of this name");
  test::expect_claims_refused(Platform::intel_tdx, {{"report_data", hex_of(64, 1)}}, "there is none of this name");
}

TEST(TdxImitation, RefusesWhatATdDoesNotSign) {
  test::expect_request_refused(Platform::intel_tdx, {test::nonce_of_size(32)});
  test::expect_request_refused(Platform::intel_tdx, {user_data(), test::nonce_of_size(32)});
  test::expect_request_refused(Platform::intel_tdx, test::with_public_key({user_data()}));
}

TEST(TdxImitation, EnclosesTheEventLogWhereItIsAsked) {
  EXPECT_TRUE(test::report_of(Platform::intel_tdx).event_log.empty());
  EXPECT_EQ(test::report_of(Platform::intel_tdx, {}, test::with_event_log({user_data()})).event_log, event_log());
}

TEST(TdxImitation, SignsTheReportData) {
  const AttestationReport report = test::report_of(Platform::intel_tdx);
  const auto quote = tdx::parse_quote(report.evidence);
  ASSERT_TRUE(quote);
  EXPECT_EQ(hex(tdx::report_data(*quote)), hex(user_data().bytes()));
  EXPECT_EQ(report.report_data_hex, hex(user_data().bytes()));
}

TEST(TdxImitation, IsATdInDebugModeWhereItIsTold) {
  const AttestationReport report = test::report_of(Platform::intel_tdx, {{"td_attributes", "0100001000000000"}});
  EXPECT_TRUE(claims_of(report).debug);
  EXPECT_FALSE(test::judge(report, test::bound_to_user_data()).valid());
}

}  // namespace
}  // namespace tenzro::tee::simulated
