// SPDX-License-Identifier: Apache-2.0
// Requests and answers; the verifier has the last word on the answers.
#include "provider/nvidia/provider.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <nlohmann/json.hpp>
#include <thread>

#include "binding/formulas.hpp"
#include "made_machine.hpp"
#include "provider/nvidia/survey.hpp"
#include "support/findings.hpp"
#include "support/nvidia_vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::Codes;
using test::codes_in;
using test::kNow;
using test::made_gpu;
using test::MadeFabric;
using test::MadeMachine;
using test::words_in;

const Patience kLong{.at_most = std::chrono::seconds{60}};

std::unique_ptr<TeeProvider> provider_of(const test::FakeDriver& machine) {
  auto out = make_provider(machine.system, survey(take_inventory(machine.system, kLong.at_most)));
  EXPECT_NE(out, nullptr);
  return out;
}
EvidenceNonce nonce(std::size_t size = 32) { return *EvidenceNonce::from_caller_data(Bytes(size, 0xc4)); }
ReportData data() {
  const Bytes mine = {'m', 'i', 'n', 'e'};
  return *ReportData::from_caller_data(mine);
}
/// Chain, signature, nonce and wiring are judged, manifests and revocation not.
Policy without_manifests() {
  PolicyRules rules;
  NvidiaDeviceRules& devices = rules.devices.nvidia_gpu.emplace();
  devices.require_rim = false;
  devices.allow_missing_fwid = true;
  rules.revocation.ocsp = Revocation::off;
  return *Policy::from_rules(std::move(rules));
}

TEST(NvidiaProvider, ItsEvidenceIsJudgedValidForTheNonceAlone) {
  MadeMachine machine;
  const auto provider = provider_of(machine);
  EXPECT_EQ(provider->tee_type(), Platform::nvidia_gpu);
  EXPECT_EQ(provider->provider_name(), "NVIDIA GPU (NVML)");
  EXPECT_FALSE(provider->simulated());
  const auto report = provider->generate_attestation(nonce(), kLong);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->platform, Platform::nvidia_gpu);
  EXPECT_FALSE(report->simulated);
  EXPECT_EQ(report->generated_at, UtcTime(std::chrono::seconds{1'790'000'000}));
  EXPECT_EQ(report->report_data_hex, to_hex(nonce().bytes()));
  EXPECT_EQ(report->firmware_version, "96.00.9F.00.01");
  EXPECT_EQ(report->signature_hex.size(), 192U);

  const AttestationVerifier verifier(made_gpu().source());
  const auto options = [](const EvidenceNonce& expected) {
    return VerifyOptions::bound_to_nonce(expected).at(kNow).replace_trust_anchors(made_gpu().anchors());
  };
  const VerificationResult verdict = verifier.verify(*report, options(nonce()));
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.verified());
  EXPECT_EQ(verdict.nonce_verified(), std::optional(true));
  const auto other = *EvidenceNonce::from_caller_data(Bytes(32, 0xc5));
  EXPECT_EQ(codes_in(verifier.verify(*report, options(other)).failures()), Codes{"nonce_mismatch"});

  const std::string envelope = to_json(*report);
  const auto back = parse_report({reinterpret_cast<const std::uint8_t*>(envelope.data()), envelope.size()});
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_TRUE(verifier.verify(*back, options(nonce())).valid());
}

TEST(NvidiaProvider, ReportDataStandAsTheirHash) {
  MadeMachine machine;
  const auto report = provider_of(machine)->generate_attestation(data(), kLong);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->report_data_hex, to_hex(binding::nvidia_nonce(data().bytes())));
  const VerificationResult verdict =
      AttestationVerifier(made_gpu().source())
          .verify(*report,
                  VerifyOptions::bound_to_caller_data(data()).at(kNow).replace_trust_anchors(made_gpu().anchors()));
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(verdict.user_data_verified(), std::optional(true));
}

TEST(NvidiaProvider, AWholeMachineIsJudgedValid) {
  MadeFabric fabric;
  const auto report = provider_of(fabric)->generate_attestation(nonce(), kLong);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->report_data_hex, to_hex(nonce().bytes()));
  EXPECT_EQ(report->signature_hex, "") << "of many";
  const auto judge = [](const AttestationReport& one) {
    return AttestationVerifier(std::make_shared<test::MadeSource>())
        .verify(one, VerifyOptions::bound_to_nonce(nonce())
                         .at(kNow)
                         .replace_trust_anchors(made_gpu().anchors())
                         .with_policy(without_manifests()));
  };
  const VerificationResult verdict = judge(*report);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(verdict.devices().size(), 4U);

  auto json = nlohmann::json::parse(report->evidence.begin(), report->evidence.end());
  json.erase(3);
  const std::string text = json.dump();
  AttestationReport without = *report;
  without.evidence.assign(text.begin(), text.end());
  EXPECT_EQ(codes_in(judge(without).failures()), Codes{"topology_mismatch"}) << "without a switch";
}

TEST(NvidiaProvider, RefusesRequestsThatAGpuCannotAnswer) {
  MadeMachine machine;
  const auto provider = provider_of(machine);
  const auto expect_refused = [&](const AttestationRequest& request) {
    const auto report = provider->generate_attestation(request, kLong);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::invalid_argument) << report.error().message();
  };
  for (const std::size_t size : {1U, 31U, 33U, 64U, 1024U}) {
    expect_refused(nonce(size));
  }
  expect_refused({data(), nonce()});
  AttestationRequest request = nonce();
  request.public_key = Bytes(32, 1);
  expect_refused(request);
  request = data();
  request.event_log = true;
  expect_refused(request);
  request = data();
  request.report_data.reset();
  expect_refused(request);
  EXPECT_EQ(machine.nvml.count("nvmlDeviceGetConfComputeGpuAttestationReport"), 0);
}

