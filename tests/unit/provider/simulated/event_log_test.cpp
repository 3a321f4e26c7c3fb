// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/event_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "made_provider.hpp"
#include "measure/tdx/event_log.hpp"
#include "support/findings.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::judge;

AttestationReport logged_report(const SimulatedClaims& claims = {}) {
  return test::report_of(Platform::intel_tdx, claims, test::with_event_log({test::user_data()}));
}

TEST(SimulatedEventLog, IsALogOfFirmwareToOurReader) {
  const Bytes bytes = event_log();
  EXPECT_TRUE(tdx::looks_like_ccel(bytes));
  const auto log = tdx::parse_event_log(bytes);
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ(log->form, tdx::EventLogForm::ccel);
  EXPECT_EQ(log->events.size(), 8U);
  EXPECT_EQ(log->unread_bytes, 0U);
  EXPECT_TRUE(tdx::has_usual_separators(*log));
  for (const tdx::LoggedEvent& event : log->events) {
    EXPECT_TRUE(event.extends());
    EXPECT_FALSE(tdx::event_type_name(event.type).empty());
    ASSERT_TRUE(event.digest);
    EXPECT_EQ(*event.digest, crypto::sha384(event.data));
  }
  EXPECT_EQ(event_log(), bytes) << "always the same";
}

TEST(SimulatedEventLog, LeadsToItsRegisters) {
  const Bytes bytes = event_log();
  const auto log = tdx::parse_event_log(bytes);
  ASSERT_TRUE(log);
  const auto registers = event_log_registers();
  EXPECT_EQ(tdx::replay(*log), registers);
  for (const std::size_t rtmr : {0U, 1U, 2U}) {
    EXPECT_NE(registers.at(rtmr), ByteArray<48>{}) << rtmr;
  }
  EXPECT_EQ(registers[3], ByteArray<48>{}) << "left to applications";
}

TEST(SimulatedEventLog, IsAcceptedWithTheQuoteOfTheSameMachine) {
  const AttestationReport report = logged_report();
  EXPECT_EQ(report.event_log, event_log());
  const VerificationResult verdict = judge(report, test::bound_to_user_data());
  EXPECT_TRUE(verdict.valid()) << test::words(verdict);
}

TEST(SimulatedEventLog, IsRefusedWhereARegisterSaysOtherwise) {
  for (const auto* const rtmr : {"rtmr0", "rtmr1", "rtmr2", "rtmr3"}) {
    const VerificationResult verdict =
        judge(logged_report({{rtmr, test::hex_of(48, 0xee)}}), test::bound_to_user_data());
    EXPECT_EQ(test::codes_in(verdict.failures()), test::Codes{"event_log_mismatch"}) << rtmr;
    std::string name(rtmr);
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    EXPECT_NE(test::words(verdict).find(name), std::string::npos) << test::words(verdict);
  }
  EXPECT_TRUE(
      judge(test::report_of(Platform::intel_tdx, {{"rtmr0", test::hex_of(48, 0xee)}}), test::bound_to_user_data())
          .valid())
      << "without a log there is nothing to compare";
}

}  // namespace
}  // namespace tenzro::tee::simulated
