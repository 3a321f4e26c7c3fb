// SPDX-License-Identifier: Apache-2.0
// What the safe default and a policy demand of a TD or an enclave that is genuine.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "made/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

Policy one_entry(PlatformRules rules) {
  PolicyRules policy;
  policy.any_of.push_back(std::move(rules));
  return *Policy::from_rules(std::move(policy));
}

ByteArray<8> little_endian(std::uint64_t value) {
  ByteArray<8> out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return out;
}

VerificationResult with_attributes(std::uint64_t attributes, const TdxRules* rules = nullptr) {
  IntelStage stage;
  stage.quote.td.td_attributes = little_endian(attributes);
  return rules == nullptr ? stage.judge() : stage.judge(stage.options().with_policy(one_entry(*rules)));
}

// ATTACK(T10): each attribute bit, by its meaning.
TEST(TdRules, JudgeEveryAttributeBit) {
  constexpr std::uint64_t kSeptVeDisable = 1ULL << 28;
  for (unsigned bit = 0; bit < 64; ++bit) {
    SCOPED_TRACE(bit);
    const VerificationResult verdict = with_attributes(kSeptVeDisable | (1ULL << bit));
    switch (bit) {
      case 0:
        expect_refused(verdict, "policy", "td_debug");
        break;
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
      case 6:
      case 7:
        expect_refused(verdict, "policy", "td_profiling");
        break;
      case 16:
      case 17:
      case 27:
      case 28:
      case 30:
      case 31:
      case 62:
      case 63:
        expect_accepted(verdict);
        break;
      case 29:
        expect_refused(verdict, "policy", "td_migratable");
        break;
      default:
        expect_refused(verdict, "policy", "td_attributes_reserved");
    }
  }
}

TEST(TdRules, DebugAndSeptVeDisableFollowThePolicy) {
  TdxRules rules;
  rules.debug = true;
  const VerificationResult debug = with_attributes(0x10000001, &rules);
  expect_accepted(debug);
  EXPECT_TRUE(has_warning(debug, "td_debug"));
  rules.debug = false;
  expect_refused(with_attributes(0x10000001, &rules), "policy", "td_debug");

  const VerificationResult clear = with_attributes(0);
  expect_accepted(clear);
  EXPECT_TRUE(has_warning(clear, "td_sept_ve_disable"));
  rules.sept_ve_disable = true;
  expect_refused(with_attributes(0, &rules), "policy", "td_sept_ve_disable");
  rules.sept_ve_disable = false;
  EXPECT_FALSE(has_warning(with_attributes(0, &rules), "td_sept_ve_disable"));
}

// ATTACK(T10): extended features.
TEST(TdRules, JudgeExtendedFeatures) {
  const auto judged = [](std::uint64_t xfam, const TdxRules* rules = nullptr) {
    IntelStage stage;
    stage.quote.td.xfam = little_endian(xfam);
    return rules == nullptr ? stage.judge() : stage.judge(stage.options().with_policy(one_entry(*rules)));
  };
  for (const std::uint64_t real :
       {0x602e7ULL, 0x618e7ULL, 0x642e7ULL, 0x600e7ULL, 0x61ae7ULL, 0x207ULL, 0x3ULL, 0x6dbe7ULL}) {
    expect_accepted(judged(real));
  }
  for (const std::uint64_t bad :
       {0x0ULL, 0x1ULL, 0x2ULL, 0xbULL, 0x602e7ULL | (1ULL << 63), 0x602e7ULL | (1ULL << 19)}) {
    expect_refused(judged(bad), "policy", "xfam_not_allowed");
  }
  TdxRules rules;
  rules.xfam_allowed_mask = little_endian(0x3);
  expect_accepted(judged(0x3, &rules));
  expect_refused(judged(0x7, &rules), "policy", "xfam_not_allowed");
}

