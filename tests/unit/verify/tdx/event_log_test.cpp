// SPDX-License-Identifier: Apache-2.0
// An event log beside a quote: it must lead to the quote's registers, and events may be demanded of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "made/event_log.hpp"
#include "made/simulated_intel.hpp"
#include "verify/tdx/event_log.hpp"

namespace tenzro::tee::test {
namespace {

Policy one_entry(TdxRules rules) {
  PolicyRules policy;
  policy.any_of.emplace_back(std::move(rules));
  return *Policy::from_rules(std::move(policy));
}

/// A TD that booted as the made log says.
class LoggedStage {
 public:
  IntelStage stage;
  MadeLog log = made_boot();

  LoggedStage() { stage.quote.td.rtmr = log.registers(); }
  VerificationResult judge(const Bytes& bytes, const TdxRules* rules = nullptr) const {
    AttestationReport report = stage.report();
    report.event_log = bytes;
    const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
    return verifier.verify(report, rules == nullptr ? stage.options() : stage.options().with_policy(one_entry(*rules)));
  }
  VerificationResult judge(const TdxRules* rules = nullptr) const { return judge(log.bytes(), rules); }
};

std::vector<std::string> codes_of(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(finding.check + "/" + finding.code);
  }
  return out;
}

const Check* find_check(const VerificationResult& verdict, std::string_view id) {
  const auto found = std::find_if(verdict.checks().begin(), verdict.checks().end(),
                                  [id](const Check& check) { return check.id == id; });
  return found == verdict.checks().end() ? nullptr : &*found;
}

void expect_mismatch(const VerificationResult& verdict, std::size_t rtmr) {
  expect_refused(verdict, "event_log", "event_log_mismatch");
  EXPECT_TRUE(verdict.failures().front().message.starts_with("RTMR" + std::to_string(rtmr) + " is "))
      << verdict.failures().front().message;
}

TEST(EventLogVerdict, ALogThatReplaysIsAccepted) {
  const LoggedStage td;
  const VerificationResult verdict = td.judge();
  expect_accepted(verdict);
  EXPECT_EQ(codes_of(verdict.warnings()), std::vector<std::string>{"freshness/replay_not_ruled_out"});
  for (const std::string rtmr : {"0", "1", "2", "3"}) {
    const Check* check = find_check(verdict, "event_log.rtmr" + rtmr);
    ASSERT_NE(check, nullptr);
    EXPECT_EQ(check->status, CheckStatus::pass);
    EXPECT_EQ(check->expected, check->actual);
  }
  EXPECT_EQ(find_check(td.stage.judge(), "event_log"), nullptr);
}

// ATTACK(B8): a log of another boot.
TEST(EventLogVerdict, EachRegisterThatDoesNotReplayIsNamed) {
  for (std::size_t rtmr = 0; rtmr < 4; ++rtmr) {
    SCOPED_TRACE(rtmr);
    LoggedStage td;
    td.stage.quote.td.rtmr[rtmr][47] ^= 1;
    expect_mismatch(td.judge(), rtmr);
    const TdxRules nothing_pinned;
    expect_mismatch(td.judge(&nothing_pinned), rtmr);
  }
  LoggedStage none;
  none.stage.quote.td.rtmr = {};
  EXPECT_EQ(codes_of(none.judge().failures()), std::vector<std::string>(4, "event_log/event_log_mismatch"));
}

// ATTACK(B8): the named attacks on a log.
TEST(EventLogVerdict, EveryOtherStoryIsRefused) {
  const LoggedStage td;
  const auto refused = [&td](auto change) {
    MadeLog log = td.log;
    change(log.events);
    const VerificationResult verdict = td.judge(log.bytes());
    EXPECT_FALSE(verdict.valid());
    EXPECT_TRUE(has_failure(verdict, "event_log", "event_log_mismatch")) << describe(verdict);
  };
  refused([](auto& events) { events[2].index = 2; });                               // a separator moved
  refused([](auto& events) { events[5].index = 3; });                               // a kernel moved
  refused([](auto& events) { events.pop_back(); });                                 // the last one removed
  refused([](auto& events) { events.erase(events.begin() + 5); });                  // the kernel removed
  refused([](auto& events) { events.push_back({3, 0xd, bytes_of("innocent")}); });  // one appended
  refused([](auto& events) { std::swap(events[3], events[5]); });                   // another order
  refused([](auto& events) { events[5].type = 3; });                                // said to be no extend
  refused([](auto& events) { events[0].index = 1, events[0].type = 1; });           // said to be an extend
}

TEST(EventLogVerdict, LateRegistersMayBePinnedInstead) {
  for (const std::size_t rtmr : {2U, 3U}) {
    SCOPED_TRACE(rtmr);
    LoggedStage td;
    td.stage.quote.td.rtmr[rtmr] = ByteArray<48>{0x77};  // extended after the log was closed
    TdxRules rules;
    (rtmr == 2 ? rules.rtmr2 : rules.rtmr3) = std::vector{ByteArray<48>{0x77}};
    const VerificationResult pinned = td.judge(&rules);
    expect_accepted(pinned);
    EXPECT_TRUE(has_warning(pinned, "event_log_incomplete"));
    EXPECT_EQ(find_check(pinned, "event_log.rtmr" + std::to_string(rtmr))->status, CheckStatus::skipped);
    (rtmr == 2 ? rules.rtmr2 : rules.rtmr3) = std::vector{ByteArray<48>{0x78}};
    expect_refused(td.judge(&rules), "policy", "rtmr" + std::to_string(rtmr) + "_not_allowed");
    // Pinning the other one does not help.
    TdxRules other;
    (rtmr == 2 ? other.rtmr3 : other.rtmr2) = std::vector{td.log.registers()[5 - rtmr]};
    expect_mismatch(td.judge(&other), rtmr);
  }
  // What firmware and loader started cannot be excused.
  for (const std::size_t rtmr : {0U, 1U}) {
    LoggedStage td;
    td.stage.quote.td.rtmr[rtmr] = ByteArray<48>{0x77};
    TdxRules rules;
    (rtmr == 0 ? rules.rtmr0 : rules.rtmr1) = std::vector{ByteArray<48>{0x77}};
    expect_mismatch(td.judge(&rules), rtmr);
  }
}

TEST(EventLogVerdict, MalformedLogsAreRefused) {
  const LoggedStage td;
  const Bytes whole = td.log.bytes();
  for (const Bytes& bytes : {Bytes{1}, Bytes(100), Bytes(whole.begin(), whole.end() - 30), bytes_of("[]"),
                             bytes_of("{}"), Bytes(kMaxEventLog + 1)}) {
    expect_refused(td.judge(bytes), "event_log", "event_log_malformed");
  }
}

TEST(EventLogVerdict, UnusualSeparatorsAreAWarning) {
  LoggedStage td;
  td.log.events.push_back({3, 4, Bytes(4)});
  td.stage.quote.td.rtmr = td.log.registers();
  const VerificationResult verdict = td.judge();
  expect_accepted(verdict);
  EXPECT_TRUE(has_warning(verdict, "event_log_separators"));
}

TEST(EventLogVerdict, EnclavesHaveNoRegistersToReplay) {
  LoggedStage td;
  td.stage.quote = simulated::sgx_quote_spec();
  expect_refused(td.judge(), "event_log", "event_log_not_supported");
}

TEST(EventLogVerdict, ApplicationEventsAreReportedAsSuch) {
  LoggedStage td;
  td.stage.quote.td.rtmr = application_registers();
  auto list = made_application_log();
  const VerificationResult verdict = td.judge(bytes_of(list.dump()));
  expect_accepted(verdict);
  ASSERT_TRUE(has_warning(verdict, "event_log_application_events"));
  const Check* check = find_check(verdict, "event_log.application_events");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->actual, "2: RTMR3 \"app-id\", RTMR3 \"system-ready\"");
  // ATTACK(H6): names are the guest's; and a payload that was not measured is said to be none.
  list.back()["event"] = "\x1b[2J\nPASSED";
  const VerificationResult lied = td.judge(bytes_of(list.dump()));
  expect_accepted(lied);
  EXPECT_EQ(find_check(lied, "event_log.application_events")->actual,
            "2: RTMR3 \"app-id\", RTMR3 \"\\x1b[2J\\x0aPASSED\" (its name and payload are not what was measured)");
}

