// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_device.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "fakes/sev.hpp"

namespace tenzro::tee::snp {
namespace {

using std::chrono::milliseconds;
using test::FakeSev;
using test::FakeSystem;

const ByteArray<64> kReportData = [] {
  ByteArray<64> out{};
  out.fill(0x42);
  return out;
}();

struct Machine {
  FakeSystem system;
  std::shared_ptr<FakeSev> sev = FakeSev::into(system);

  Machine() = default;
  ~Machine() {
    EXPECT_EQ(system.open_descriptors(), 0U);
    EXPECT_FALSE(sev->malformed);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Result<GuestReport> ask(unsigned vmpl = 0, const Patience& patience = {}) {
    return fetch_report(system, "/dev/sev-guest", kReportData, vmpl, device::Waiting(patience));
  }
  void expect_error(ErrorCode code, const std::vector<std::string>& parts, unsigned vmpl = 0,
                    const Patience& patience = {}) {
    const auto report = ask(vmpl, patience);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), code) << report.error().message();
    for (const std::string& part : parts) {
      EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
    }
  }
};

Bytes made_table() {
  return test::MadeTable{.entries = {{test::table_guid::kVcek, Bytes(1300, 0x30)}, {test::table_guid::kAsk, Bytes(7)}}}
      .bytes();
}

TEST(SevGuest, UsesTheKernelsNumbers) {
  struct Wrapper {
    std::uint8_t bytes[32];
  };
  EXPECT_EQ(kGetReport, _IOWR('S', 0, Wrapper));
  EXPECT_EQ(kGetExtendedReport, _IOWR('S', 2, Wrapper));
}

TEST(SevGuest, MakesAReportWithTheHostsCertificates) {
  Machine machine;
  machine.sev->certificates = made_table();
  const auto report = machine.ask();
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->report, test::snp_report_over(kReportData));
  EXPECT_EQ(report->certificate_table, made_table());  // the zeros at its end are the content's own
  ASSERT_EQ(machine.sev->requests.size(), 1U);
  EXPECT_EQ(machine.sev->requests[0].number, kGetExtendedReport);
  EXPECT_EQ(machine.sev->requests[0].certificate_room, 16384U);
}

TEST(SevGuest, MakesAReportAloneWhereTheHostHasNoCertificates) {
  Machine machine;
  const auto report = machine.ask();
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->certificate_table.empty());
  machine.sev->certificates = Bytes(100, 0xff);
  EXPECT_TRUE(machine.ask()->certificate_table.empty());
}

TEST(SevGuest, AsksForTheKernelsVmpl) {
  Machine machine;
  machine.sev->vmpl = 2;
  EXPECT_EQ(machine.ask(2)->report, test::snp_report_over(kReportData, 2));
  machine.expect_error(ErrorCode::hardware_failure, {"status 0x16", "higher VMPL"}, 1);
}

TEST(SevGuest, AsksOnceMoreWithTheRoomThatTheCertificatesNeed) {
  for (const int number : {EIO, ENOSPC}) {
    Machine machine;
    machine.sev->certificates = made_table();
    machine.sev->refusals = {{.number = number, .vmm_error = 1, .certificate_bytes = 4097}};
    const auto report = machine.ask();
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->certificate_table, made_table());
    ASSERT_EQ(machine.sev->requests.size(), 2U);
    EXPECT_EQ(machine.sev->requests[1].number, kGetExtendedReport);
    EXPECT_EQ(machine.sev->requests[1].certificate_room, 8192U);
  }
}

// ATTACK(D3)
TEST(SevGuest, DoesWithoutCertificatesThatNeverFit) {
  for (const std::uint32_t needed : {std::uint32_t{16385}, std::uint32_t{0x100000}, std::uint32_t{16384}}) {
    Machine machine;
    machine.sev->certificates = made_table();
    machine.sev->refusals = {{.number = EIO, .vmm_error = 1, .certificate_bytes = needed}};
    const auto report = machine.ask();
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_TRUE(report->certificate_table.empty());
    ASSERT_EQ(machine.sev->requests.size(), 2U);
    EXPECT_EQ(machine.sev->requests[1].number, kGetReport);
  }
  Machine machine;
  machine.sev->refusals = {{.number = EIO, .vmm_error = 1, .certificate_bytes = 4096},
                           {.number = EIO, .vmm_error = 1, .certificate_bytes = 8192}};
  ASSERT_TRUE(machine.ask());
  EXPECT_EQ(machine.sev->requests.size(), 3U);
  EXPECT_EQ(machine.sev->requests[2].number, kGetReport);
}

