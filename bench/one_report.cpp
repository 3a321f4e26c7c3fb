// SPDX-License-Identifier: Apache-2.0
#include "one_report.hpp"

#include "allocations.hpp"
#include "rows.hpp"

namespace tenzro::bench {

using namespace tenzro::tee;

void refuse_altered(const AttestationVerifier& verifier, const OneReport& on, std::initializer_list<std::size_t> at) {
  for (const std::size_t byte : at) {
    AttestationReport report = on.report;
    report.evidence[byte] ^= 1;
    demand(!verifier.verify(report, *on.options).valid(), "altered evidence was accepted");
  }
}

void verify_cold(benchmark::State& state, const OneReport& on) {
  for (auto _ : state) {
    state.PauseTiming();
    auto verifier = std::make_unique<AttestationVerifier>(on.collateral);
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

void verify_warm(benchmark::State& state, const AttestationVerifier& verifier, const OneReport& on) {
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

}  // namespace tenzro::bench
