// SPDX-License-Identifier: Apache-2.0
#include "device/configfs_tsm.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <numeric>

#include "fakes/tsm.hpp"

namespace tenzro::tee::device {
namespace {

using std::chrono::milliseconds;
using test::FakeSystem;
using test::FakeTsm;

Error words(int number) { return {ErrorCode::hardware_failure, "errno " + std::to_string(number)}; }

struct Machine {
  FakeSystem system;
  std::shared_ptr<FakeTsm> tsm;
  TsmRequest request{.provider = "tdx_guest", .read_error = words};

  explicit Machine(const std::string& provider = "tdx_guest") : tsm(FakeTsm::into(system, provider)) {
    request.provider = provider;
    std::iota(request.report_data.begin(), request.report_data.end(), std::uint8_t{1});
    tsm->make_report = [](FakeTsm::Entry& entry) {
      entry.report = entry.input;
      entry.report.insert(entry.report.end(), 5000, 0x5a);
      return 0;
    };
  }
  ~Machine() {
    EXPECT_EQ(system.open_descriptors(), 0U);
    EXPECT_TRUE(tsm->entries.empty());
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Result<TsmAnswer> ask(const Patience& patience = {}) {
    return request_tsm_report(system, request, Waiting(patience));
  }
  void expect_error(ErrorCode code, std::string_view part, const Patience& patience = {}) {
    const auto answer = ask(patience);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), code) << answer.error().message();
    EXPECT_NE(answer.error().message().find(part), std::string::npos) << answer.error().message();
  }
};

void expect_why_not(const TsmState& state, std::string_view part) {
  EXPECT_FALSE(state.usable);
  EXPECT_EQ(state.provider, "");
  EXPECT_NE(state.why_not.find(part), std::string::npos) << state.why_not;
}

TEST(TsmState, NamesTheProviderAndLeavesNothingBehind) {
  Machine machine;
  const TsmState state = tsm_state(machine.system);
  EXPECT_TRUE(state.present);
  EXPECT_TRUE(state.usable);
  EXPECT_EQ(state.provider, "tdx_guest");
  EXPECT_EQ(state.why_not, "");
  EXPECT_EQ(machine.tsm->names.size(), 1U);
  EXPECT_TRUE(machine.tsm->entries.empty());
  EXPECT_TRUE(machine.system.opened_for_writing.empty());
}

TEST(TsmState, TellsAKernelWithoutConfigfsFromOneThatHasItNotMounted) {
  FakeSystem system;
  TsmState state = tsm_state(system);
  EXPECT_FALSE(state.present);
  expect_why_not(state, "the kernel has no configfs");

  system.add_folder("/sys/kernel/config");
  system.add_file("/proc/self/mounts", "sysfs /sys sysfs rw 0 0\n");
  state = tsm_state(system);
  EXPECT_FALSE(state.present);
  expect_why_not(state, "mount -t configfs none /sys/kernel/config");

  system.add_file("/proc/self/mounts", "none /sys/kernel/config configfs rw 0 0\n");
  state = tsm_state(system);
  EXPECT_FALSE(state.present);
  expect_why_not(state, "modprobe tdx_guest, or modprobe sev-guest");
}

TEST(TsmState, SaysWhatAnEntryNeeds) {
  const std::vector<std::pair<int, std::string>> cases = {
      {ENXIO, "no driver has registered there: load the module tdx_guest"},
      {EACCES, "only root may make entries there"},
      {EPERM, "only root may make entries there"},
      {EROFS, "mounted read-only"},
      {ENOMEM, "Cannot allocate memory"}};
  for (const auto& [number, part] : cases) {
    Machine machine;
    machine.tsm->mkdir_fails = {number};
    const TsmState state = tsm_state(machine.system);
    EXPECT_TRUE(state.present);
    EXPECT_EQ(state.may_have_driver, number != ENXIO);
    expect_why_not(state, part);
    EXPECT_FALSE(state.why_not.starts_with(kTsmReports)) << state.why_not;
  }
  Machine machine;
  machine.tsm->provider.clear();
  expect_why_not(tsm_state(machine.system), "no driver has registered there");
}

// ATTACK(D2)
TEST(TsmState, TriesOtherNamesWhereOneIsTaken) {
  Machine machine;
  machine.tsm->mkdir_fails = {EEXIST, EINTR, EEXIST};
  EXPECT_TRUE(tsm_state(machine.system).usable);
  machine.tsm->mkdir_fails = {EEXIST, EEXIST, EEXIST, EEXIST};
  expect_why_not(tsm_state(machine.system), "every name that was tried is taken");
}

// ATTACK(D2)
TEST(TsmState, IsNotUsableWhereAnEntryDoesNotSayWhoseItIs) {
  Machine machine;
  machine.tsm->attribute_fails["provider"] = EIO;
  const TsmState state = tsm_state(machine.system);
  EXPECT_TRUE(state.present);
  expect_why_not(state, "provider: Input/output error");
  EXPECT_TRUE(machine.tsm->entries.empty());
  machine.tsm->attribute_fails.clear();
  machine.tsm->provider_text = " ";
  expect_why_not(tsm_state(machine.system), "does not say whose it is: empty");
}

TEST(TsmRequest, WritesExactlyTheReportDataAndReadsTheWholeReport) {
  Machine machine;
  machine.tsm->piece = 7;
  const auto answer = machine.ask();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->report.size(), 5064U);
  EXPECT_TRUE(std::ranges::equal(machine.request.report_data, ByteView(answer->report).first(64)));
  EXPECT_TRUE(answer->auxiliary.empty());
  EXPECT_FALSE(answer->privilege_level);
  EXPECT_EQ(machine.tsm->accepted_input,
            std::vector<Bytes>({Bytes(machine.request.report_data.begin(), machine.request.report_data.end())}));
  EXPECT_EQ(machine.tsm->reports, 1);
  EXPECT_EQ(machine.system.folder_modes, std::vector<mode_t>{0700});
}