EventLogRule kernel_rule() { return {1, 0x80000003, {crypto::sha384(bytes_of("the kernel itself"))}}; }

TEST(EventLogRules, FindTheirEvent) {
  const LoggedStage td;
  TdxRules rules;
  rules.event_log = std::vector{kernel_rule()};
  expect_accepted(td.judge(&rules));
  rules.event_log->front().digests.insert(rules.event_log->front().digests.begin(), ByteArray<48>{1});
  expect_accepted(td.judge(&rules));
  rules.event_log->push_back({3, 6, {crypto::sha384(bytes_of("a container"))}});
  const VerificationResult both = td.judge(&rules);
  expect_accepted(both);
  EXPECT_EQ(both.policy_verified(), true);
  ASSERT_NE(find_check(both, "event_log[1]"), nullptr);
  EXPECT_EQ(find_check(both, "event_log[1]")->status, CheckStatus::pass);
}

TEST(EventLogRules, RefuseWithoutTheirEvent) {
  const LoggedStage td;
  const auto refused = [&td](const EventLogRule& rule) {
    TdxRules rules;
    rules.event_log = std::vector{kernel_rule(), rule};
    const VerificationResult verdict = td.judge(&rules);
    expect_refused(verdict, "policy", "event_log_event_missing");
    EXPECT_EQ(verdict.failures().size(), 1U);
    EXPECT_EQ(verdict.policy_verified(), false);
  };
  EventLogRule other = kernel_rule();
  other.digests = {ByteArray<48>{1}};
  refused(other);
  other = kernel_rule();
  other.rtmr = 2;
  refused(other);
  other = kernel_rule();
  other.event_type = 0x80000004;
  refused(other);
  // In the log, and never measured.
  refused({0, 0x80000001, {crypto::sha384(bytes_of("firmware says hello"))}});
}

