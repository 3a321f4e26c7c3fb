// SPDX-License-Identifier: Apache-2.0
// Judging one piece of evidence while memory runs out.
#pragma once
#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <string>

#include "faults/failing_memory.hpp"
#include "support/alterations.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

/// One question whose answer is known.
struct Judgement {
  std::string name;
  AttestationReport report;
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  std::shared_ptr<CollateralSource> source = no_collateral();
  std::string expected = "yes";
};

inline std::string told(const VerificationResult& verdict) {
  const bool valid = verdict.valid();
  const bool proven = verdict.verified().has_value();
  const MemoryAgain again;
  return std::string(valid ? "yes" : "no") + (proven ? ", proven: " : ": ") + to_json(verdict);
}

/// The verdict's words, while memory runs out in writing them.
inline std::function<Operation()> writing(const VerificationResult& verdict) {
  return [&verdict] { return [&verdict] { return "yes: " + to_json(verdict); }; };
}

/// By a verifier that has yet to see anything, or one that has judged the same before.
inline std::function<Operation()> judging(const Judgement& one, bool warm) {
  return [&one, warm] {
    const auto verifier = std::make_shared<const AttestationVerifier>(one.source);
    if (warm) {
      static_cast<void>(verifier->verify(one.report, one.options).valid());
    }
    return [&one, verifier] { return told(verifier->verify(one.report, one.options)); };
  };
}

/// ordinary: of how many allocations the ordinary run fails one. The exhaustive run fails all, and of those who ask for
/// very many a part.
inline void expect_safe(const Judgement& one, std::uint64_t ordinary = 397, std::uint64_t at_least = 1) {
  const std::uint64_t step = std::max<std::uint64_t>(stride(ordinary), at_least);
  {
    SCOPED_TRACE(one.name + ", written");
    const VerificationResult verdict = AttestationVerifier(one.source).verify(one.report, one.options);
    expect_safe_without_memory(writing(verdict), "yes", step, Losses::of_json);
  }
  for (const bool warm : {false, true}) {
    SCOPED_TRACE(one.name + (warm ? ", judged before" : ", judged for the first time"));
    const FaultPoints points = expect_safe_without_memory(judging(one, warm), one.expected, step);
    EXPECT_GT(points.tried, 0U) << "it asks for no memory, so nothing was shown";
    std::cout << one.name << (warm ? ", warm: " : ", cold: ") << points.tried << " lacks of memory, " << points.refused
              << " refusals\n";
  }
}

}  // namespace tenzro::tee::test