TEST(SevGuest, MakesAPlainReportWhereTheDriverKnowsNoOther) {
  Machine machine;
  machine.sev->knows_extended = false;
  ASSERT_TRUE(machine.ask());
  ASSERT_EQ(machine.sev->requests.size(), 1U);
  EXPECT_EQ(machine.sev->requests[0].number, kGetReport);
}

TEST(SevGuest, KeepsTwoSecondsBetweenRequests) {
  Machine machine;
  machine.sev->refusals = {{.number = EIO, .vmm_error = 1, .certificate_bytes = 4096}};
  ASSERT_TRUE(machine.ask());
  ASSERT_TRUE(machine.ask());
  ASSERT_EQ(machine.sev->requests.size(), 3U);
  EXPECT_EQ(machine.sev->requests[0].at, milliseconds{0});
  EXPECT_EQ(machine.sev->requests[1].at, milliseconds{2000});
  EXPECT_EQ(machine.sev->requests[2].at, milliseconds{4000});
  machine.expect_error(ErrorCode::timed_out, {"/dev/sev-guest"}, 0, {.at_most = milliseconds{0}});
  EXPECT_EQ(machine.sev->requests.size(), 3U);
}

TEST(SevGuest, AsksNoSecondTimeAfterAnError) {
  const std::string lost = "no more reports until this machine is restarted";
  for (const auto& [number, code, parts] : std::vector<std::tuple<int, ErrorCode, std::vector<std::string>>>{
           {EIO,
            ErrorCode::hardware_failure,
            {"the firmware or the host refused (firmware error 0x00000016, host error 0x00000000)", lost}},
           {ETIMEDOUT, ErrorCode::hardware_failure, {"slowed this guest's request down for a minute", lost}},
           {EBADMSG, ErrorCode::hardware_failure, {"the firmware's answer was not authentic", lost}},
           {EAGAIN, ErrorCode::hardware_failure, {"slows this guest's requests down", "ask again later"}},
           {EBUSY, ErrorCode::hardware_failure, {"slows this guest's requests down"}},
           {EINVAL, ErrorCode::hardware_failure, {"the driver refused the request as invalid"}},
           {ENOMEM, ErrorCode::io_failure, {"/dev/sev-guest: Cannot allocate memory"}}}) {
    Machine machine;
    machine.sev->refusals = {{.number = number, .firmware_error = 0x16}};
    machine.expect_error(code, parts);
    EXPECT_EQ(machine.sev->requests.size(), 1U);
  }
}

TEST(SevGuest, SaysThatTheKeyIsGone) {
  Machine machine;
  machine.sev->refusals = {{.number = ENOTTY}, {.number = ENOTTY}};
  machine.expect_error(ErrorCode::hardware_failure, {"its key to the firmware (VMPCK) is gone", "restarted"});
  EXPECT_EQ(machine.sev->requests.size(), 2U);
}

TEST(SevGuest, SaysThatNothingFits) {
  Machine machine;
  machine.sev->knows_extended = false;
  machine.sev->refusals = {{.number = ENOSPC}};
  machine.expect_error(ErrorCode::hardware_failure, {"do not fit"});
}

// ATTACK(D3)
TEST(SevGuest, LooksAtTheFirmwaresStatusToo) {
  for (const auto& [status, part] :
       std::vector<std::pair<std::uint32_t, std::string>>{{0x16, "refused the request's parameters (status 0x16)"},
                                                          {0x27, "no such key (status 0x27)"},
                                                          {0x03, "refused with status 0x00000003"}}) {
    Machine machine;
    machine.sev->status = status;
    machine.expect_error(ErrorCode::hardware_failure, {part});
    EXPECT_EQ(machine.sev->requests.size(), 1U);
  }
}

// ATTACK(D3)
TEST(SevGuest, TakesReportsOfOneSizeOnly) {
  for (const std::uint32_t size : {std::uint32_t{0}, std::uint32_t{1183}, std::uint32_t{0xffffffff}}) {
    Machine machine;
    machine.sev->report_size = size;
    machine.expect_error(ErrorCode::hardware_failure, {std::to_string(size) + " bytes instead of a report of 1184"});
  }
}

TEST(SevGuest, SaysWhyTheDeviceCannotBeOpened) {
  Machine machine;
  machine.system.deny("/dev/sev-guest", EACCES);
  machine.expect_error(ErrorCode::permission_denied, {"/dev/sev-guest: permission denied: run as root"});
  machine.system.remove("/dev/sev-guest");
  machine.expect_error(ErrorCode::not_available, {"/dev/sev-guest: No such file or directory"});
}

}  // namespace
}  // namespace tenzro::tee::snp
