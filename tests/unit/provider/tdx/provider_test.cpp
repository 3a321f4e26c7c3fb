// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/provider.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/quote.hpp"
#include "fakes/tdx.hpp"
#include "fakes/tsm.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "provider/tdx/survey.hpp"

namespace tenzro::tee::tdx {
namespace {

using std::chrono::milliseconds;
using test::FakeQuotingService;
using test::FakeSystem;
using test::FakeTdx;
using test::FakeTsm;
using test::MadeAnswer;

/// A quote over these report data.
Bytes quote_over(ByteView report_data, const Bytes& trailing = {}) {
  static const simulated::TdxEvidenceMaker maker;
  auto spec = simulated::tdx_quote_spec();
  std::ranges::copy(report_data, spec.td.report_data.begin());
  spec.trailing = trailing;
  return maker.quote(spec);
}

ReportData asked() { return ReportData::from_caller_data(Bytes(40, 0x6b)).value(); }

struct Machine {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  std::shared_ptr<FakeTsm> tsm;
  std::shared_ptr<FakeTdx> guest, legacy;
  std::shared_ptr<FakeQuotingService> service = FakeQuotingService::into(*system);

  Machine() {
    service->answer = [](ByteView report) { return MadeAnswer{.quote = quote_over(report.subspan(128, 64))}.wire(); };
  }
  ~Machine() {
    EXPECT_EQ(system->open_descriptors(), 0U);
    EXPECT_TRUE(!tsm || tsm->entries.empty());
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Machine& with_tsm() {
    tsm = FakeTsm::into(*system, "tdx_guest");
    tsm->make_report = [](FakeTsm::Entry& entry) {
      entry.report = quote_over(entry.input);
      return 0;
    };
    return *this;
  }
  Machine& with_device() {
    guest = FakeTdx::into(*system);
    system->add_file("/etc/tdx-attest.conf", "port = 4050\n");
    return *this;
  }
  Machine& with_legacy() {
    legacy = FakeTdx::into(*system, "/dev/tdx-guest");
    legacy->legacy = true;
    legacy->answer = service->answer;
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

void expect_good(const Result<AttestationReport>& report) {
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->platform, Platform::intel_tdx);
  EXPECT_FALSE(report->simulated);
  const auto quote = parse_quote(report->evidence);
  ASSERT_TRUE(quote);
  EXPECT_EQ(quote->trailing_bytes, 0U);
  EXPECT_TRUE(std::ranges::equal(report_data(*quote), asked().bytes()));
  EXPECT_EQ(report->report_data_hex, to_hex(asked().bytes()));
  EXPECT_EQ(report->signature_hex, to_hex(quote->signature));
  EXPECT_EQ(report->firmware_version, firmware_version(*quote));
  EXPECT_EQ(report->generated_at.time_since_epoch().count(), 1'790'000'000);
}

TEST(TdxProvider, IsThereWhereAnInterfaceIsUsable) {
  Machine machine;
  EXPECT_EQ(machine.provider(), nullptr);
  EXPECT_EQ(make_provider(machine.system, {}), nullptr);
  const std::vector<ProbeFinding> others = {
      {.platform = Platform::amd_sev_snp,
       .interface_path = "/sys/kernel/config/tsm/report",
       .present = true,
       .usable = true},
      {.platform = Platform::intel_tdx, .interface_path = "/dev/tdx_guest", .present = true, .usable = false}};
  EXPECT_EQ(make_provider(machine.system, others), nullptr);
}

TEST(TdxProvider, IsNamedAfterItsBestInterface) {
  EXPECT_EQ(Machine().with_legacy().provider()->provider_name(), "Intel TDX (/dev/tdx-guest)");
  EXPECT_EQ(Machine().with_legacy().with_device().provider()->provider_name(), "Intel TDX (/dev/tdx_guest)");
  const auto provider = Machine().with_legacy().with_device().with_tsm().provider();
  EXPECT_EQ(provider->provider_name(), "Intel TDX (configfs-tsm)");
  EXPECT_EQ(provider->tee_type(), Platform::intel_tdx);
  EXPECT_FALSE(provider->simulated());
}

TEST(TdxProvider, MakesEvidenceThroughEachInterface) {
  expect_good(Machine().with_tsm().attest());
  expect_good(Machine().with_device().attest());
  expect_good(Machine().with_legacy().attest());
}

TEST(TdxProvider, DropsWhatTheHostPutsBehindTheQuote) {
  Machine machine;
  machine.with_tsm().tsm->make_report = [](FakeTsm::Entry& entry) {
    entry.report = quote_over(entry.input, Bytes(3000));
    return 0;
  };
  expect_good(machine.attest());
}

TEST(TdxProvider, GoesOnToTheNextInterfaceWhereOneFails) {
  Machine machine;
  machine.with_tsm().with_device().with_legacy();
  machine.tsm->report_fails = {EIO};
  expect_good(machine.attest());
  EXPECT_EQ(machine.service->requests, 1);
  machine.tsm->report_fails = {EIO};
  machine.service->connect_fails = ECONNREFUSED;
  expect_good(machine.attest());
}

TEST(TdxProvider, NamesEveryInterfaceThatFailed) {
  Machine machine;
  machine.with_tsm().with_device().with_legacy();
  machine.tsm->report_fails = {EIO};
  machine.guest->report_fails = EIO;
  machine.legacy->quote_status = {0x8000000000000001};
  machine.expect_error(ErrorCode::hardware_failure, {"Intel TDX: /sys/kernel/config/tsm/report: the host refused",
                                                     "; then /dev/tdx_guest: the TDX module refused",
                                                     "; then /dev/tdx-guest: the host has no quoting service"});
}

TEST(TdxProvider, SaysWhatConfigfsAnsweredWith) {
  for (const auto& [number, code, part] : std::vector<std::tuple<int, ErrorCode, std::string>>{
           {ETIMEDOUT, ErrorCode::hardware_failure, "getquote_timeout"},
           {EIO, ErrorCode::hardware_failure,
            "the host refused the request for a quote; check the host's quoting service"},
           {EINVAL, ErrorCode::hardware_failure, "the driver did not accept the 64 bytes"},
           {EFBIG, ErrorCode::hardware_failure, "the quote is larger than this kernel takes"},
           {ENXIO, ErrorCode::not_available, "modprobe tdx_guest"},
           {ENOTTY, ErrorCode::not_available, "modprobe tdx_guest"},
           {ENOMEM, ErrorCode::io_failure, "Cannot allocate memory"}}) {
    Machine machine;
    machine.with_tsm().tsm->report_fails = {number};
    machine.expect_error(code, {part});
  }
  Machine machine;
  machine.with_tsm().tsm->report_fails.assign(1000, EBUSY);
  machine.expect_error(ErrorCode::hardware_failure, {"an earlier request of this TD is still with the host"});
  EXPECT_GE(machine.system->slept, std::chrono::seconds{30});
}

// ATTACK(D3)
TEST(TdxProvider, TakesNothingButAQuoteOverWhatWasAsked) {
  static const simulated::TdxEvidenceMaker maker;
  const std::string advice = "check the host's quoting service (QGS)";
  for (const auto& [sent, part] : std::vector<std::pair<Bytes, std::string>>{
           {{}, "the host sent 0 bytes, which are no quote"},
           {Bytes(1019), "the host sent 1019 bytes, which are no quote"},
           {Bytes(4096), "what the host sent is no quote ("},
           {Bytes(70000), "the host sent 70000 bytes, more than the 65536"},
           {maker.quote(simulated::sgx_quote_spec()), "the quote of an SGX enclave"},
           {quote_over(Bytes(64, 0x6b)), "a quote over other report data"}}) {
    Machine machine;
    machine.with_tsm().tsm->make_report = [bytes = sent](FakeTsm::Entry& entry) {
      entry.report = bytes;
      return 0;
    };
    machine.expect_error(ErrorCode::hardware_failure, {part, advice});
  }
}

// ATTACK(D3)
TEST(TdxProvider, ComparesEveryByteOfTheReportData) {
  const ReportData report_data = asked();
  const Bytes good = quote_over(report_data.bytes());
  ASSERT_TRUE(accept_quote(good, report_data.bytes()));
  for (std::size_t i = 0; i < ReportData::kSize; ++i) {
    Bytes altered = good;
    altered.at(48 + 584 - 64 + i) ^= 1;
    EXPECT_EQ(accept_quote(altered, report_data.bytes()).error().code(), ErrorCode::hardware_failure) << i;
  }
}

TEST(TdxProvider, HasNoNonceAndNoPublicKey) {
  Machine machine;
  machine.with_tsm();
  const auto nonce = EvidenceNonce::from_challenge(Challenge::random());
  machine.expect_error(ErrorCode::invalid_argument, {"bind the challenge into the report data"}, {nonce});
  machine.expect_error(ErrorCode::invalid_argument, {"bind the challenge into the report data"}, {asked(), nonce});
  AttestationRequest with_key{asked()};
  with_key.public_key = Bytes(91, 1);
  machine.expect_error(ErrorCode::invalid_argument, {"signs no public key"}, with_key);
  EXPECT_EQ(machine.tsm->reports, 0);
}

TEST(TdxProvider, EnclosesTheEventLogOnRequest) {
  const std::string path = "/sys/firmware/acpi/tables/data/CCEL";
  Machine machine;
  machine.with_tsm();
  AttestationRequest request{asked()};
  EXPECT_TRUE(machine.attest(request)->event_log.empty());

  request.event_log = true;
  machine.expect_error(ErrorCode::not_available, {path, "keeps no event log"}, request);
  machine.system->add_file(path, std::string(5000, 'x'));
  const auto report = machine.attest(request);
  expect_good(report);
  EXPECT_EQ(report->event_log, Bytes(5000, 'x'));
  machine.system->add_file(path, "");
  machine.expect_error(ErrorCode::not_available, {"the event log is empty"}, request);
  machine.system->add_file(path, std::string(kMaxEventLog + 1, 'x'));
  machine.expect_error(ErrorCode::io_failure, {path, "File too large"}, request);
  machine.system->deny(path, EACCES);
  machine.expect_error(ErrorCode::permission_denied, {path, "only root may read the event log"}, request);
}

TEST(TdxProvider, LeavesWhenTheCallerDoes) {
  Machine machine;
  machine.with_tsm().with_device();
  machine.expect_error(ErrorCode::timed_out, {"Intel TDX (configfs-tsm)"}, {asked()}, {.at_most = milliseconds{0}});

  // Into the job, and out again while the host is busy. What is left behind ends by itself.
  std::stop_source stop;
  std::latch left(1);
  machine.tsm->report_fails.assign(1000, EBUSY);
  machine.tsm->before_report = [&](FakeTsm::Entry&) {
    stop.request_stop();
    left.wait();
  };
  machine.expect_error(ErrorCode::cancelled, {"the caller stopped waiting"}, {asked()}, {.stop = stop.get_token()});
  left.count_down();
  const auto idle = machine.system->queue("/dev/tdx_guest").run<int>("idle", {}, [](const device::Waiting&) {
    return Result<int>(1);
  });
  EXPECT_TRUE(idle);
  EXPECT_EQ(machine.service->requests, 0);
}

TEST(TdxProvider, AsksForOneQuoteAtATime) {
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
}  // namespace tenzro::tee::tdx
