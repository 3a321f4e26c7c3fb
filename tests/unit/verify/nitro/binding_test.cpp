// SPDX-License-Identifier: Apache-2.0
#include "verify/nitro/binding.hpp"

#include <gtest/gtest.h>

#include "support/vectors.hpp"
#include "unit/verify/simulated_aws.hpp"

namespace tenzro::tee::test {
namespace {

VerifyOptions bound_to_data(const Bytes& bytes) {
  return VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(bytes).value());
}
VerifyOptions bound_to_nonce(const Bytes& bytes) {
  return VerifyOptions::bound_to_nonce(EvidenceNonce::from_caller_data(bytes).value());
}

// Design D5: other tools write short data as it is, ours in its 64 bytes.
TEST(NitroBinding, TakesUserDataAsGivenOrInItsSixtyFourBytes) {
  const Bytes short_data = {1, 2, 3}, long_data(100, 0x6c);
  for (const Bytes& data : {short_data, long_data, Bytes(64, 0x40)}) {
    const ReportData expected = ReportData::from_caller_data(data).value();
    for (const ByteView form : {ByteView(data), ByteView(expected.bytes())}) {
      AwsStage stage;
      stage.spec.user_data = Bytes(form.begin(), form.end());
      const VerificationResult verdict = stage.judge(stage.prepared(VerifyOptions::bound_to_caller_data(expected)));
      expect_accepted(verdict);
      EXPECT_EQ(verdict.user_data_verified(), true);
      EXPECT_FALSE(has_warning(verdict, "replay_not_ruled_out"));
    }
  }
}

TEST(NitroBinding, TakesChallengesInEitherRole) {
  const Challenge challenge = Challenge::random();
  AwsStage stage;
  const ReportData data = ReportData::bind(challenge, view("context"));
  stage.spec.user_data = Bytes(data.bytes().begin(), data.bytes().end());
  stage.spec.nonce = Bytes(challenge.bytes().begin(), challenge.bytes().end());
  VerifyOptions both = VerifyOptions::bound_to(challenge, view("context"));
  both.expect_nonce(EvidenceNonce::from_challenge(challenge));
  const VerificationResult verdict = stage.judge(stage.prepared(both));
  expect_accepted(verdict);
  EXPECT_EQ(verdict.user_data_verified(), true);
  EXPECT_EQ(verdict.nonce_verified(), true);
  EXPECT_TRUE(verdict.verified());
}

// ATTACK(N9)
TEST(NitroBinding, TakesNothingForWhatIsAbsentOrEmpty) {
  for (const std::optional<Bytes>& nothing : {std::optional<Bytes>(), std::optional<Bytes>(Bytes())}) {
    AwsStage stage;
    stage.spec.user_data = nothing;
    stage.spec.nonce = nothing;
    expect_refused(stage.judge(stage.prepared(bound_to_data({1, 2, 3}))), "user_data", "user_data_mismatch");
    expect_refused(stage.judge(stage.prepared(bound_to_nonce({1, 2, 3}))), "nonce", "nonce_mismatch");
  }
  AwsStage stage;
  stage.spec.public_key.reset();
  expect_refused(stage.judge(stage.options().expect_public_key(Bytes(91, 0x30))), "user_data", "public_key_mismatch");
  expect_refused(stage.judge(stage.options().expect_public_key({})), "user_data", "public_key_mismatch");
}

// ATTACK(N10)
TEST(NitroBinding, NeverMixesTheRoles) {
  AwsStage stage;
  stage.spec.user_data = Bytes(32, 1);
  stage.spec.nonce = Bytes(32, 2);
  stage.spec.public_key = Bytes(32, 3);
  for (std::uint8_t value = 1; value <= 3; ++value) {
    const Bytes expected(32, value);
    const VerificationResult data = stage.judge(stage.prepared(bound_to_data(expected)));
    EXPECT_EQ(has_failure(data, "user_data", "user_data_mismatch"), value != 1);
    const VerificationResult nonce = stage.judge(stage.prepared(bound_to_nonce(expected)));
    EXPECT_EQ(has_failure(nonce, "nonce", "nonce_mismatch"), value != 2);
    const VerificationResult key = stage.judge(stage.options().expect_public_key(expected));
    EXPECT_EQ(has_failure(key, "user_data", "public_key_mismatch"), value != 3);
    for (const VerificationResult* verdict : {&data, &nonce, &key}) {
      EXPECT_LE(verdict->failures().size(), 1U) << describe(*verdict);
    }
  }
}

// ATTACK(B1): one wrong expectation is enough.
TEST(NitroBinding, WantsEveryExpectationMet) {
  const AwsStage stage;
  for (const bool data_right : {false, true}) {
    for (const bool nonce_right : {false, true}) {
      VerifyOptions options = stage.prepared(bound_to_data(data_right ? *stage.spec.user_data : Bytes{9}));
      options.expect_nonce(EvidenceNonce::from_caller_data(nonce_right ? *stage.spec.nonce : Bytes{9}).value());
      const VerificationResult verdict = stage.judge(options);
      EXPECT_EQ(verdict.valid(), data_right && nonce_right);
      EXPECT_EQ(verdict.freshness_verified(), data_right && nonce_right);
      EXPECT_EQ(verdict.user_data_verified(), data_right);
      EXPECT_EQ(verdict.nonce_verified(), nonce_right);
      EXPECT_EQ(verdict.verified().has_value(), data_right && nonce_right);
    }
  }
}

TEST(NitroBinding, OfAKeyAloneIsNoChallenge) {
  const AwsStage stage;
  const VerificationResult verdict = stage.judge(stage.options().expect_public_key(*stage.spec.public_key));
  expect_accepted(verdict);
  EXPECT_TRUE(has_warning(verdict, "replay_not_ruled_out"));
  EXPECT_FALSE(verdict.verified());
}

TEST(NitroBinding, SaysNoWhereTheDocumentWasNotJudgedToTheEnd) {
  AwsStage stage;
  stage.spec.signed_by_another_key = true;
  VerifyOptions options = stage.prepared(bound_to_data(*stage.spec.user_data));
  options.expect_nonce(EvidenceNonce::from_caller_data(*stage.spec.nonce).value());
  const VerificationResult verdict = stage.judge(options);
  EXPECT_EQ(verdict.user_data_verified(), false);
  EXPECT_EQ(verdict.nonce_verified(), false);
}

// A quote has no nonce and signs no key.
TEST(NitroBinding, BelongsToNitroAlone) {
  const IntelStage stage;
  VerifyOptions options = stage.options();
  options.expect_nonce(EvidenceNonce::from_caller_data(Bytes{1}).value());
  const VerificationResult verdict = stage.judge(options);
  expect_refused(verdict, "nonce", "nonce_not_supported");
  EXPECT_EQ(verdict.nonce_verified(), false);
  expect_refused(stage.judge(stage.options().expect_public_key(Bytes{1})), "user_data", "public_key_not_supported");
}

}  // namespace
}  // namespace tenzro::tee::test
