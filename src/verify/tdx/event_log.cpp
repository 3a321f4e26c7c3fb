// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/event_log.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::size_t kShownEvents = 16;

std::string check_id(std::size_t rtmr) { return concat("event_log.rtmr", rtmr); }

Finding mismatch(const JudgedEventLog& log, std::size_t rtmr) {
  return {"event_log", "event_log_mismatch",
          concat("RTMR", rtmr, " is ", to_hex(log.quoted.at(rtmr)), " in the quote, the event log leads to ",
                 to_hex(log.replayed.at(rtmr)))};
}

/// dstack's events say what the guest's software extended at run time: its own words, not the firmware's.
void report_application_events(const EventLog& log, VerdictBuilder& verdict) {
  std::size_t count = 0;
  std::string names;
  for (const LoggedEvent& event : log.events) {
    if (event.type != event_type::kDstackRuntime || !event.extends()) {
      continue;
    }
    if (count++ < kShownEvents) {
      const std::string_view name = as_text(event.name);
      names += concat(count == 1 ? "" : ", ", "RTMR", unsigned{*event.rtmr}, " \"", printable(name, 40), "\"",
                      covered_data(event) ? "" : " (its name and payload are not what was measured)");
    }
  }
  if (count == 0) {
    return;
  }
  if (count > kShownEvents) {
    names += ", ...";
  }
  verdict.pass("event_log.application_events", demanded_by::kDefault, {}, concat(count, ": ", names));
  verdict.warn({"event_log", "event_log_application_events",
                concat(count, " extends are listed by an application, which chose their names: ", names)});
}

bool satisfies(const JudgedEventLog& log, const EventLogRule& rule) {
  return log.replays(rule.rtmr) &&
         std::any_of(log.log.events.begin(), log.log.events.end(), [&rule](const LoggedEvent& event) {
           return event.extends() && event.rtmr == rule.rtmr && event.type == rule.event_type && event.digest &&
                  std::find(rule.digests.begin(), rule.digests.end(), *event.digest) != rule.digests.end();
         });
}

std::string wanted(const EventLogRule& rule) {
  std::string out = concat("RTMR", rule.rtmr, ", type ", rule.event_type);
  const std::string_view name = event_type_name(rule.event_type);
  if (!name.empty()) {
    out += concat(" (", name, ")");
  }
  out += ", digest ";
  for (std::size_t i = 0; i < rule.digests.size(); ++i) {
    out += concat(i == 0 ? "" : " or ", to_hex(rule.digests[i]));
  }
  return out;
}

void appraise_rules(Appraisal& out, const JudgedEventLog* log, const std::vector<EventLogRule>& rules) {
  if (log == nullptr) {
    out.fail("event_log",
             {"policy", "event_log_missing",
              "the policy wants events in an event log, and none that can be read came with the evidence"});
    return;
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const EventLogRule& rule = rules[i];
    const std::string id = concat("event_log[", i, "]");
    if (satisfies(*log, rule)) {
      out.pass(id, wanted(rule), "found");
      continue;
    }
    out.fail(id,
             {"policy", "event_log_event_missing",
              concat("the policy wants an event (", wanted(rule), ") in a log that replays, and ",
                     log->replays(rule.rtmr) ? "there is none" : concat("RTMR", rule.rtmr, " does not replay"))},
             wanted(rule), "not found");
  }
}

}  // namespace

std::optional<JudgedEventLog> judge_event_log(ByteView bytes, const TdxClaims& claims, VerdictBuilder& verdict) {
  if (bytes.empty()) {
    return std::nullopt;
  }
  auto parsed = parse_event_log(bytes);
  if (!parsed) {
    verdict.fail("event_log", demanded_by::kVendor, {"event_log", "event_log_malformed", parsed.error().message()});
    return std::nullopt;
  }
  JudgedEventLog out{*std::move(parsed), claims.rtmr, {}};
  out.replayed = replay(out.log);
  std::string read = concat(out.log.events.size(), " events");
  if (out.log.unread_bytes > 0) {
    read += concat(", ", out.log.unread_bytes, " bytes after their end dropped");
  }
  verdict.pass("event_log", demanded_by::kVendor, {}, std::move(read));
  for (const std::size_t rtmr : {0U, 1U}) {
    const std::string expected = to_hex(out.replayed.at(rtmr));
    const std::string actual = to_hex(out.quoted.at(rtmr));
    if (out.replays(rtmr)) {
      verdict.pass(check_id(rtmr), demanded_by::kDefault, expected, actual);
    } else {
      verdict.fail(check_id(rtmr), demanded_by::kDefault, mismatch(out, rtmr), expected, actual);
    }
  }
  if (!has_usual_separators(out.log)) {
    verdict.warn({"event_log", "event_log_separators",
                  "the log has not just one separator in each of RTMR0 and RTMR1: where the firmware's phase ended is "
                  "unclear, and so is which of its events the firmware made"});
  }
  report_application_events(out.log, verdict);
  return out;
}

void appraise_event_log(Appraisal& out, const JudgedEventLog* log, const TdxRules& rules) {
  if (log != nullptr) {
    for (const auto& [rtmr, pin] : {std::pair<std::size_t, const AllowList<ByteArray<48>>&>{2, rules.rtmr2},
                                    std::pair<std::size_t, const AllowList<ByteArray<48>>&>{3, rules.rtmr3}}) {
      if (log->replays(rtmr)) {
        out.pass(check_id(rtmr), to_hex(log->replayed.at(rtmr)), to_hex(log->quoted.at(rtmr)));
      } else if (pin) {
        out.skip(check_id(rtmr), "does not replay, the policy pins its value");
        out.warn({"event_log", "event_log_incomplete",
                  concat("RTMR", rtmr,
                         " is not what the event log leads to: it was extended after the log was closed, "
                         "or the log is not true of it; the policy's pin alone decides")});
      } else {
        out.fail(check_id(rtmr), mismatch(*log, rtmr), to_hex(log->replayed.at(rtmr)), to_hex(log->quoted.at(rtmr)));
      }
    }
  }
  if (rules.event_log) {
    appraise_rules(out, log, *rules.event_log);
  }
}

}  // namespace tenzro::tee::tdx
