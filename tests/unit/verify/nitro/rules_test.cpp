// SPDX-License-Identifier: Apache-2.0
#include "verify/nitro/rules.hpp"

#include <gtest/gtest.h>

#include "unit/verify/simulated_aws.hpp"

namespace tenzro::tee::test {
namespace {

using namespace std::chrono_literals;

NitroRules pinning(const AwsStage& stage, std::initializer_list<unsigned> indices) {
  NitroRules out;
  for (const unsigned index : indices) {
    out.pcrs[index] = {stage.spec.pcrs.at(index)};
  }
  return out;
}

// ATTACK(N5)
TEST(NitroRules, RefuseDebugModeUnlessItIsAllowed) {
  AwsStage stage;
  for (unsigned index = 0; index < 3; ++index) {
    stage.spec.pcrs[index] = Bytes(48);
  }
  const VerificationResult verdict = stage.judge();
  expect_refused(verdict, "policy", "enclave_debug");
  EXPECT_TRUE(std::get<NitroClaims>(*verdict.claims_for_display()).debug);
  expect_refused(stage.judge(stage.options().with_policy(nitro_policy({}))), "policy", "enclave_debug");
  NitroRules rules;
  rules.allow_debug = true;
  const VerificationResult allowed = stage.judge(stage.options().with_policy(nitro_policy(rules)));
  expect_accepted(allowed);
  EXPECT_TRUE(has_warning(allowed, "enclave_debug"));
  // Without the three there is nothing that could be pinned either.
  for (unsigned index = 0; index < 3; ++index) {
    stage.spec.pcrs.erase(index);
  }
  expect_refused(stage.judge(), "policy", "enclave_debug");
}

TEST(NitroRules, CompareEveryPinnedPcr) {
  const AwsStage stage;
  const VerificationResult good =
      stage.judge(stage.options().with_policy(nitro_policy(pinning(stage, {0, 1, 2, 4, 15}))));
  expect_accepted(good);
  EXPECT_EQ(good.policy_verified(), true);
  EXPECT_EQ(good.unpinned(), (std::vector<std::string>{"pcrs.3"})) << "zero ones say nothing";
  for (const unsigned index : {0U, 1U, 2U, 4U, 15U}) {
    NitroRules rules = pinning(stage, {0, 1, 2, 4, 15});
    rules.pcrs[index] = {Bytes(48, 0xee)};
    const VerificationResult verdict = stage.judge(stage.options().with_policy(nitro_policy(rules)));
    expect_refused(verdict, "policy", "pcr_not_allowed");
    EXPECT_EQ(verdict.policy_verified(), false);
    rules.pcrs[index].push_back(stage.spec.pcrs.at(index));
    expect_accepted(stage.judge(stage.options().with_policy(nitro_policy(rules))));
  }
}

// ATTACK(N6)
TEST(NitroRules, RefuseAPinnedPcrThatIsNotThere) {
  const AwsStage stage;
  NitroRules rules = pinning(stage, {0, 1, 2});
  rules.pcrs[16] = {Bytes(48)};
  expect_refused(stage.judge(stage.options().with_policy(nitro_policy(rules))), "policy", "pcr_missing");
}

TEST(NitroRules, ReportTheEntryThatCameClosest) {
  const AwsStage stage;
  PolicyRules rules;
  NitroRules far;
  far.pcrs = {{0, {Bytes(48, 1)}}, {1, {Bytes(48, 1)}}};
  NitroRules close;
  close.pcrs = {{0, {Bytes(48, 1)}}};
  rules.any_of = {far, close};
  const VerificationResult verdict = stage.judge(stage.options().with_policy(Policy::from_rules(rules).value()));
  EXPECT_EQ(verdict.failures().size(), 1U) << describe(verdict);
  rules.any_of.emplace_back(pinning(stage, {0, 1, 2}));
  expect_accepted(stage.judge(stage.options().with_policy(Policy::from_rules(rules).value())));
}

// ATTACK(N11): a TPM's PCRs never meet an enclave's rules.
TEST(NitroRules, OfATpmAreRulesOfTheirOwn) {
  AwsStage stage;
  stage.spec.tpm = true;
  PolicyRules rules;
  NitroTpmRules tpm;
  tpm.nitrotpm_pcrs = {{4, {stage.spec.pcrs.at(4)}}};
  rules.any_of.emplace_back(tpm);
  const VerificationResult verdict = stage.judge(stage.options().with_policy(Policy::from_rules(rules).value()));
  expect_accepted(verdict);
  EXPECT_EQ(verdict.unpinned(),
            (std::vector<std::string>{"nitrotpm_pcrs.0", "nitrotpm_pcrs.1", "nitrotpm_pcrs.2", "nitrotpm_pcrs.3"}));
  for (unsigned index = 0; index < 3; ++index) {
    stage.spec.pcrs[index] = Bytes(48);
  }
  expect_refused(stage.judge(), "policy", "enclave_debug");
}

}  // namespace
}  // namespace tenzro::tee::test