// ATTACK(T10): a service TD is refused unless its exact value is pinned.
TEST(TdRules, RefuseAnUnknownServiceTd) {
  IntelStage stage;
  stage.quote.version = 5;
  stage.quote.body_type = tdx::BodyType::td_report_15;
  stage.quote.td.tee_tcb_svn2 = stage.quote.td.tee_tcb_svn;
  stage.quote.td.mr_service_td = ByteArray<48>{7};
  expect_refused(stage.judge(), "policy", "mr_service_td_not_allowed");
  TdxRules rules;
  rules.mr_service_td = std::vector{ByteArray<48>{7}};
  expect_accepted(stage.judge(stage.options().with_policy(one_entry(rules))));
  rules.mr_service_td = std::vector{ByteArray<48>{8}};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy", "mr_service_td_not_allowed");
  expect_refused(stage.judge(stage.options().with_policy(one_entry(TdxRules{}))), "policy",
                 "mr_service_td_not_allowed");
}

// A host that emits version 4 quotes must not escape the pin.
TEST(TdRules, APinnedServiceTdIsNotMetByAQuoteThatNamesNone) {
  const IntelStage stage;
  TdxRules rules;
  rules.mr_service_td = std::vector{ByteArray<48>{7}};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy", "mr_service_td_not_allowed");
  rules.mr_service_td->push_back(ByteArray<48>{});
  expect_accepted(stage.judge(stage.options().with_policy(one_entry(rules))));
}

// The extended body names the service TDs at launch and of now; none of them may hide there.
TEST(TdRules, RefuseAServiceTdThatOnlyTheExtendedBodyNames) {
  constexpr std::size_t kInitServtdHash = 729 - 648;
  constexpr std::size_t kCurServtdHash = 829 - 648;
  for (const std::size_t at : {kInitServtdHash, kCurServtdHash}) {
    IntelStage stage;
    stage.quote.version = 5;
    stage.quote.body_type = tdx::BodyType::td_report_15_extended;
    stage.quote.td.tee_tcb_svn2 = stage.quote.td.tee_tcb_svn;
    stage.quote.td.mr_service_td = ByteArray<48>{};
    expect_accepted(stage.judge());
    stage.quote.td_extension[at] = 9;
    expect_refused(stage.judge(), "policy", "mr_service_td_not_allowed");
    TdxRules rules;
    rules.mr_service_td = std::vector{ByteArray<48>{9}, ByteArray<48>{}};
    expect_accepted(stage.judge(stage.options().with_policy(one_entry(rules))));
  }
}

TEST(TdRules, EveryAllowListIsCompared) {
  const IntelStage stage;
  const tdx::TdReport& td = stage.quote.td;
  const ByteArray<48> wrong{0xff};
  struct Member {
    std::string claim;
    std::function<void(TdxRules&, const ByteArray<48>&)> pin;
    ByteArray<48> right;
  };
  const std::vector<Member> members = {
      {"mr_td", [](auto& r, auto& v) { r.mr_td = std::vector{v}; }, td.mr_td},
      {"rtmr0", [](auto& r, auto& v) { r.rtmr0 = std::vector{v}; }, td.rtmr[0]},
      {"rtmr1", [](auto& r, auto& v) { r.rtmr1 = std::vector{v}; }, td.rtmr[1]},
      {"rtmr2", [](auto& r, auto& v) { r.rtmr2 = std::vector{v}; }, td.rtmr[2]},
      {"rtmr3", [](auto& r, auto& v) { r.rtmr3 = std::vector{v}; }, td.rtmr[3]},
      {"mr_seam", [](auto& r, auto& v) { r.mr_seam = std::vector{v}; }, td.mr_seam},
      {"mr_config_id", [](auto& r, auto& v) { r.mr_config_id = std::vector{v}; }, td.mr_config_id},
      {"mr_owner", [](auto& r, auto& v) { r.mr_owner = std::vector{v}; }, td.mr_owner},
      {"mr_owner_config", [](auto& r, auto& v) { r.mr_owner_config = std::vector{v}; }, td.mr_owner_config}};
  for (const Member& member : members) {
    SCOPED_TRACE(member.claim);
    TdxRules rules;
    member.pin(rules, member.right);
    const VerificationResult good = stage.judge(stage.options().with_policy(one_entry(rules)));
    expect_accepted(good);
    EXPECT_EQ(std::count(good.unpinned().begin(), good.unpinned().end(), member.claim), 0);
    EXPECT_GT(good.unpinned().size(), 0U);
    member.pin(rules, wrong);
    const VerificationResult bad = stage.judge(stage.options().with_policy(one_entry(rules)));
    expect_refused(bad, "policy", member.claim + "_not_allowed");
    EXPECT_EQ(bad.policy_verified(), false);
  }
  TdxRules rules;
  rules.fmspc = std::vector{stage.quote.pck.fmspc};
  rules.platform_instance_id = std::vector{*stage.quote.pck.platform_instance_id};
  expect_accepted(stage.judge(stage.options().with_policy(one_entry(rules))));
  rules.fmspc = std::vector{ByteArray<6>{}};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy", "fmspc_not_allowed");
  rules.fmspc.reset();
  rules.platform_instance_id = std::vector{ByteArray<16>{}};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy",
                 "platform_instance_id_not_allowed");
}

