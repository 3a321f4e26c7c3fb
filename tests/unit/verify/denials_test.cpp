// SPDX-License-Identifier: Apache-2.0
#include "verify/denials.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "unit/verify/simulated_aws.hpp"

namespace tenzro::tee::test {
namespace {

/// What was judged: of the checks, warnings and failures alone, since no evidence stands behind these claims.
VerificationResult judged(const Claims& claims, DenyRules deny) {
  PolicyRules rules;
  rules.deny = std::move(deny);
  Question question;
  question.policy = &rules;
  VerdictBuilder verdict(kNow);
  judge_denials(claims, question, verdict);
  return std::move(verdict).finish(false, false);
}

bool is_denied(const VerificationResult& verdict) { return has_failure(verdict, "policy", "denied"); }

CheckStatus status_of(const VerificationResult& verdict, std::string_view id) {
  const auto found = std::ranges::find(verdict.checks(), id, &Check::id);
  EXPECT_NE(found, verdict.checks().end()) << id;
  return found == verdict.checks().end() ? CheckStatus::unpinned : found->status;
}

const ByteArray<48> kMeasured = [] {
  ByteArray<48> out{};
  out.fill(0x5a);
  return out;
}();
const ByteArray<48> kOther{1};

DenyRules by_measurement(std::vector<ByteArray<48>> values) {
  DenyRules out;
  out.measurement = std::move(values);
  return out;
}

SnpClaims snp() {
  SnpClaims out;
  out.chip_id[0] = 0xc2;
  out.product = "Genoa";
  out.measurement = kMeasured;
  return out;
}
TdxClaims tdx() {
  TdxClaims out;
  out.mr_td = kMeasured;
  return out;
}
NitroClaims nitro(unsigned index = 0) {
  NitroClaims out;
  out.pcrs = {{0, Bytes(48, 1)}, {1, Bytes(48, 2)}, {2, Bytes(48, 3)}};
  out.pcrs[index] = Bytes(kMeasured.begin(), kMeasured.end());
  return out;
}
NitroTpmClaims nitro_tpm() {
  NitroTpmClaims out;
  out.nitrotpm_pcrs = nitro(4).pcrs;
  return out;
}

TEST(Denials, SayNothingWithoutRules) {
  for (const Claims& claims :
       {Claims(snp()), Claims(tdx()), Claims(SgxClaims{}), Claims(nitro()), Claims(nitro_tpm())}) {
    const VerificationResult verdict = judged(claims, {});
    EXPECT_TRUE(verdict.checks().empty() && verdict.warnings().empty());
    EXPECT_FALSE(is_denied(verdict));
  }
}

TEST(Denials, HoldMeasurementsOfEveryPlatformThatHasThem) {
  std::vector<Claims> all = {snp(), tdx(), nitro_tpm()};
  for (const unsigned index : {0U, 1U, 2U, 8U, 31U}) {
    all.emplace_back(nitro(index));
  }
  for (const Claims& claims : all) {
    const VerificationResult denied = judged(claims, by_measurement({kOther, kMeasured}));
    EXPECT_TRUE(is_denied(denied)) << claims.index();
    EXPECT_EQ(status_of(denied, "deny.measurement"), CheckStatus::fail);
    const VerificationResult allowed = judged(claims, by_measurement({kOther}));
    EXPECT_FALSE(is_denied(allowed)) << claims.index();
    EXPECT_EQ(status_of(allowed, "deny.measurement"), CheckStatus::pass);
  }
}

TEST(Denials, HoldChipsAndProductsOfSevSnp) {
  const SnpClaims claims = snp();
  DenyRules chip;
  chip.chip_id = {ByteArray<64>{1}};
  EXPECT_FALSE(is_denied(judged(claims, chip)));
  chip.chip_id->push_back(claims.chip_id);
  EXPECT_TRUE(is_denied(judged(claims, chip)));
  DenyRules product;
  product.product = {"Milan"};
  EXPECT_FALSE(is_denied(judged(claims, product)));
  product.product->emplace_back("Genoa");
  EXPECT_TRUE(is_denied(judged(claims, product)));
}

TEST(Denials, CountWhatIsHiddenAsDenied) {
  SnpClaims masked = snp();
  masked.chip_id = {};
  DenyRules deny;
  deny.chip_id = {ByteArray<64>{1}};
  EXPECT_TRUE(is_denied(judged(masked, deny)));
  SnpClaims unknown = snp();
  unknown.product.clear();
  deny = {};
  deny.product = {"Milan"};
  EXPECT_TRUE(is_denied(judged(unknown, deny)));
  NitroClaims without;
  EXPECT_TRUE(is_denied(judged(without, by_measurement({kOther}))));
}

TEST(Denials, AreNeverPassedOverInSilence) {
  DenyRules chip, product;
  chip.chip_id = {ByteArray<64>{1}};
  product.product = {"Milan"};
  const std::vector<std::pair<Claims, std::pair<std::string, DenyRules>>> cases = {
      {tdx(), {"deny.chip_id", chip}},       {tdx(), {"deny.product", product}},
      {SgxClaims{}, {"deny.chip_id", chip}}, {SgxClaims{}, {"deny.measurement", by_measurement({kOther})}},
      {nitro(), {"deny.chip_id", chip}},     {nitro(), {"deny.product", product}},
      {nitro_tpm(), {"deny.chip_id", chip}}, {nitro_tpm(), {"deny.product", product}}};
  for (const auto& [claims, rule] : cases) {
    const VerificationResult verdict = judged(claims, rule.second);
    EXPECT_FALSE(is_denied(verdict));
    EXPECT_EQ(status_of(verdict, rule.first), CheckStatus::skipped) << claims.index();
    EXPECT_TRUE(has_warning(verdict, "denial_not_applicable")) << claims.index();
  }
}

TEST(Denials, OverrideWhatAPolicyAllows) {
  const AwsStage stage;
  PolicyRules rules;
  NitroRules pinned;
  for (const unsigned index : {0U, 1U, 2U}) {
    pinned.pcrs[index] = {stage.spec.pcrs.at(index)};
  }
  rules.any_of.emplace_back(pinned);
  rules.deny.measurement = {kOther};
  expect_accepted(stage.judge(stage.options().with_policy(Policy::from_rules(rules).value())));
  ByteArray<48> pcr{};
  std::ranges::copy(stage.spec.pcrs.at(1), pcr.begin());
  rules.deny.measurement->push_back(pcr);
  const VerificationResult verdict = stage.judge(stage.options().with_policy(Policy::from_rules(rules).value()));
  expect_refused(verdict, "policy", "denied");
  EXPECT_EQ(verdict.policy_verified(), false);
}

}  // namespace
}  // namespace tenzro::tee::test
