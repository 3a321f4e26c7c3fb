// SPDX-License-Identifier: Apache-2.0
// Event logs: what is read, and what is refused before anything is believed.
#include "evidence/tdx/event_log.hpp"

#include <gtest/gtest.h>

#include <string>

#include "made/event_log.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::tdx {
namespace {

using test::MadeEvent;
using test::MadeLog;

void expect_refused(ByteView bytes, std::string_view part) {
  const auto log = parse_event_log(bytes);
  ASSERT_FALSE(log.has_value()) << part;
  EXPECT_EQ(log.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(log.error().message().find(part), std::string::npos) << log.error().message();
}

/// A log whose only record is made of these bytes.
Bytes with_record(const Bytes& record) {
  MadeLog log;
  Bytes out = log.first_record();
  MadeLog::append(out, record);
  MadeLog::append(out, log.end);
  return out;
}

Bytes record_start(std::uint32_t index, std::uint32_t type, std::uint32_t digests) {
  Bytes out;
  MadeLog::le(out, index, 4);
  MadeLog::le(out, type, 4);
  MadeLog::le(out, digests, 4);
  return out;
}

TEST(EventLog, RejectsWhatIsNoLog) {
  expect_refused({}, "event log.register: needs 4 bytes");
  expect_refused(Bytes(200), "the first record is not the Spec ID event");
  expect_refused(Bytes(200, 0xff), "the first record is not the Spec ID event");
  // Registers end at RTMR3; "eyJ" would be a token as well.
  for (const std::string_view start : {"\x05", "eyJ"}) {
    Bytes elsewhere = test::made_boot().bytes();
    std::copy(start.begin(), start.end(), elsewhere.begin());
    expect_refused(elsewhere, "the first record is not the Spec ID event");
  }
  for (const std::size_t at : {8U, 27U}) {
    Bytes measured = test::made_boot().bytes();
    measured[at] = 1;
    expect_refused(measured, "event log.sha1");
    EXPECT_FALSE(looks_like_ccel(measured));
  }
  Bytes last = test::made_boot().bytes();
  last[0] = 4;
  EXPECT_TRUE(parse_event_log(last).has_value());
  Bytes other = test::made_boot().bytes();
  other[32] ^= 1;
  expect_refused(other, "expected \"Spec ID Event03\"");
  EXPECT_FALSE(looks_like_ccel(other));
  EXPECT_TRUE(looks_like_ccel(test::made_boot().bytes()));
}

TEST(EventLog, RejectsAlgorithmListsThatCannotBe) {
  MadeLog log;
  log.algorithms.clear();
  expect_refused(log.bytes(), "algorithm_count: 0");
  log.algorithms.assign(9, {0x000c, 48});
  expect_refused(log.bytes(), "algorithm_count: 9");
  log.algorithms = {{0x000c, 48}, {0x000c, 48}};
  expect_refused(log.bytes(), "declared twice");
  log.algorithms = {{0x000c, 32}};
  expect_refused(log.bytes(), "digests of 32 bytes");
  log.algorithms = {{0x000c, 48}, {0x0004, 0}};
  expect_refused(log.bytes(), "digests of 0 bytes");
  log.algorithms = {{0x000c, 48}, {0x0004, 65535}};
  expect_refused(log.bytes(), "digests of 65535 bytes");
  log.algorithms = {{0x000b, 32}};
  expect_refused(log.bytes(), "declares no SHA-384");
  Bytes huge = MadeLog{}.bytes();
  for (std::size_t i = 0; i < 4; ++i) {
    huge[32 + 24 + i] = 0xff;
  }
  expect_refused(huge, "algorithm_count: 4294967295");
  Bytes longer = MadeLog{}.bytes();
  longer[28] += 1;
  expect_refused(longer, "1 unexpected bytes");
}

// ATTACK(B8): records that would be replayed as something else, or not at all.
TEST(EventLog, RejectsRecordsThatCannotBeReplayed) {
  Bytes none = record_start(1, 4, 0);
  MadeLog::le(none, 0, 4);
  expect_refused(with_record(none), "record 1 at offset 65: no SHA-384 digest");
  Bytes two = record_start(1, 4, 2);
  for (int i = 0; i < 2; ++i) {
    MadeLog::le(two, 0x000c, 2);
    MadeLog::append(two, Bytes(48));
  }
  MadeLog::le(two, 0, 4);
  expect_refused(with_record(two), "two SHA-384 digests");
  expect_refused(with_record(MadeLog::record({.index = 0, .type = 4})), "MRTD, which no event can");
  expect_refused(with_record(MadeLog::record({.index = 5, .type = 4})), "register: 5");
  expect_refused(with_record(MadeLog::record({.index = 0x7fffffff, .type = 3})), "register: 2147483647");
  Bytes undeclared = record_start(1, 4, 1);
  MadeLog::le(undeclared, 0x000b, 2);
  MadeLog::append(undeclared, Bytes(32));
  MadeLog::le(undeclared, 0, 4);
  expect_refused(with_record(undeclared), "digest_algorithm: 11 is not declared");
}

TEST(EventLog, BoundsEveryCountAndSize) {
  expect_refused(with_record(record_start(1, 4, 9)), "digest_count: 9");
  expect_refused(with_record(record_start(1, 4, 0xffffffff)), "digest_count: 4294967295");
  MadeLog log = test::made_boot();
  Bytes huge = log.bytes();
  const std::size_t size_at = log.offset(1) + 12 + 50;
  for (std::size_t i = 0; i < 4; ++i) {
    huge[size_at + i] = 0xff;
  }
  expect_refused(huge, "data: needs 4294967295 bytes");
  // ATTACK(P8): the largest log there may be, and one byte more.
  log.end = Bytes(kMaxEventLog - log.bytes().size() + 4, 0xff);
  ASSERT_EQ(log.bytes().size(), kMaxEventLog);
  EXPECT_TRUE(parse_event_log(log.bytes()).has_value());
  log.end.push_back(0xff);
  expect_refused(log.bytes(), "1048577 bytes, at most 1048576");
}

TEST(EventLog, EveryTruncationIsRefusedOrEndsBetweenRecords) {
  MadeLog log = test::made_boot();
  log.end.clear();
  const Bytes whole = log.bytes();
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_event_log(ByteView(whole).first(size));
    if (!parsed) {
      continue;
    }
    ++accepted;
    EXPECT_EQ(parsed->end_offset, log.offset(parsed->events.size())) << size;
  }
  // After each whole record; and with up to four zeros of the first one's register, which look like filler.
  EXPECT_EQ(accepted, log.events.size() + 4);
}

TEST(EventLog, EndsWhereItsMakersEndIt) {
  MadeLog log = test::made_boot();
  const std::size_t end = log.offset(log.events.size());
  for (const Bytes& filler :
       {Bytes(), Bytes(4, 0xff), Bytes(4096, 0xff), Bytes(3, 0xff), Bytes(1), Bytes(11), Bytes(12), Bytes(4096)}) {
    log.end = filler;
    const auto parsed = parse_event_log(log.bytes());
    ASSERT_TRUE(parsed.has_value()) << filler.size() << parsed.error().message();
    EXPECT_EQ(parsed->events.size(), log.events.size());
    EXPECT_EQ(parsed->end_offset, end);
    EXPECT_EQ(parsed->unread_bytes, 0U);
  }
  log.end = {0xff, 0xff, 0xff, 0xff, 1, 2, 0xff};
  EXPECT_EQ(parse_event_log(log.bytes())->unread_bytes, 2U);
  // Zeros are the end only up to the end.
  log.end = Bytes(4096);
  log.end.back() = 1;
  expect_refused(log.bytes(), "MRTD");
  log.end = {1, 0, 0};
  expect_refused(log.bytes(), "register: needs 4 bytes");
}

TEST(EventLog, HasEventsThatExtendOneRegisterOrNone) {
  LoggedEvent event{.rtmr = 0, .type = event_type::kEfiAction, .digest = {}, .name = {}, .data = {}};
  EXPECT_TRUE(event.extends());
  event.type = event_type::kNoAction;
  EXPECT_FALSE(event.extends());
  event.type = event_type::kEfiAction;
  event.rtmr.reset();
  EXPECT_FALSE(event.extends());
}

TEST(EventLog, ReadsEveryRecord) {
  MadeLog log = test::made_boot();
  log.algorithms = {{0x000b, 32}, {0x000c, 48}, {0xabcd, 7}};
  const Bytes bytes = log.bytes();
  const auto parsed = parse_event_log(bytes);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
  ASSERT_EQ(parsed->events.size(), log.events.size());
  EXPECT_EQ(parsed->form, EventLogForm::ccel);
  for (std::size_t i = 0; i < log.events.size(); ++i) {
    const MadeEvent& made = log.events[i];
    const LoggedEvent& read = parsed->events[i];
    EXPECT_EQ(read.rtmr.has_value(), made.index > 0);
    EXPECT_EQ(read.rtmr.value_or(9), made.index > 0 ? made.index - 1 : 9);
    EXPECT_EQ(read.type, made.type);
    EXPECT_EQ(read.digest, made.sha384());
    EXPECT_EQ(to_hex(read.data), to_hex(made.data));
    EXPECT_EQ(read.extends(), made.type != 3);
  }
  EXPECT_EQ(event_type_name(4), "EV_SEPARATOR");
  EXPECT_EQ(event_type_name(0x800000e0), "EV_EFI_VARIABLE_AUTHORITY");
  EXPECT_EQ(event_type_name(0x12345678), "");
}

TEST(EventLog, SkipsDigestsOfOtherDeclaredAlgorithms) {
  MadeLog log;
  log.algorithms = {{0x000c, 48}, {0xabcd, 7}};
  Bytes bytes = log.first_record();
  MadeLog::append(bytes, record_start(2, 6, 2));
  MadeLog::le(bytes, 0xabcd, 2);
  MadeLog::append(bytes, Bytes(7, 1));
  MadeLog::le(bytes, 0x000c, 2);
  MadeLog::append(bytes, Bytes(48, 2));
  MadeLog::le(bytes, 0, 4);
  const auto parsed = parse_event_log(bytes);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
  ASSERT_EQ(parsed->events.size(), 1U);
  EXPECT_EQ(parsed->events[0].digest->front(), 2);
}

TEST(ApplicationLog, ReadsItsThreeWrappings) {
  const auto list = test::made_application_log();
  const nlohmann::ordered_json quoted = list.dump();
  const nlohmann::ordered_json object = {{"quote", "0400"}, {"event_log", quoted}};
  const nlohmann::ordered_json plain = {{"event_log", list}};
  for (const std::string& text : {list.dump(), "\n " + list.dump(2), quoted.dump(), object.dump(), plain.dump()}) {
    const auto parsed = parse_event_log(test::view(text));
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
    EXPECT_EQ(parsed->form, EventLogForm::application);
    ASSERT_EQ(parsed->events.size(), list.size());
    EXPECT_EQ(to_hex(parsed->events.back().name), to_hex(test::view("system-ready")));
    EXPECT_EQ(to_hex(parsed->events[list.size() - 2].data), "0102");
    EXPECT_EQ(parsed->events.back().rtmr, 3);
  }
}

TEST(ApplicationLog, RejectsWhatIsNoList) {
  const auto refused = [](const std::string& text, std::string_view part) { expect_refused(test::view(text), part); };
  refused("[]", "at least one event");
  refused("{}", "event_log");
  refused("\"\"", "event log in a string");
  refused("\"[\"", "event log in a string");
  refused("\"{}\"", "expected an array");
  refused("[1]", "expected an object");
  refused("[{}] ", "imr");
  refused("[", "json");
  refused(R"({"event_log":"\"[]\""})", "expected an array");
  const auto with = [&](const char* member, const nlohmann::ordered_json& value, std::string_view part) {
    auto list = test::made_application_log();
    list[2][member] = value;
    refused(list.dump(), part);
  };
  with("imr", 4, "event log[2].imr");
  with("imr", -1, "event log[2].imr");
  with("event_type", 0x100000000, "event log[2].event_type");
  with("digest", "00", "event log[2].digest");
  with("digest", std::string(96, 'g'), "event log[2].digest");
  with("digest", nullptr, "event log[2].digest");
  with("event", 1, "event log[2].event");
  with("event_payload", "0", "event log[2].event_payload");
  with("event_payload", "zz", "event log[2].event_payload");
  for (const char* member : {"imr", "event_type", "digest", "event", "event_payload"}) {
    auto list = test::made_application_log();
    list[1].erase(member);
    refused(list.dump(), member);
  }
  std::string many = "[";
  for (int i = 0; i < 16385; ++i) {
    many += i == 0 ? "1" : ",1";
  }
  refused(many + "]", "at most 16384");
}

}  // namespace
}  // namespace tenzro::tee::tdx
