// SPDX-License-Identifier: Apache-2.0
// Nitro documents: five P-384 signatures when nothing is known, one when the chain is.
#include "nitro.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "allocations.hpp"
#include "calibrators.hpp"
#include "evidence/nitro/document.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "rows.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

struct Stage {
  AttestationReport report;
  std::optional<VerifyOptions> options;
};

const Stage& made() {
  static const Stage stage = [] {
    const UtcTime now = *from_rfc3339("2026-06-01T12:00:00Z");
    simulated::NitroDocumentSpec spec;
    spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(now);
    Stage out;
    out.report.evidence = simulated::NitroEvidenceMaker().document(spec);
    out.options =
        VerifyOptions::unbound_replay_possible().at(now).accept_simulated(InsecureSimulation::for_development_only());
    return out;
  }();
  return stage;
}

/// Null where there is no real evidence.
const Stage* genuine() {
  static const std::unique_ptr<const Stage> stage = []() -> std::unique_ptr<const Stage> {
    std::ifstream file(std::filesystem::path(TENZRO_VECTORS_DIR) / "nitro/real/dstack-nsm-2025-12-25a.cose",
                       std::ios::binary);
    if (!file) {
      return nullptr;
    }
    auto out = std::make_unique<Stage>();
    out->report.evidence.assign(std::istreambuf_iterator<char>(file), {});
    out->options = VerifyOptions::unbound_replay_possible().at(*from_rfc3339("2025-12-25T13:15:37Z"));
    return out;
  }();
  return stage.get();
}

/// A verifier that takes everything would be fast.
void refuse_altered(const AttestationVerifier& verifier, const Stage& on) {
  for (const std::size_t at : {std::size_t{200}, on.report.evidence.size() / 2, on.report.evidence.size() - 40}) {
    AttestationReport report = on.report;
    report.evidence[at] ^= 1;
    demand(!verifier.verify(report, *on.options).valid(), "an altered document was accepted");
  }
}

void verify_cold(benchmark::State& state, const Stage& on) {
  for (auto _ : state) {
    state.PauseTiming();
    auto verifier = std::make_unique<AttestationVerifier>(no_collateral());
    state.ResumeTiming();
    if (!verifier->verify(on.report, *on.options).valid()) {
      state.SkipWithError("good evidence was refused");
      return;
    }
    state.PauseTiming();
    verifier.reset();
    state.ResumeTiming();
  }
}

void verify_warm(benchmark::State& state, const AttestationVerifier& verifier, const Stage& on) {
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    const std::uint64_t before = allocations();
    if (!verifier.verify(on.report, *on.options).valid()) {
      state.SkipWithError("good evidence was refused");
      return;
    }
    allocated = allocations() - before;
  }
  state.counters["allocations"] = static_cast<double>(allocated) / static_cast<double>(state.threads());
}

void parse_document(benchmark::State& state, const Stage& on) {
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    const auto parsed = nitro::parse_document(on.report.evidence);
    if (!parsed) {
      state.SkipWithError("a good document was refused");
      return;
    }
    benchmark::DoNotOptimize(parsed->envelope.signature.data());
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}

}  // namespace

void add_nitro_rows() {
  const auto add_stage = [](const Stage& on, const std::string& suffix) {
    const auto warm = std::make_shared<AttestationVerifier>(no_collateral());
    refuse_altered(*warm, on);
    demand(warm->verify(on.report, *on.options).valid(), "good evidence was refused");
    refuse_altered(*warm, on);
    add_row("parse/nitro_document" + suffix, [&on](benchmark::State& state) { parse_document(state, on); },
            {{{1, kSha256Of632}}, 0, {{"allocations", 0}}});
    add_row("verify/nitro/cold" + suffix, [&on](benchmark::State& state) { verify_cold(state, on); },
            {{{5, kP384Verify}}, 1.3});
    add_row("verify/nitro/warm" + suffix, [&on, warm](benchmark::State& state) { verify_warm(state, *warm, on); },
            {{{1, kP384Verify}}, 1.05});
    add_scaling_row(
        "verify/nitro/warm_threads" + suffix, [&on, warm](benchmark::State& state) { verify_warm(state, *warm, on); },
        kP384VerifyThreads);
  };
  add_stage(made(), "");
  if (genuine() != nullptr) {
    add_stage(*genuine(), "_genuine");
  }
}

}  // namespace tenzro::bench
