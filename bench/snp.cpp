// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports: one P-384 and three RSA-4096 signatures (VCEK, ASK, revocation list) when nothing is known, one
// P-384 when the chain and the list are.
#include "snp.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "calibrators.hpp"
#include "evidence/snp/report.hpp"
#include "one_report.hpp"
#include "rows.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

/// A report with its VCEK certificate and list in files, as KDS hands them out; null where there is no real evidence.
std::unique_ptr<const OneReport> stage_of(const std::string& folder, const std::string& vcek, const std::string& list) {
  const std::filesystem::path vectors = std::filesystem::path(TENZRO_VECTORS_DIR) / "sev-snp";
  std::ifstream file(vectors / folder / "report.bin", std::ios::binary);
  if (!file) {
    return nullptr;
  }
  auto collateral = offline_collateral({vectors / folder / vcek, vectors / "crl" / list});
  demand(collateral.has_value(), "the real collateral cannot be read");
  auto out = std::make_unique<OneReport>();
  out->collateral = *std::move(collateral);
  out->report.evidence.assign(std::istreambuf_iterator<char>(file), {});
  out->options = VerifyOptions::unbound_replay_possible().at(*from_rfc3339("2026-09-21T14:13:20Z"));
  return out;
}

void parse_report(benchmark::State& state, const OneReport& on) {
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    const auto parsed = snp::parse_report(on.report.evidence);
    if (!parsed) {
      state.SkipWithError("a good report was refused");
      return;
    }
    benchmark::DoNotOptimize(parsed->signature_r_s());
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}

}  // namespace

void add_snp_rows() {
  const auto add_stage = [](std::shared_ptr<const OneReport> on, const std::string& suffix) {
    if (on == nullptr) {
      return;
    }
    const auto warm = std::make_shared<AttestationVerifier>(on->collateral);
    refuse_altered(*warm, *on, {0x50, 0x180, 0x2a0, 0x2f0});
    demand(warm->verify(on->report, *on->options).valid(), "good evidence was refused");
    refuse_altered(*warm, *on, {0x50, 0x180, 0x2a0, 0x2f0});
    add_row("parse/snp_report" + suffix, [on](benchmark::State& state) { parse_report(state, *on); },
            {{{1, kSha256Of632}}, 0.5, {{"allocations", 0}}});
    add_row("verify/snp/cold" + suffix, [on](benchmark::State& state) { verify_cold(state, *on); },
            {{{1, kP384Verify}, {3, kRsa4096Verify}}, 1.3});
    add_row("verify/snp/warm" + suffix, [on, warm](benchmark::State& state) { verify_warm(state, *warm, *on); },
            {{{1, kP384Verify}}, 1.05});
    add_scaling_row(
        "verify/snp/warm_threads" + suffix, [on, warm](benchmark::State& state) { verify_warm(state, *warm, *on); },
        kP384VerifyThreads);
  };
  add_stage(stage_of("s06_genoa_v3", "vcek.pem", "genoa_vcek_crl_2026-08.der"), "_genoa");
  add_stage(stage_of("s07_turin_v5", "vcek.pem", "turin_vcek_crl_2026-08.der"), "_turin");
}

}  // namespace tenzro::bench