// ATTACK(D2)
TEST(TsmRequest, UsesAnEntryOfItsOwn) {
  Machine machine;
  ASSERT_TRUE(machine.ask());
  ASSERT_TRUE(machine.ask());
  ASSERT_EQ(machine.tsm->names.size(), 2U);
  EXPECT_NE(machine.tsm->names[0], machine.tsm->names[1]);
}

// ATTACK(D2)
TEST(TsmRequest, HandsOutAnEmptyReportForTheCallerToJudge) {
  Machine machine;
  machine.tsm->make_report = [](FakeTsm::Entry&) { return 0; };
  const auto answer = machine.ask();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->report.empty());
}

// ATTACK(D2)
TEST(TsmRequest, WaitsWhileAnEarlierRequestIsWithTheHost) {
  Machine machine;
  machine.tsm->report_fails = {EBUSY, EBUSY, EINTR, EBUSY, EAGAIN};
  ASSERT_TRUE(machine.ask());
  EXPECT_EQ(machine.tsm->names.size(), 1U);
  EXPECT_GT(machine.system.slept, milliseconds{500});
}

// ATTACK(D2)
TEST(TsmRequest, StaysBusyForHalfAMinuteBeforeItGivesUp) {
  Machine machine;
  machine.tsm->report_fails.assign(1000, EBUSY);
  machine.expect_error(ErrorCode::hardware_failure, "/sys/kernel/config/tsm/report: errno 16");
  EXPECT_GE(machine.system.slept, std::chrono::seconds{30});
  EXPECT_LE(machine.system.slept, std::chrono::seconds{60});
}

TEST(TsmRequest, LeavesWhenTheCallerDoes) {
  Machine machine;
  std::stop_source stop;
  machine.tsm->report_fails.assign(1000, EBUSY);
  machine.tsm->before_report = [&](FakeTsm::Entry&) { stop.request_stop(); };
  machine.expect_error(ErrorCode::cancelled, "/sys/kernel/config/tsm/report", {.stop = stop.get_token()});
  machine.tsm->report_fails.assign(1000, EINTR);
  machine.expect_error(ErrorCode::timed_out, "/sys/kernel/config/tsm/report", {.at_most = milliseconds{0}});
}