// ATTACK(B8): an event in a log that is not this TD's, in a register that a pin excuses, or said to be no extend.
TEST(EventLogRules, CountOnlyEventsOfARegisterThatReplays) {
  LoggedStage td;
  TdxRules rules;
  rules.event_log = std::vector{kernel_rule()};
  expect_refused(td.stage.judge(td.stage.options().with_policy(one_entry(rules))), "policy", "event_log_missing");
  EXPECT_TRUE(has_failure(td.judge(Bytes{1}, &rules), "policy", "event_log_missing"));

  rules.event_log = std::vector{EventLogRule{3, 6, {crypto::sha384(bytes_of("a container"))}}};
  expect_accepted(td.judge(&rules));
  td.stage.quote.td.rtmr[3] = ByteArray<48>{0x77};
  rules.rtmr3 = std::vector{ByteArray<48>{0x77}};
  expect_refused(td.judge(&rules), "policy", "event_log_event_missing");

  LoggedStage without;
  without.log.events[5].type = 3;
  without.stage.quote.td.rtmr = without.log.registers();
  TdxRules kernel;
  kernel.event_log = std::vector{kernel_rule()};
  expect_refused(without.judge(&kernel), "policy", "event_log_event_missing");
}

// Policies with such a rule are refused, and so are logs with such an event; the judge does not count on either.
TEST(EventLogRules, AreMetByNothingThatExtendsNoRegister) {
  const ByteArray<48> digest = crypto::sha384(bytes_of("never measured"));
  const auto met = [](const tdx::LoggedEvent& event, const EventLogRule& rule) {
    tdx::JudgedEventLog log{};
    log.log.events = {event};
    TdxRules rules;
    rules.event_log = std::vector{rule};
    Appraisal appraisal(demanded_by::kPolicy);
    tdx::appraise_event_log(appraisal, &log, rules);
    VerdictBuilder verdict(kNow);
    std::move(appraisal).report_to(verdict);
    return codes_of(std::move(verdict).finish(false, false).failures());
  };
  const std::vector<std::string> missing = {"policy/event_log_event_missing"};
  EXPECT_NE(met({0, 4, digest, {}, {}}, {0, 4, {digest}}), missing);
  EXPECT_EQ(met({0, 3, digest, {}, {}}, {0, 3, {digest}}), missing);
  EXPECT_EQ(met({0, 4, std::nullopt, {}, {}}, {0, 4, {digest}}), missing);
  EXPECT_EQ(met({std::nullopt, 4, digest, {}, {}}, {0, 4, {digest}}), missing);
}

}  // namespace
}  // namespace tenzro::tee::test
