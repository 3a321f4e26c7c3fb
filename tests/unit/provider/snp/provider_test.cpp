// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/provider.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "evidence/snp/claims.hpp"
#include "evidence/snp/report.hpp"
#include "fakes/sev.hpp"
#include "fakes/tsm.hpp"
#include "provider/snp/survey.hpp"

namespace tenzro::tee::snp {
namespace {

using std::chrono::milliseconds;
using test::FakeSev;
using test::FakeSystem;
using test::FakeTsm;

ReportData asked() { return ReportData::from_caller_data(Bytes(40, 0x6b)).value(); }
Bytes made_table() { return test::MadeTable{.entries = {{test::table_guid::kVcek, Bytes(1300, 0x30)}}}.bytes(); }

struct Machine {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  std::shared_ptr<FakeTsm> tsm;
  std::shared_ptr<FakeSev> sev;

  Machine() = default;
  ~Machine() {
    EXPECT_EQ(system->open_descriptors(), 0U);
    EXPECT_TRUE(!tsm || tsm->entries.empty());
    EXPECT_TRUE(!sev || !sev->malformed);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Machine& with_tsm() {
    tsm = FakeTsm::into(*system, "sev_guest");
    tsm->privilege_levels = tsm->auxiliary = true;
    tsm->make_report = [](FakeTsm::Entry& entry) {
      entry.report = test::snp_report_over(entry.input, entry.privilege_level);
      entry.auxiliary = made_table();
      return 0;
    };
    return *this;
  }
  Machine& with_device() {
    sev = FakeSev::into(*system);
    sev->certificates = made_table();
    return *this;
  }
  std::unique_ptr<TeeProvider> provider() const {
    return make_provider(system, survey(*system, device::tsm_state(*system)));
  }
  Result<AttestationReport> attest(const AttestationRequest& request = {asked()}, const Patience& patience = {}) const {
    return provider()->generate_attestation(request, patience);
  }
  void expect_error(ErrorCode code, const std::vector<std::string>& parts,
                    const AttestationRequest& request = {asked()}, const Patience& patience = {}) const {
    const auto report = attest(request, patience);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), code) << report.error().message();
    for (const std::string& part : parts) {
      EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
    }
  }
};

void expect_good(const Result<AttestationReport>& report, unsigned vmpl = 0) {
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->platform, Platform::amd_sev_snp);
  EXPECT_FALSE(report->simulated);
  const auto parts = split_extended_report(report->evidence);
  ASSERT_TRUE(parts);
  const Bytes table = made_table();
  EXPECT_TRUE(std::ranges::equal(parts->certificate_table, table));
  const auto parsed = snp::parse_report(parts->report);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->vmpl(), vmpl);
  EXPECT_TRUE(std::ranges::equal(parsed->report_data(), asked().bytes()));
  EXPECT_EQ(report->report_data_hex, to_hex(asked().bytes()));
  EXPECT_EQ(report->signature_hex, to_hex(parsed->signature()));
  EXPECT_EQ(report->firmware_version, firmware_version(*parsed));
  EXPECT_EQ(report->generated_at.time_since_epoch().count(), 1'790'000'000);
}

TEST(SnpProvider, IsThereWhereAnInterfaceIsUsable) {
  Machine machine;
  EXPECT_EQ(machine.provider(), nullptr);
  const std::vector<ProbeFinding> others = {
      {.platform = Platform::intel_tdx,
       .interface_path = "/sys/kernel/config/tsm/report",
       .present = true,
       .usable = true},
      {.platform = Platform::amd_sev_snp, .interface_path = "/dev/sev-guest", .present = true, .usable = false}};
  EXPECT_EQ(make_provider(machine.system, others), nullptr);
}

TEST(SnpProvider, IsNamedAfterItsBestInterface) {
  EXPECT_EQ(Machine().with_device().provider()->provider_name(), "AMD SEV-SNP (/dev/sev-guest)");
  const auto provider = Machine().with_device().with_tsm().provider();
  EXPECT_EQ(provider->provider_name(), "AMD SEV-SNP (configfs-tsm)");
  EXPECT_EQ(provider->tee_type(), Platform::amd_sev_snp);
  EXPECT_FALSE(provider->simulated());
}

TEST(SnpProvider, MakesEvidenceThroughEachInterface) {
  expect_good(Machine().with_tsm().attest());
  expect_good(Machine().with_device().attest());
}

TEST(SnpProvider, AsksForTheVmplOfTheKernel) {
  Machine tsm;
  tsm.with_tsm().tsm->privilege_floor = 2;
  expect_good(tsm.attest(), 2);
  Machine device;
  device.with_device().sev->vmpl = 1;
  device.system->add_file("/sys/devices/system/cpu/sev/vmpl", "1\n");
  expect_good(device.attest(), 1);
}

TEST(SnpProvider, LeavesOutATableThatTheHostBotched) {
  Machine machine;
  machine.with_device().sev->certificates = Bytes(100, 0xff);
  const auto report = machine.attest();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->evidence.size(), kReportSize);
}