// ATTACK(D2)
TEST(TsmRequest, AsksAnewWhereSomebodyElseWroteToItsEntry) {
  Machine machine;
  int races = 2;
  machine.tsm->before_report = [&](FakeTsm::Entry& entry) {
    if (races-- > 0) {
      entry.input = Bytes(64, 0xee);
      ++entry.write_generation;
    }
  };
  const auto answer = machine.ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->report[0], 1);
  EXPECT_EQ(machine.tsm->names.size(), 3U);
}

// ATTACK(D2)
TEST(TsmRequest, TakesAnErrorOfARaceForTheRaceThatItIs) {
  Machine machine;
  int races = 1;
  machine.tsm->before_report = [&](FakeTsm::Entry& entry) {
    if (races-- > 0) {
      entry.input = Bytes(63, 0xee);  // the driver then answers with EINVAL
      ++entry.write_generation;
    }
  };
  EXPECT_TRUE(machine.ask());
}

// ATTACK(D2)
TEST(TsmRequest, GivesUpAfterFiveRaces) {
  Machine machine;
  machine.tsm->before_report = [&](FakeTsm::Entry& entry) { ++entry.write_generation; };
  machine.expect_error(ErrorCode::io_failure, "another program wrote to the entry of this request");
  EXPECT_EQ(machine.tsm->names.size(), 5U);
}

TEST(TsmRequest, SeesThatTheKernelDroppedWhatWasWritten) {
  Machine machine;
  machine.tsm->drops_input = true;
  machine.expect_error(ErrorCode::io_failure, "the kernel did not take what was written");
}

// ATTACK(D2)
TEST(TsmRequest, LeavesTheWordsForAFailureToThePlatform) {
  for (const int number : {ETIMEDOUT, EIO, EINVAL, EFBIG, ENXIO, ENOTTY}) {
    Machine machine;
    machine.tsm->report_fails = {number};
    machine.expect_error(ErrorCode::hardware_failure, "errno " + std::to_string(number));
    EXPECT_EQ(machine.tsm->names.size(), 1U);
  }
}

// ATTACK(D2)
TEST(TsmRequest, RefusesAReportAboveTheLimit) {
  Machine machine;
  machine.tsm->make_report = [](FakeTsm::Entry& entry) {
    entry.report = Bytes(kMaxTsmBlob + 1);
    return 0;
  };
  machine.expect_error(ErrorCode::hardware_failure, "errno " + std::to_string(EFBIG));
}

// ATTACK(D2)
TEST(TsmRequest, RefusesAnotherProvider) {
  Machine machine;
  machine.tsm->provider_text = "sev_guest";
  machine.expect_error(ErrorCode::not_available, "its provider is 'sev_guest', not 'tdx_guest'");
  EXPECT_EQ(machine.tsm->reports, 0);
}

TEST(TsmRequest, SaysWhichAttributeFailed) {
  for (const auto* const name : {"provider", "generation", "inblob"}) {
    Machine machine;
    machine.tsm->attribute_fails[name] = EACCES;
    machine.expect_error(ErrorCode::permission_denied, std::string("/") + name + ": Permission denied");
  }
  Machine machine;
  machine.tsm->generation_text = "12x";
  machine.expect_error(ErrorCode::io_failure, "generation: expected a decimal number, got '12x'");
}

TEST(TsmRequest, NamesWhatAnEntryNeeds) {
  Machine machine;
  machine.tsm->mkdir_fails = {EACCES};
  machine.expect_error(ErrorCode::permission_denied, "only root may make entries");
  machine.tsm->mkdir_fails = {ENXIO};
  machine.expect_error(ErrorCode::not_available, "no driver has registered");
}

