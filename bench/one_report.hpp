// SPDX-License-Identifier: Apache-2.0
// Verifying one piece of evidence again and again: with a new verifier each time, or with one that knows it.
#pragma once
#include <benchmark/benchmark.h>

#include <initializer_list>
#include <memory>
#include <optional>

#include "tenzro/tee/verifier.hpp"

namespace tenzro::bench {

struct OneReport {
  std::shared_ptr<tee::CollateralSource> collateral;
  tee::AttestationReport report;
  std::optional<tee::VerifyOptions> options;
};

/// A verifier that takes everything would be fast. at: bytes of the evidence that are changed, one at a time.
void refuse_altered(const tee::AttestationVerifier& verifier, const OneReport& on,
                    std::initializer_list<std::size_t> at);
/// Nothing is known.
void verify_cold(benchmark::State& state, const OneReport& on);
/// All is known but the evidence's own signature.
void verify_warm(benchmark::State& state, const tee::AttestationVerifier& verifier, const OneReport& on);

}  // namespace tenzro::bench