TEST(SnpProvider, GoesOnToTheDeviceWhereConfigfsIsNotToBeHad) {
  for (const int number : {EACCES, ENXIO, ENOMEM}) {
    Machine machine;
    machine.with_tsm().with_device();
    const auto provider = machine.provider();
    machine.tsm->mkdir_fails = {number};
    expect_good(provider->generate_attestation({asked()}));
    EXPECT_EQ(machine.sev->requests.size(), 1U);
  }
}

TEST(SnpProvider, DoesNotPressTheFirmwareThroughAnotherInterface) {
  for (const int number : {EINVAL, ENOTTY, ENXIO, EIO, ETIMEDOUT, EBADMSG, EFBIG}) {
    Machine machine;
    machine.with_tsm().with_device();
    machine.tsm->report_fails = {number};
    machine.expect_error(ErrorCode::hardware_failure, {"AMD SEV-SNP: /sys/kernel/config/tsm/report: "});
    EXPECT_TRUE(machine.sev->requests.empty());
  }
}

TEST(SnpProvider, NamesEveryInterfaceThatFailed) {
  Machine machine;
  machine.with_tsm().with_device();
  const auto provider = machine.provider();
  machine.tsm->mkdir_fails = {EACCES};
  machine.sev->status = 0x27;
  const auto report = provider->generate_attestation({asked()});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::permission_denied);
  EXPECT_NE(report.error().message().find("only root may make entries"), std::string::npos);
  EXPECT_NE(report.error().message().find("; then /dev/sev-guest: the firmware has no such key"), std::string::npos);
}

// ATTACK(D3)
TEST(SnpProvider, TakesNothingButAReportOfWhatWasAsked) {
  for (const auto& [alter, part] : std::vector<std::pair<std::function<void(Bytes&)>, std::string>>{
           {[](Bytes& report) { report.at(test::snp_at::kReportData + 63) ^= 1; }, "over other report data"},
           {[](Bytes& report) { report.at(test::snp_at::kVmpl) = 1; }, "for VMPL 1, not 0"},
           {[](Bytes& report) { std::ranges::fill(report, std::uint8_t{0}); }, "version 0"}}) {
    Machine machine;
    machine.with_device().sev->alter = alter;
    machine.expect_error(ErrorCode::hardware_failure, {"AMD SEV-SNP: /dev/sev-guest: ", part});
  }
}

TEST(SnpProvider, HasNoNonceNoPublicKeyAndNoEventLog) {
  Machine machine;
  machine.with_device();
  const auto nonce = EvidenceNonce::from_challenge(Challenge::random());
  machine.expect_error(ErrorCode::invalid_argument, {"bind the challenge into the report data"}, {nonce});
  machine.expect_error(ErrorCode::invalid_argument, {"bind the challenge into the report data"}, {asked(), nonce});
  AttestationRequest with_key{asked()};
  with_key.public_key = Bytes(91, 1);
  machine.expect_error(ErrorCode::invalid_argument, {"signs no public key"}, with_key);
  AttestationRequest with_log{asked()};
  with_log.event_log = true;
  machine.expect_error(ErrorCode::invalid_argument, {"has no event log"}, with_log);
  EXPECT_TRUE(machine.sev->requests.empty());
}

TEST(SnpProvider, KeepsItsDistanceOverAllProvidersAndInterfaces) {
  Machine machine;
  machine.with_tsm().with_device();
  ASSERT_TRUE(machine.attest());
  const std::vector<ProbeFinding> device_only = {
      {.platform = Platform::amd_sev_snp, .interface_path = "/dev/sev-guest", .present = true, .usable = true}};
  ASSERT_TRUE(make_provider(machine.system, device_only)->generate_attestation({asked()}));
  ASSERT_EQ(machine.sev->requests.size(), 1U);
  EXPECT_EQ(machine.sev->requests[0].at, milliseconds{2000});
}

TEST(SnpProvider, LeavesWhenTheCallerDoes) {
  Machine machine;
  machine.with_tsm().with_device();
  machine.expect_error(ErrorCode::timed_out, {"AMD SEV-SNP (configfs-tsm)"}, {asked()}, {.at_most = milliseconds{0}});
  std::stop_source stop;
  std::latch left(1);
  machine.tsm->before_report = [&](FakeTsm::Entry&) {
    stop.request_stop();
    left.wait();
  };
  machine.expect_error(ErrorCode::cancelled, {"the caller stopped waiting"}, {asked()}, {.stop = stop.get_token()});
  left.count_down();
  const auto idle = machine.system->queue("/dev/sev-guest").run<int>("idle", {}, [](const device::Waiting&) {
    return Result<int>(1);
  });
  EXPECT_TRUE(idle);
  EXPECT_TRUE(machine.sev->requests.empty());
}

TEST(SnpProvider, AsksForOneReportAtATime) {
  Machine machine;
  machine.with_tsm();
  std::atomic<int> inside = 0, most = 0;
  machine.tsm->before_report = [&](FakeTsm::Entry&) {
    most = std::max(most.load(), ++inside);
    --inside;
  };
  const auto first = machine.provider();
  const auto second = machine.provider();
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 6; ++i) {
      callers.emplace_back([&, i] { EXPECT_TRUE((i % 2 == 0 ? first : second)->generate_attestation({asked()})); });
    }
  }
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace tenzro::tee::snp
