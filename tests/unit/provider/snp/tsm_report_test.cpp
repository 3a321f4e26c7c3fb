// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/tsm_report.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "fakes/sev.hpp"
#include "fakes/tsm.hpp"

namespace tenzro::tee::snp {
namespace {

using std::chrono::milliseconds;
using test::FakeSystem;
using test::FakeTsm;

const ByteArray<64> kReportData = [] {
  ByteArray<64> out{};
  out.fill(0x42);
  return out;
}();
const std::string kVtpm = "c476f1eb-0123-45a5-9641-b4e7dde5bfe3";

struct Machine {
  FakeSystem system;
  std::shared_ptr<FakeTsm> tsm = FakeTsm::into(system, "sev_guest");

  Machine() {
    tsm->privilege_levels = tsm->auxiliary = true;
    tsm->make_report = [](FakeTsm::Entry& entry) {
      entry.report = test::snp_report_over(entry.input, entry.privilege_level);
      return 0;
    };
  }
  ~Machine() {
    EXPECT_EQ(system.open_descriptors(), 0U);
    EXPECT_TRUE(tsm->entries.empty());
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// With an SVSM below, which makes reports as Coconut-SVSM does.
  void put_svsm_below() {
    tsm->services = true;
    tsm->privilege_floor = 2;
    tsm->make_report = [](FakeTsm::Entry& entry) {
      const std::string words = "manifest of " + (entry.service_guid.empty() ? "all" : entry.service_guid);
      entry.manifest.assign(words.begin(), words.end());
      entry.report = test::snp_report_over(crypto::sha512({entry.input, entry.manifest}), 0);
      return 0;
    };
  }
  Result<GuestReport> ask() { return fetch_tsm_report(system, kReportData, device::Waiting({})); }
  Result<ServiceReport> ask_service(const std::string& guid) {
    return fetch_service_report(system, kReportData, guid, device::Waiting({}));
  }
};

void expect_error(const Error& error, ErrorCode code, std::string_view part) {
  EXPECT_EQ(error.code(), code) << error.message();
  EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
}

TEST(TsmReport, IsForTheKernelsOwnVmpl) {
  for (const unsigned floor : {0U, 1U, 3U}) {
    Machine machine;
    machine.tsm->privilege_floor = floor;
    const auto report = machine.ask();
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->report, test::snp_report_over(kReportData, floor));
    EXPECT_TRUE(report->certificate_table.empty());
  }
}

TEST(TsmReport, ComesWithTheHostsCertificates) {
  const Bytes made = test::MadeTable{.entries = {{test::table_guid::kVcek, Bytes(1300, 0x30)}}}.bytes();
  for (const auto& [supplied, used] :
       std::vector<std::pair<Bytes, Bytes>>{{made, made}, {{}, {}}, {Bytes(50, 0xff), {}}}) {
    Machine machine;
    machine.tsm->make_report = [table = supplied](FakeTsm::Entry& entry) {
      entry.report = test::snp_report_over(entry.input, entry.privilege_level);
      entry.auxiliary = table;
      return 0;
    };
    EXPECT_EQ(machine.ask()->certificate_table, used);
  }
}

TEST(TsmReport, KeepsTwoSecondsBetweenRequests) {
  Machine machine;
  ASSERT_TRUE(machine.ask());
  EXPECT_EQ(machine.system.slept, milliseconds{0});
  ASSERT_TRUE(machine.ask());
  EXPECT_EQ(machine.system.slept, milliseconds{2000});
}

// Each exchange with the firmware can cost the guest its key, so they keep their distance inside one call too.
TEST(TsmReport, KeepsTwoSecondsBetweenExchangesOfOneRequest) {
  Machine interrupted;
  std::vector<milliseconds> exchanges;
  interrupted.tsm->before_report = [&](FakeTsm::Entry&) { exchanges.push_back(interrupted.system.slept); };
  interrupted.tsm->report_fails = {EINTR, EINTR, 0};
  ASSERT_TRUE(interrupted.ask());
  EXPECT_EQ(exchanges, (std::vector{milliseconds{0}, milliseconds{2000}, milliseconds{4000}}));

  Machine raced;
  exchanges.clear();
  raced.tsm->before_report = [&](FakeTsm::Entry& entry) {
    exchanges.push_back(raced.system.slept);
    entry.write_generation += exchanges.size() < 4 ? 1 : 0;
  };
  ASSERT_TRUE(raced.ask());
  ASSERT_EQ(exchanges.size(), 4U);
  for (std::size_t i = 1; i < exchanges.size(); ++i) {
    EXPECT_GE(exchanges[i] - exchanges[i - 1], milliseconds{2000});
  }
}

TEST(TsmReport, AsksNoSecondTimeWhereTheHostIsBusy) {
  for (const int number : {EBUSY, EAGAIN}) {
    Machine machine;
    machine.tsm->report_fails = {number, 0};
    expect_error(machine.ask().error(), ErrorCode::hardware_failure, "the device stayed busy");
    EXPECT_EQ(machine.tsm->report_fails.size(), 1U);
    EXPECT_EQ(machine.system.slept, milliseconds{0});
  }
}

TEST(TsmReport, SaysWhatTheDriverAnsweredWith) {
  for (const auto& [number, code, part] : std::vector<std::tuple<int, ErrorCode, std::string>>{
           {EINVAL, ErrorCode::hardware_failure, "higher VMPL than the report was asked for"},
           {ENOTTY, ErrorCode::hardware_failure, "its key to the firmware (VMPCK) is gone"},
           {ENXIO, ErrorCode::hardware_failure, "the firmware refused"},
           {EIO, ErrorCode::hardware_failure, "no more reports until this machine is restarted"},
           {ETIMEDOUT, ErrorCode::hardware_failure, "slowed this guest's request down for a minute"},
           {EBADMSG, ErrorCode::hardware_failure, "was not authentic"},
           {EFBIG, ErrorCode::hardware_failure, "larger than this kernel takes"},
           {ENOSPC, ErrorCode::hardware_failure, "larger than this kernel takes"},
           {ENOMEM, ErrorCode::io_failure, "Cannot allocate memory"}}) {
    Machine machine;
    machine.tsm->report_fails = {number};
    const auto report = machine.ask();
    ASSERT_FALSE(report);
    expect_error(report.error(), code, part);
    EXPECT_EQ(machine.tsm->names.size(), 1U);
  }
  Machine machine;
  machine.tsm->report_fails.assign(1000, EBUSY);
  expect_error(machine.ask().error(), ErrorCode::hardware_failure, "the device stayed busy");
}

// ATTACK(D3)
TEST(TsmReport, TakesNoOtherReport) {
  Machine machine;
  machine.tsm->make_report = [](FakeTsm::Entry& entry) {
    entry.report = test::snp_report_over(Bytes(64, 1), entry.privilege_level);
    return 0;
  };
  expect_error(machine.ask().error(), ErrorCode::hardware_failure, "over other report data");
  machine.tsm->make_report = [](FakeTsm::Entry& entry) {
    entry.report = test::snp_report_over(entry.input, entry.privilege_level + 1);
    return 0;
  };
  expect_error(machine.ask().error(), ErrorCode::hardware_failure, "for VMPL 1, not 0");
  machine.tsm->make_report = [](FakeTsm::Entry&) { return 0; };
  expect_error(machine.ask().error(), ErrorCode::hardware_failure, "sent 0 bytes instead of a report");
}

TEST(ServiceReport, BindsTheManifest) {
  Machine machine;
  machine.put_svsm_below();
  const auto one = machine.ask_service(kVtpm);
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(std::string(one->manifest.begin(), one->manifest.end()), "manifest of " + kVtpm);
  const auto all = machine.ask_service("");
  ASSERT_TRUE(all);
  EXPECT_EQ(std::string(all->manifest.begin(), all->manifest.end()), "manifest of all");
}

TEST(ServiceReport, IsRefusedWhereTheManifestIsAnother) {
  Machine machine;
  machine.put_svsm_below();
  const auto made = machine.tsm->make_report;
  machine.tsm->make_report = [made](FakeTsm::Entry& entry) {
    made(entry);
    entry.manifest.back() ^= 1;
    return 0;
  };
  expect_error(machine.ask_service(kVtpm).error(), ErrorCode::hardware_failure, "over other report data");
}

TEST(ServiceReport, NeedsAnSvsm) {
  Machine machine;
  expect_error(machine.ask_service(kVtpm).error(), ErrorCode::not_available, "on top of an SVSM");
}

TEST(ServiceReport, SaysThatTheSvsmRefused) {
  Machine machine;
  machine.put_svsm_below();
  machine.tsm->report_fails = {EINVAL};
  expect_error(machine.ask_service(kVtpm).error(), ErrorCode::hardware_failure, "the SVSM refused");
}

}  // namespace
}  // namespace tenzro::tee::snp