TEST(NvidiaProvider, SaysWhyThereIsNoEvidence) {
  MadeMachine machine;
  const auto provider = provider_of(machine);
  const auto expect = [&](ErrorCode code) {
    EXPECT_EQ(provider->generate_attestation(nonce(), kLong).error().code(), code);
  };
  const std::string report = "nvmlDeviceGetConfComputeGpuAttestationReport";
  for (const auto& [value, code] : {std::pair(3, ErrorCode::not_available), std::pair(4, ErrorCode::permission_denied),
                                    std::pair(9, ErrorCode::not_available), std::pair(10, ErrorCode::timed_out),
                                    std::pair(15, ErrorCode::hardware_failure)}) {
    machine.nvml.returns = {{report, value}};
    expect(code);
  }
  machine.nvml.returns.clear();
  machine.nvml.cc_feature = 0;
  expect(ErrorCode::not_available);
  machine.nvml.cc_feature = 1;
  machine.take_functions_from_nvml({report});
  expect(ErrorCode::not_available);
}

TEST(NvidiaProvider, OneCallerAtATime) {
  MadeMachine machine;
  machine.nvml.gpus.push_back(machine.nvml.gpus.front());
  std::mutex mutex;
  std::vector<Bytes> asked;
  for (test::FakeGpu& gpu : machine.nvml.gpus) {
    gpu.report = [&, make = gpu.report](const Bytes& nonce_of_call) {
      const std::scoped_lock lock(mutex);
      asked.push_back(nonce_of_call);
      return make(nonce_of_call);
    };
  }
  const auto provider = provider_of(machine);
  constexpr std::size_t kCallers = 4;
  std::barrier start(kCallers);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < kCallers; ++i) {
      callers.emplace_back([&, i] {
        start.arrive_and_wait();
        const Bytes mine(32, static_cast<std::uint8_t>(i));
        const auto report = provider->generate_attestation(*EvidenceNonce::from_caller_data(mine), kLong);
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->report_data_hex, to_hex(mine));
      });
    }
  }
  ASSERT_EQ(asked.size(), 2 * kCallers);
  for (std::size_t i = 0; i < asked.size(); i += 2) {
    EXPECT_EQ(asked[i], asked[i + 1]) << "no collection came between";
  }
  EXPECT_EQ(machine.nvml.users(), 0);
}

TEST(NvidiaProvider, IsMadeOnlyWhereEvidenceCanBeHad) {
  MadeMachine machine;
  EXPECT_EQ(make_provider(machine.system, {}), nullptr);
  machine.nvml.cc_feature = 0;
  EXPECT_EQ(make_provider(machine.system, survey(take_inventory(machine.system, kLong.at_most))), nullptr);
  // The switches' library alone is none, and neither is another platform's.
  const std::vector<ProbeFinding> others = {
      {.platform = Platform::nvidia_gpu, .interface_path = "libnvidia-nscq.so.2", .present = true, .usable = true},
      {.platform = Platform::intel_tdx, .interface_path = "libnvidia-ml.so.1", .present = true, .usable = true}};
  EXPECT_EQ(make_provider(machine.system, others), nullptr);
}

// Genuine reports through the fake drivers: eight GPUs and four switches that answered this nonce once.
TEST(NvidiaProvider, GenuineDevicesComeThroughAsTheyAre) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  MadeFabric machine;
  machine.nvml.gpus.clear();
  machine.nscq.switches.clear();
  const auto gpus = test::read_vector_json("nvidia/evidence/ppcie-8gpu.json");
  const auto switches = test::read_vector_json("nvidia/evidence/ppcie-4switch.json");
  const auto bytes_of = [](const nlohmann::json& one, const char* member) {
    return *from_base64(one[member].get<std::string>());
  };
  for (const auto& one : gpus) {
    test::FakeGpu& gpu = machine.nvml.gpus.emplace_back();
    const Bytes chain = bytes_of(one, "certificate");
    gpu.chain.assign(chain.begin(), chain.end());
    gpu.report = [report = bytes_of(one, "evidence")](const Bytes& /*nonce*/) { return report; };
  }
  for (const auto& one : switches) {
    test::FakeSwitch& fake = machine.nscq.switches.emplace_back();
    fake.label = "SWX-" + std::to_string(machine.nscq.switches.size());
    const Bytes chain = bytes_of(one, "certificate");
    fake.chain.assign(chain.begin(), chain.end());
    fake.report = [report = bytes_of(one, "evidence")](const Bytes& /*nonce*/) { return report; };
  }
  const auto challenge = *EvidenceNonce::from_caller_data(*from_hex(gpus[0]["nonce"].get<std::string>()));
  const auto report = provider_of(machine)->generate_attestation(challenge, kLong);
  ASSERT_TRUE(report) << report.error().message();
  const VerificationResult verdict = AttestationVerifier(std::make_shared<test::MadeSource>())
                                         .verify(*report, VerifyOptions::bound_to_nonce(challenge)
                                                              .at(*from_rfc3339("2026-03-01T00:00:00Z"))
                                                              .with_policy(without_manifests()));
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(verdict.devices().size(), 12U);
  EXPECT_EQ(provider_of(machine)->generate_attestation(nonce(), kLong).error().code(), ErrorCode::hardware_failure)
      << "for another nonce they do not stand";
}

}  // namespace
}  // namespace tenzro::tee::nvidia