TEST(TdRules, OneEntryMustPassEntirely) {
  const IntelStage stage;
  TdxRules wrong_firmware, wrong_kernel, right;
  wrong_firmware.mr_td = std::vector{ByteArray<48>{1}};
  wrong_firmware.rtmr1 = std::vector{ByteArray<48>{1}};
  wrong_kernel.rtmr1 = std::vector{ByteArray<48>{2}};
  right.mr_td = std::vector{stage.quote.td.mr_td};
  PolicyRules policy;
  policy.any_of = {wrong_firmware, wrong_kernel};
  // Neither passes: the closest one is reported.
  expect_refused(stage.judge(stage.options().with_policy(*Policy::from_rules(policy))), "policy", "rtmr1_not_allowed");
  policy.any_of.emplace_back(right);
  expect_accepted(stage.judge(stage.options().with_policy(*Policy::from_rules(policy))));
  policy.any_of = {SgxRules{}};
  expect_refused(stage.judge(stage.options().with_policy(*Policy::from_rules(policy))), "policy",
                 "platform_not_in_policy");
}

TEST(EnclaveRules, JudgeDebugAndIdentity) {
  IntelStage stage;
  stage.quote = simulated::sgx_quote_spec();
  expect_accepted(stage.judge());
  SgxRules rules;
  rules.mr_enclave = std::vector{stage.quote.enclave.mr_enclave};
  rules.mr_signer = std::vector{stage.quote.enclave.mr_signer};
  rules.isv_prod_id = std::vector<std::uint16_t>{1};
  rules.isv_svn = std::vector<std::uint16_t>{1, 2};
  expect_accepted(stage.judge(stage.options().with_policy(one_entry(rules))));
  rules.isv_svn = std::vector<std::uint16_t>{2};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy", "isv_svn_not_allowed");
  rules.isv_svn.reset();
  rules.mr_enclave = std::vector{ByteArray<32>{}};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy", "mr_enclave_not_allowed");
  // The processor CA's platforms have no instance id.
  rules.mr_enclave.reset();
  rules.platform_instance_id = std::vector{ByteArray<16>{}};
  expect_refused(stage.judge(stage.options().with_policy(one_entry(rules))), "policy",
                 "platform_instance_id_not_allowed");

  stage.quote.enclave.attributes[0] |= 0x02;
  expect_refused(stage.judge(), "policy", "enclave_debug");
  SgxRules debug;
  debug.debug = true;
  const VerificationResult allowed = stage.judge(stage.options().with_policy(one_entry(debug)));
  expect_accepted(allowed);
  EXPECT_TRUE(has_warning(allowed, "enclave_debug"));
}

// ATTACK(T15): SGX evidence is accepted by name only.
TEST(EnclaveRules, EnclavesMustBeAskedForByName) {
  IntelStage stage;
  stage.quote = simulated::sgx_quote_spec();
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(kNow).replace_trust_anchors({stage.maker.hierarchy().root().certificate});
  expect_refused(stage.judge(options), "platform", "platform_not_accepted");
  expect_accepted(stage.judge(VerifyOptions(options).require_platform(Platform::intel_sgx)));
  expect_accepted(stage.judge(VerifyOptions(options).with_policy(one_entry(SgxRules{}))));
  expect_refused(
      stage.judge(VerifyOptions(options).require_platform(Platform::intel_tdx).with_policy(one_entry(SgxRules{}))),
      "platform", "platform_mismatch");
}

}  // namespace
}  // namespace tenzro::tee::test
