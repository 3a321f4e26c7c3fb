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
#include "one_report.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "rows.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

const OneReport& made() {
  static const OneReport stage = [] {
    const UtcTime now = *from_rfc3339("2026-06-01T12:00:00Z");
    simulated::NitroDocumentSpec spec;
    spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(now);
    OneReport out;
    out.collateral = no_collateral();
    out.report.evidence = simulated::NitroEvidenceMaker().document(spec);
    out.options =
        VerifyOptions::unbound_replay_possible().at(now).accept_simulated(InsecureSimulation::for_development_only());
    return out;
  }();
  return stage;
}

/// Null where there is no real evidence.
const OneReport* genuine() {
  static const std::unique_ptr<const OneReport> stage = []() -> std::unique_ptr<const OneReport> {
    std::ifstream file(std::filesystem::path(TENZRO_VECTORS_DIR) / "nitro/real/dstack-nsm-2025-12-25a.cose",
                       std::ios::binary);
    if (!file) {
      return nullptr;
    }
    auto out = std::make_unique<OneReport>();
    out->collateral = no_collateral();
    out->report.evidence.assign(std::istreambuf_iterator<char>(file), {});
    out->options = VerifyOptions::unbound_replay_possible().at(*from_rfc3339("2025-12-25T13:15:37Z"));
    return out;
  }();
  return stage.get();
}

void parse_document(benchmark::State& state, const OneReport& on) {
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
  const auto add_stage = [](const OneReport& on, const std::string& suffix) {
    const auto warm = std::make_shared<AttestationVerifier>(on.collateral);
    refuse_altered(*warm, on, {200, on.report.evidence.size() / 2, on.report.evidence.size() - 40});
    demand(warm->verify(on.report, *on.options).valid(), "good evidence was refused");
    refuse_altered(*warm, on, {200, on.report.evidence.size() / 2, on.report.evidence.size() - 40});
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
