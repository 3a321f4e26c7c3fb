// SPDX-License-Identifier: Apache-2.0
// Verifying as a service does it: evidence of many platforms, collateral as bytes in memory, a challenge to match.
#include "tdx.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "calibrators.hpp"
#include "evidence/tdx/quote.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "rows.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

constexpr std::size_t kPlatforms = 512;

/// Documents in memory, as a service holds them.
class InMemory final : public CollateralSource {
 public:
  explicit InMemory(std::vector<CollateralDocument> documents) {
    for (CollateralDocument& document : documents) {
      documents_.push_back(std::make_shared<const CollateralDocument>(std::move(document)));
    }
  }
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    std::vector<CollateralDocumentPtr> out;
    std::ranges::copy_if(documents_, std::back_inserter(out),
                         [&](const CollateralDocumentPtr& document) { return document->kind == request.kind; });
    return out;
  }

 private:
  std::vector<CollateralDocumentPtr> documents_;
};

/// Evidence of platforms that differ in their PCK certificate, with the collateral of all of them.
struct Stage {
  std::shared_ptr<CollateralSource> collateral;
  std::vector<AttestationReport> reports;
  std::optional<VerifyOptions> options;
};

const Stage& stage() {
  static const Stage made = [] {
    const UtcTime now = *from_rfc3339("2026-06-01T12:00:00Z");
    const ReportData challenge = ReportData::bind(*Challenge::from_bytes(Bytes(32, 0x42)), {});
    const simulated::TdxEvidenceMaker maker;
    simulated::QuoteSpec spec = simulated::tdx_quote_spec();
    std::ranges::copy(challenge.bytes(), spec.td.report_data.begin());
    Stage out;
    for (std::size_t i = 0; i < kPlatforms; ++i) {
      spec.pck.ppid[0] = static_cast<std::uint8_t>(i);
      spec.pck.ppid[1] = static_cast<std::uint8_t>(i >> 8);
      AttestationReport report;
      report.evidence = maker.quote(spec);
      out.reports.push_back(std::move(report));
    }
    simulated::CollateralSpec collateral;
    collateral.issued = now - std::chrono::hours{24};
    out.collateral = std::make_shared<InMemory>(maker.collateral(spec, collateral));
    out.options = VerifyOptions::bound_to_caller_data(challenge).at(now).accept_simulated(
        InsecureSimulation::for_development_only());
    return out;
  }();
  return made;
}

void refuse_altered(const AttestationVerifier& verifier, AttestationReport report) {
  report.evidence[195] ^= 1;  // in MRTD
  demand(!verifier.verify(report, *stage().options).valid(), "an altered quote was accepted");
}

/// Nothing is known: a verifier of its own for each quote.
void verify_cold(benchmark::State& state) {
  const Stage& on = stage();
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto verifier = std::make_unique<AttestationVerifier>(on.collateral);
    const std::uint64_t before = allocations();
    state.ResumeTiming();
    if (!verifier->verify(on.reports[0], *on.options).valid()) {
      state.SkipWithError("genuine evidence was refused");
      return;
    }
    state.PauseTiming();
    allocated = allocations() - before;
    verifier.reset();
    state.ResumeTiming();
  }
  state.counters["allocations"] = static_cast<double>(allocated);
}

/// The collateral is known, the platform is not.
void verify_new_platform(benchmark::State& state) {
  const Stage& on = stage();
  std::unique_ptr<AttestationVerifier> verifier;
  std::size_t next = kPlatforms;
  for (auto _ : state) {
    if (next == kPlatforms) {
      state.PauseTiming();
      verifier = std::make_unique<AttestationVerifier>(on.collateral);
      demand(verifier->verify(on.reports[0], *on.options).valid(), "genuine evidence was refused");
      next = 1;
      state.ResumeTiming();
    }
    if (!verifier->verify(on.reports[next++], *on.options).valid()) {
      state.SkipWithError("genuine evidence was refused");
      return;
    }
  }
}

const AttestationVerifier& warm_verifier() {
  static const AttestationVerifier verifier = [] {
    AttestationVerifier out(stage().collateral);
    demand(out.verify(stage().reports[0], *stage().options).valid(), "genuine evidence was refused");
    refuse_altered(out, stage().reports[0]);
    return out;
  }();
  return verifier;
}

/// All is known but the quote's own signature.
void verify_warm(benchmark::State& state) {
  const AttestationVerifier& verifier = warm_verifier();
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    const std::uint64_t before = allocations();
    if (!verifier.verify(stage().reports[0], *stage().options).valid()) {
      state.SkipWithError("genuine evidence was refused");
      return;
    }
    allocated = allocations() - before;
  }
  state.counters["allocations"] = static_cast<double>(allocated) / static_cast<double>(state.threads());
}

void parse_quote_row(benchmark::State& state) {
  const Bytes& quote = stage().reports[0].evidence;
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    const auto parsed = tdx::parse_quote(quote);
    if (!parsed) {
      state.SkipWithError("a good quote was refused");
      return;
    }
    benchmark::DoNotOptimize(parsed->signature.data());
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}

}  // namespace

void add_tdx_rows() {
  refuse_altered(AttestationVerifier(stage().collateral), stage().reports[0]);
  warm_verifier();
  add_row("parse/tdx_quote", parse_quote_row, {kSha256Of632, 1, 0.5});
  add_row("verify/tdx/cold", verify_cold, {kP256Verify, 9, 2.0});
  add_row("verify/tdx/new_platform", verify_new_platform, {kP256Verify, 3, 1.5});
  add_row("verify/tdx/warm", verify_warm, {kP256Verify, 2, 1.3});
  add_scaling_row("verify/tdx/warm_threads", verify_warm, kP256VerifyThreads);
}

}  // namespace tenzro::bench
