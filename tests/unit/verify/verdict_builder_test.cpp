// SPDX-License-Identifier: Apache-2.0
// The last word on every verdict: what was not marked, or not judged to the end, is no yes.
#include "verify/verdict_builder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "support/findings.hpp"

namespace tenzro::tee::test {
namespace {

constexpr UtcTime kThen = UtcTime(std::chrono::seconds{1'780'000'000});

/// The steps that every yes needs.
const std::array<std::function<void(VerdictBuilder&)>, 4>& steps() {
  static const std::array<std::function<void(VerdictBuilder&)>, 4> all = {
      [](VerdictBuilder& verdict) { verdict.mark_platform_verified(); },
      [](VerdictBuilder& verdict) { verdict.mark_signature_verified(); },
      [](VerdictBuilder& verdict) { verdict.mark_chain_verified(); },
      [](VerdictBuilder& verdict) { verdict.set_claims(NvidiaClaims()); }};
  return all;
}
VerificationResult finished_without(std::size_t left_out, bool judged_to_the_end = true) {
  VerdictBuilder verdict(kThen);
  verdict.limit_valid_until(kThen + std::chrono::hours{1});
  for (std::size_t i = 0; i < steps().size(); ++i) {
    if (i != left_out) {
      steps().at(i)(verdict);
    }
  }
  return std::move(verdict).finish(judged_to_the_end, true);
}

TEST(VerdictBuilder, IsAYesWhereEverythingWasJudged) {
  const VerificationResult verdict = finished_without(steps().size());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.verified());
  EXPECT_EQ(verdict.valid_until(), kThen + std::chrono::hours{1});
}

TEST(VerdictBuilder, IsNoYesWhereAStepWasLeftOut) {
  for (std::size_t left_out = 0; left_out < steps().size(); ++left_out) {
    const VerificationResult verdict = finished_without(left_out);
    EXPECT_FALSE(verdict.valid()) << left_out;
    EXPECT_FALSE(verdict.verified()) << left_out;
    EXPECT_EQ(codes_in(verdict.failures()), Codes{"verification_incomplete"}) << left_out;
    EXPECT_EQ(verdict.valid_until(), kThen) << left_out;
  }
  const VerificationResult early = finished_without(steps().size(), false);
  EXPECT_FALSE(early.valid() || early.verified().has_value());
  EXPECT_EQ(codes_in(early.failures()), Codes{"verification_incomplete"});
}

TEST(VerdictBuilder, SaysNoMoreThanTheReasonThatIsThere) {
  VerdictBuilder verdict(kThen);
  verdict.fail("format", demanded_by::kVendor, {"format", "malformed_evidence", "broken"});
  EXPECT_EQ(codes_in(std::move(verdict).finish(false, true).failures()), Codes{"malformed_evidence"});
}

TEST(VerdictBuilder, MarksNothingOfNoDevices) {
  VerdictBuilder verdict(kThen);
  verdict.mark_platform_verified();
  verdict.mark_signature_verified();
  verdict.mark_chain_verified();
  verdict.mark_freshness_verified();
  verdict.set_devices({});
  const VerificationResult result = std::move(verdict).finish(true, true);
  EXPECT_FALSE(result.platform_verified() || result.signature_verified() || result.certificate_chain_verified() ||
               result.freshness_verified());
}

TEST(VerdictBuilder, RepeatsAPartsWarningOnlyWhereItIsTheSame) {
  VerdictBuilder whole(kThen), part(kThen);
  whole.warn({"device", "measurement_uncovered", "index 9"});
  part.warn({"device", "measurement_uncovered", "index 9"});
  part.warn({"device", "measurement_uncovered", "index 41"});
  part.warn({"device", "measurements_not_compared", "index 9"});
  whole.absorb(part, "GPU-0");
  const VerificationResult result = std::move(whole).finish(false, false);
  ASSERT_EQ(result.warnings().size(), 3U) << words_in(result.warnings());
  EXPECT_EQ(result.warnings()[1].message, "index 41");
  EXPECT_EQ(result.warnings()[2].code, "measurements_not_compared");
}

}  // namespace
}  // namespace tenzro::tee::test
