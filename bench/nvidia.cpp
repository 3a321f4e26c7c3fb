// SPDX-License-Identifier: Apache-2.0
// GPU reports: one P-384 signature when the chain is known; four more for the chain when nothing is, four for each
// manifest, and one for each OCSP answer.
#include "nvidia.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "calibrators.hpp"
#include "collateral/nvidia/rim.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "made/device.hpp"
#include "one_report.hpp"
#include "rows.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

/// What a judgement without manifests takes; the one with them needs no policy.
Policy without_manifests() {
  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace().require_rim = false;
  rules.revocation.ocsp = Revocation::off;
  return *Policy::from_rules(std::move(rules));
}

/// The genuine Hopper GPU, whose issuers' OCSP answers nobody has kept; null where there is no real evidence.
std::shared_ptr<OneReport> genuine(bool with_manifests) {
  const std::filesystem::path folder = std::filesystem::path(TENZRO_VECTORS_DIR) / "nvidia" / "gpu-hopper-550.90.07";
  if (!std::filesystem::exists(folder)) {
    return nullptr;
  }
  auto out = std::make_shared<OneReport>();
  const auto report = tee::parse_report(test::read_file(folder / "report.hex.txt"));
  const auto chain = read_certificates(test::read_file(folder / "chain.pem"));
  const auto manifests = offline_collateral({folder / "driver-rim.xml", folder / "vbios-rim.xml"});
  demand(report && chain && manifests, "the real evidence cannot be read");
  out->report = *report;
  out->report.certificate_chain = *chain;
  out->collateral = with_manifests ? *manifests : no_collateral();
  out->options =
      VerifyOptions::unbound_replay_possible().at(*from_rfc3339("2026-03-01T00:00:00Z")).revocation(Revocation::off);
  if (!with_manifests) {
    out->options->with_policy(without_manifests());
  }
  return out;
}

/// A made GPU with all that a verifier asks for by default: two manifests and six OCSP answers.
std::shared_ptr<OneReport> whole() {
  const test::MadeDevice device = test::MadeDevice().make();
  auto out = std::make_shared<OneReport>();
  out->report.evidence = device.report();
  out->report.certificate_chain = device.chain();
  out->collateral = device.source();
  out->options = device.options();
  return out;
}

void parse_spdm(benchmark::State& state, const OneReport& on) {
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    const auto parsed = nvidia::parse_report(on.report.evidence);
    if (!parsed) {
      state.SkipWithError("a good report was refused");
      return;
    }
    benchmark::DoNotOptimize(parsed->signature());
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}

void parse_manifest(benchmark::State& state, const Bytes& xml) {
  for (auto _ : state) {
    const auto parsed = nvidia::parse_rim(xml);
    if (!parsed) {
      state.SkipWithError("a good manifest was refused");
      return;
    }
    benchmark::DoNotOptimize(parsed->active.size());
  }
}

void add_stage(const std::string& name, const std::shared_ptr<const OneReport>& on, double cold_signatures,
               double warm_limit) {
  const auto warm = std::make_shared<AttestationVerifier>(on->collateral);
  refuse_altered(*warm, *on, {0x10, 0x40, 0x400, 0xe00});
  demand(warm->verify(on->report, *on->options).valid(), "good evidence was refused");
  refuse_altered(*warm, *on, {0x10, 0x40, 0x400, 0xe00});
  add_row("verify/nvidia/cold_" + name, [on](benchmark::State& state) { verify_cold(state, *on); },
          {{{cold_signatures, kP384Verify}}});
  add_row("verify/nvidia/warm_" + name, [on, warm](benchmark::State& state) { verify_warm(state, *warm, *on); },
          {{{1, kP384Verify}}, warm_limit});
}

}  // namespace

void add_nvidia_rows() {
  constexpr double kChain = 5, kManifests = 8, kAnswers = 6;
  const auto made = whole();
  add_row("parse/spdm_report", [made](benchmark::State& state) { parse_spdm(state, *made); },
          {{{1, kSha256Of632}}, 0, {{"allocations", 0}}});
  const test::MadeDevice device = test::MadeDevice().make();
  const Bytes manifest = device.rim_signer.signing(device.vbios_rim).bytes();
  add_row("parse/rim_made", [manifest](benchmark::State& state) { parse_manifest(state, manifest); });
  if (const auto chain_only = genuine(false)) {
    add_stage("chain", chain_only, kChain, 1.1);
    add_stage("manifests", genuine(true), kChain + kManifests, 1.3);
    const Bytes genuine_manifest = test::read_vector("nvidia/gpu-hopper-550.90.07/driver-rim.xml");
    add_row("parse/rim_genuine",
            [genuine_manifest](benchmark::State& state) { parse_manifest(state, genuine_manifest); });
  }
  add_stage("whole", made, kChain + kManifests + kAnswers, 1.3);
}

}  // namespace tenzro::bench
