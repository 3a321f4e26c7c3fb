// SPDX-License-Identifier: Apache-2.0
// What holds of every verdict, whatever the evidence was.
#pragma once
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fakes/fixed_source.hpp"
#include "fuzz_target.hpp"
#include "tenzro/tee/finding.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::fuzz {

inline constexpr MemoryLimits kFuzzedMemory{
    .platforms = 2000, .certificate_bytes = std::size_t{4} << 20U, .document_bytes = std::size_t{8} << 20U};

inline constexpr MemoryLimits kNothingRemembered{.platforms = 0, .certificate_bytes = 0, .document_bytes = 0};

inline void require_decent(const Finding& finding) {
  require(find_help(finding.code) != nullptr, "every code is in the catalogue");
  require(!finding.check.empty() && !finding.message.empty(), "a finding says what it is about");
}

inline void require_consistent(const VerificationResult& verdict) {
  for (const Finding& finding : verdict.failures()) {
    require_decent(finding);
  }
  for (const Finding& finding : verdict.warnings()) {
    require_decent(finding);
  }
  require(verdict.valid() == verdict.failures().empty(), "valid means that nothing failed");
  const std::string text = to_json(verdict);
  require(nlohmann::json::accept(text), "a verdict is JSON");
  require(text.find('\n') == std::string::npos || text.back() == '\n', "of one line, or ends its last one");
  for (const Check& check : verdict.checks()) {
    require(!verdict.valid() || check.status != CheckStatus::fail, "no check failed of what is valid");
  }
  if (verdict.valid()) {
    require(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified() &&
                verdict.freshness_verified(),
            "valid means that all of it was verified");
    require(verdict.user_data_verified().value_or(true) && verdict.nonce_verified().value_or(true) &&
                verdict.policy_verified().value_or(true),
            "and all that was asked for");
    require(verdict.verified_at() < verdict.valid_until(), "what a verdict rests on is current");
  } else {
    require(!verdict.verified().has_value(), "no proof without a valid verdict");
  }
}

/// For evidence that nobody edited: what is wrong with the target is told, not only that something is.
inline void require_accepted(const VerificationResult& verdict) {
  for (const Finding& finding : verdict.failures()) {
    std::fprintf(stderr, "%s/%s: %s\n", finding.check.c_str(), finding.code.c_str(), finding.message.c_str());
  }
  require(verdict.valid(), "what nobody edited is accepted");
}

/// One verifier for all inputs of a run, which remembers, and a new one for each question that is asked twice.
class Bench {
 public:
  /// Holds the documents of the input that is judged.
  std::shared_ptr<test::FixedSource> source = std::make_shared<test::FixedSource>();

  /// How often an input's verdict is asked for again: it costs as much as the first time.
  enum class Again : std::uint8_t { where_valid, by_the_same, by_a_fresh_one };
  static Again again_for(ByteView input) {
    std::uint32_t sum = 0;
    for (const std::uint8_t byte : input) {
      sum = sum * 31 + byte;
    }
    return sum % 16 == 0 ? Again::by_a_fresh_one : sum % 4 == 0 ? Again::by_the_same : Again::where_valid;
  }

  /// The verdict of the verifier that remembers, once it was held, where it is valid or again says so, against its own
  /// second one and that of a verifier which knows nothing yet. options accept simulated evidence; without that,
  /// nothing here may be valid.
  VerificationResult judge(const AttestationReport& report, const VerifyOptions& options,
                           const VerifyOptions& without_simulation, Again again) const {
    VerificationResult verdict = verifier_.verify(report, options);
    require_consistent(verdict);
    if (verdict.valid() || again != Again::where_valid) {
      const std::string text = to_json(verdict);
      require(to_json(verifier_.verify(report, options)) == text, "the same evidence has the same verdict");
      if (verdict.valid() || again == Again::by_a_fresh_one) {
        const AttestationVerifier fresh(source, kNothingRemembered);
        require(to_json(fresh.verify(report, options)) == text, "what is remembered changes no verdict");
      }
      const VerificationResult strict = verifier_.verify(report, without_simulation);
      require_consistent(strict);
      require(!strict.valid(), "simulated evidence needs the caller's permission");
    }
    require(!verdict.valid() || verdict.simulated(), "what the simulated hierarchy signs is simulated");
    return verdict;
  }

 private:
  AttestationVerifier verifier_{source, kFuzzedMemory};
};

}  // namespace tenzro::tee::fuzz