TEST(TsmRequest, AsksForNoLessThanTheFloorOfPrivilegeLevels) {
  for (const auto& [floor, wanted, asked] :
       {std::array<unsigned, 3>{0, 0, 0}, std::array<unsigned, 3>{2, 0, 2}, std::array<unsigned, 3>{1, 3, 3}}) {
    Machine machine("sev_guest");
    machine.tsm->privilege_levels = true;
    machine.tsm->privilege_floor = floor;
    machine.tsm->make_report = [](FakeTsm::Entry& entry) {
      entry.report = Bytes{static_cast<std::uint8_t>(entry.privilege_level)};
      return 0;
    };
    machine.request.privilege_level = wanted;
    const auto answer = machine.ask();
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->privilege_level, asked);
    EXPECT_EQ(answer->report.at(0), asked);
  }
}

TEST(TsmRequest, SetsNoPrivilegeLevelWhereThereIsNone) {
  Machine machine;
  machine.request.privilege_level = 1;
  const auto answer = machine.ask();
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->privilege_level);
}

TEST(TsmRequest, SaysThatAPrivilegeLevelWasRefused) {
  Machine machine("sev_guest");
  machine.tsm->privilege_levels = true;
  machine.request.privilege_level = 4;
  machine.expect_error(ErrorCode::io_failure, "privlevel: Invalid argument");
}

TEST(TsmRequest, ReadsTheCertificatesThatTheHostSupplies) {
  Machine machine("sev_guest");
  machine.tsm->auxiliary = true;
  machine.tsm->piece = 100;
  machine.tsm->make_report = [](FakeTsm::Entry& entry) {
    entry.report = Bytes(1184, 1);
    entry.auxiliary = Bytes(3000, 2);
    return 0;
  };
  auto answer = machine.ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->auxiliary, Bytes(3000, 2));
  EXPECT_EQ(machine.tsm->reports, 1);

  machine.tsm->attribute_fails["auxblob"] = EIO;
  machine.expect_error(ErrorCode::hardware_failure, "errno 5");
}

TEST(TsmRequest, AsksForTheReportOfAService) {
  Machine machine("sev_guest");
  machine.tsm->services = machine.tsm->privilege_levels = true;
  machine.tsm->privilege_floor = 2;
  machine.request.privilege_level = 0;
  machine.request.service = TsmService{.guid = "c476f1eb-0123-45a5-9641-b4e7dde5bfe3", .manifest_version = "0"};
  machine.tsm->make_report = [](FakeTsm::Entry& entry) {
    entry.report = Bytes(1184, 1);
    const std::string text = entry.service_provider + " " + entry.service_guid + " " + entry.service_manifest_version;
    entry.manifest.assign(text.begin(), text.end());
    return 0;
  };
  const auto answer = machine.ask();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(std::string(answer->manifest.begin(), answer->manifest.end()),
            "svsm c476f1eb-0123-45a5-9641-b4e7dde5bfe3 0");
}

TEST(TsmRequest, SaysThatThereAreNoServices) {
  Machine machine("sev_guest");
  machine.request.service = TsmService{};
  machine.expect_error(ErrorCode::not_available, "on top of an SVSM");
}

/// The kernel lets nobody in while it makes a report for somebody.
class LockedTsm final : public FakeSystem {
 public:
  explicit LockedTsm(std::latch& opened) : opened_(opened) {}
  int make_folder(const std::string& path, mode_t mode) override {
    opened_.wait();
    return FakeSystem::make_folder(path, mode);
  }

 private:
  std::latch& opened_;
};

TEST(TsmState, IsBusyWhileAReportIsMadeForSomebody) {
  std::latch opened(1);
  const auto system = std::make_shared<LockedTsm>(opened);
  const auto tsm = FakeTsm::into(*system, "tdx_guest");
  const TsmState busy = tsm_state(system, milliseconds{20});
  EXPECT_TRUE(busy.present && busy.may_have_driver && busy.busy);
  EXPECT_FALSE(busy.usable);
  EXPECT_EQ(busy.provider, "");
  EXPECT_NE(busy.why_not.find("busy"), std::string::npos);
  opened.count_down();
  const TsmState state = tsm_state(system, std::chrono::minutes{1});
  EXPECT_TRUE(state.usable);
  EXPECT_FALSE(state.busy);
  EXPECT_TRUE(tsm->entries.empty());
}

}  // namespace
}  // namespace tenzro::tee::device
