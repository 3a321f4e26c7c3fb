// SPDX-License-Identifier: Apache-2.0
// Replay, and which words of a log its digests cover.
#include "measure/tdx/event_log.hpp"

#include <gtest/gtest.h>

#include "made/event_log.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/measure.hpp"

namespace tenzro::tee::tdx {
namespace {

using test::bytes_of;
using test::MadeEvent;
using test::MadeLog;

std::array<ByteArray<48>, 4> replayed(const MadeLog& log) {
  const Bytes bytes = log.bytes();
  return replay(*parse_event_log(bytes));
}

LoggedEvent event_of(const MadeEvent& made) {
  LoggedEvent out;
  out.rtmr = static_cast<std::uint8_t>(made.index - 1);
  out.type = made.type;
  out.digest = made.sha384();
  out.data = made.data;
  return out;
}

std::string covered(const MadeEvent& made) {
  const auto bytes = covered_data(event_of(made));
  return bytes ? std::string(bytes->begin(), bytes->end()) : "nothing";
}

TEST(EventLogReplay, ExtendsEachRegisterInOrder) {
  const MadeLog log = test::made_boot();
  EXPECT_EQ(replayed(log), log.registers());
  EXPECT_EQ(measure_event_log(log.bytes())->rtmr, log.registers());
  EXPECT_EQ(replayed(MadeLog{}), (std::array<ByteArray<48>, 4>{}));
  // One extend by hand: SHA-384 over 48 zero bytes and 48 bytes 0x11.
  MadeLog one;
  one.events = {{4, 6, {}, ByteArray<48>{}}};
  one.events[0].digest->fill(0x11);
  Bytes hashed(96, 0);
  std::fill(hashed.begin() + 48, hashed.end(), 0x11);
  EXPECT_EQ(replayed(one)[3], crypto::sha384(hashed));
}

// ATTACK(B8): every way to tell another story changes a register.
TEST(EventLogReplay, EveryOtherStoryGivesOtherRegisters) {
  const MadeLog log = test::made_boot();
  const auto expect_other = [&log](const MadeLog& other) { EXPECT_NE(replayed(other), log.registers()); };
  for (std::size_t i = 1; i < log.events.size(); ++i) {
    SCOPED_TRACE(i);
    MadeLog removed = log;
    removed.events.erase(removed.events.begin() + static_cast<std::ptrdiff_t>(i));
    expect_other(removed);
    MadeLog twice = log;
    twice.events.insert(twice.events.begin() + static_cast<std::ptrdiff_t>(i), log.events[i]);
    expect_other(twice);
    MadeLog silent = log;
    silent.events[i].type = 3;
    expect_other(silent);
    for (std::uint32_t index = 1; index <= 4; ++index) {
      if (index != log.events[i].index) {
        MadeLog moved = log;
        moved.events[i].index = index;
        expect_other(moved);
      }
    }
    MadeLog appended = log;
    appended.events.push_back(log.events[i]);
    expect_other(appended);
  }
  MadeLog swapped = log;
  std::swap(swapped.events[1], swapped.events[2]);
  expect_other(swapped);
  // EV_NO_ACTION with a digest is no extend.
  MadeLog more = log;
  more.events.push_back({2, 3, bytes_of("StartupLocality")});
  EXPECT_EQ(replayed(more), log.registers());
}

TEST(EventLogReplay, RefusesWhatIsNoLog) {
  const auto refused = measure_event_log(test::view("no log"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::malformed_input);
}

// Data that the digest does not cover is a description, whatever it says.
TEST(EventLogData, IsCoveredOnlyWhereTheDigestIsItsHash) {
  for (const std::uint32_t type : {4U, 5U, 6U, 0xdU, 0x80000001U, 0x80000006U, 0x80000007U, 0x8000000cU, 0x800000e0U}) {
    EXPECT_EQ(covered({1, type, bytes_of("data")}), "data") << type;
    EXPECT_EQ(covered({1, type, bytes_of("data"), crypto::sha384(bytes_of("other"))}), "nothing") << type;
  }
  // Of these the digest is of a file, a table or a part.
  for (const std::uint32_t type : {0U, 1U, 8U, 0xaU, 0x80000002U, 0x80000003U, 0x8000000aU, 0x8000000bU, 0x12345678U}) {
    EXPECT_EQ(covered({1, type, bytes_of("data")}), "nothing") << type;
  }
  EXPECT_EQ(covered({1, 3, bytes_of("data")}), "nothing");
}

TEST(EventLogData, OfGrubIsCoveredWithoutItsLabel) {
  const ByteArray<48> digest = crypto::sha384(bytes_of("linux /vmlinuz"));
  for (const std::string label : {"grub_cmd: ", "grub_cmd ", "kernel_cmdline: ", "grub_kernel_cmdline "}) {
    for (const char last : {'\0', '`'}) {
      EXPECT_EQ(covered({3, 0xd, bytes_of(label + "linux /vmlinuz" + last), digest}), "linux /vmlinuz") << label;
    }
    EXPECT_EQ(covered({3, 0xd, bytes_of(label + "linux /vmlinux "), digest}), "nothing");
  }
  EXPECT_EQ(covered({3, 0xd, bytes_of("other: linux /vmlinuz "), digest}), "nothing");
  EXPECT_EQ(covered({3, 6, bytes_of("grub_cmd: linux /vmlinuz "), digest}), "nothing");
  EXPECT_EQ(covered({3, 0xd, bytes_of("grub_cmd: x"), crypto::sha384(Bytes{})}), "nothing");
}

// ATTACK(B8): an application's event whose name or payload is not what was measured.
TEST(EventLogData, OfApplicationsIsCoveredWithItsName) {
  LoggedEvent event;
  event.rtmr = 3;
  event.type = event_type::kDstackRuntime;
  const Bytes name = bytes_of("compose-hash"), payload = {1, 2, 3}, other = {1, 2, 4};
  event.name = name;
  event.data = payload;
  event.digest = test::runtime_digest("compose-hash", payload);
  EXPECT_TRUE(covered_data(event).has_value());
  event.data = other;
  EXPECT_FALSE(covered_data(event).has_value());
  event.data = payload;
  const Bytes other_name = bytes_of("compose-hasH");
  event.name = other_name;
  EXPECT_FALSE(covered_data(event).has_value());
  // Where the name ends is not hashed: a name with a colon could be another name and the rest payload.
  const Bytes long_name = bytes_of("app:id");
  event.name = long_name;
  event.digest = test::runtime_digest("app:id", payload);
  EXPECT_FALSE(covered_data(event).has_value());
}

TEST(EventLogSeparators, OneEachInTheFirmwareRegistersIsUsual) {
  const auto usual = [](const MadeLog& log) {
    const Bytes bytes = log.bytes();
    return has_usual_separators(*parse_event_log(bytes));
  };
  const MadeLog log = test::made_boot();
  EXPECT_TRUE(usual(log));
  MadeLog missing = log;
  missing.events.erase(missing.events.begin() + 2);
  EXPECT_FALSE(usual(missing));
  for (std::uint32_t index = 1; index <= 4; ++index) {
    MadeLog more = log;
    more.events.push_back({index, 4, Bytes(4)});
    EXPECT_FALSE(usual(more)) << index;
  }
  MadeLog failed = log;
  failed.events[2].data = Bytes(4, 0xff);  // the firmware's phase ended in an error
  EXPECT_FALSE(usual(failed));
  MadeLog untrue = log;
  untrue.events[2].digest = crypto::sha384(Bytes(4, 0xff));
  EXPECT_FALSE(usual(untrue));
}

}  // namespace
}  // namespace tenzro::tee::tdx
