// SPDX-License-Identifier: Apache-2.0
// Policies that contradict themselves, and what pins code.
#include <gtest/gtest.h>

#include <functional>

#include "tenzro/tee/policy.hpp"

namespace tenzro::tee::test {
namespace {

PolicyRules with(TdxRules rules) {
  PolicyRules out;
  out.any_of.emplace_back(std::move(rules));
  return out;
}

void expect_invalid(const PolicyRules& rules, std::string_view member) {
  const auto policy = Policy::from_rules(rules);
  ASSERT_FALSE(policy.has_value()) << member;
  EXPECT_EQ(policy.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(policy.error().message().find(member), std::string::npos) << policy.error().message();
}

TEST(Policy, NeedsAnEntry) { expect_invalid(PolicyRules{}, "any_of"); }

TEST(Policy, RefusesEmptyLists) {
  const std::vector<std::pair<std::string, std::function<void(TdxRules&)>>> members = {
      {"mr_td", [](auto& r) { r.mr_td.emplace(); }},
      {"rtmr0", [](auto& r) { r.rtmr0.emplace(); }},
      {"rtmr1", [](auto& r) { r.rtmr1.emplace(); }},
      {"rtmr2", [](auto& r) { r.rtmr2.emplace(); }},
      {"rtmr3", [](auto& r) { r.rtmr3.emplace(); }},
      {"mr_service_td", [](auto& r) { r.mr_service_td.emplace(); }},
      {"mr_seam", [](auto& r) { r.mr_seam.emplace(); }},
      {"mr_config_id", [](auto& r) { r.mr_config_id.emplace(); }},
      {"mr_owner", [](auto& r) { r.mr_owner.emplace(); }},
      {"mr_owner_config", [](auto& r) { r.mr_owner_config.emplace(); }},
      {"tcb_status", [](auto& r) { r.tcb_status.emplace(); }},
      {"allow_advisories", [](auto& r) { r.allow_advisories.emplace(); }},
      {"fmspc", [](auto& r) { r.fmspc.emplace(); }},
      {"platform_instance_id", [](auto& r) { r.platform_instance_id.emplace(); }}};
  for (const auto& [name, empty] : members) {
    TdxRules rules;
    empty(rules);
    expect_invalid(with(rules), name);
  }
  PolicyRules sgx;
  SgxRules rules;
  rules.mr_enclave.emplace();
  sgx.any_of.emplace_back(rules);
  expect_invalid(sgx, "mr_enclave");
}

TEST(Policy, RefusesDenialsThatDenyNothing) {
  const std::vector<std::pair<std::string, std::function<void(DenyRules&)>>> members = {
      {"deny", [](auto& r) { r.chip_id.emplace(); }},
      {"deny", [](auto& r) { r.product.emplace(); }},
      {"deny", [](auto& r) { r.measurement.emplace(); }},
      {"deny.product", [](auto& r) { r.product = {"Naples"}; }}};
  for (const auto& [name, spoil] : members) {
    PolicyRules rules;
    rules.any_of.emplace_back(NitroRules{});
    rules.deny.measurement = {ByteArray<48>{1}};
    EXPECT_TRUE(Policy::from_rules(rules).has_value());
    spoil(rules.deny);
    expect_invalid(rules, name);
  }
}

TEST(Policy, RefusesEventLogRulesThatNothingCouldMeet) {
  const EventLogRule good{1, 0x80000003, {ByteArray<48>{1}}};
  const auto invalid = [&good](auto change, std::string_view member) {
    TdxRules rules;
    rules.event_log = std::vector{good, good};
    change(rules);
    expect_invalid(with(rules), member);
  };
  invalid([](auto& r) { r.event_log->clear(); }, "event_log: an empty list");
  invalid([](auto& r) { (*r.event_log)[1].rtmr = 4; }, "event_log[1].rtmr");
  invalid([](auto& r) { (*r.event_log)[0].event_type = 3; }, "event_log[0].event_type");
  invalid([](auto& r) { (*r.event_log)[1].digests.clear(); }, "event_log[1].digests");
}

TEST(Policy, AnEventOfWhatWasStartedPinsCode) {
  const auto pins = [](bool mr_td, std::vector<unsigned> registers) {
    TdxRules rules;
    if (mr_td) {
      rules.mr_td = std::vector{ByteArray<48>{}};
    }
    rules.event_log.emplace();
    for (const unsigned rtmr : registers) {
      rules.event_log->push_back({rtmr, 6, {ByteArray<48>{1}}});
    }
    return Policy::from_rules(with(rules))->pins_code();
  };
  EXPECT_TRUE(pins(true, {1}));
  EXPECT_TRUE(pins(true, {2}));
  EXPECT_TRUE(pins(true, {3, 1}));
  EXPECT_FALSE(pins(false, {1, 2}));
  // ATTACK(B11): settings, and what any code may say of itself.
  EXPECT_FALSE(pins(true, {0}));
  EXPECT_FALSE(pins(true, {3}));
  EXPECT_FALSE(pins(true, {0, 3}));
}

TEST(Policy, RefusesStatusesThatNeverPass) {
  for (const TcbStatus status : {TcbStatus::revoked, TcbStatus::not_supported, TcbStatus::unknown}) {
    TdxRules rules;
    rules.tcb_status = std::vector{TcbStatus::up_to_date, status};
    expect_invalid(with(rules), "tcb_status");
  }
}

TEST(Policy, RefusesNegativeTimes) {
  TdxRules rules;
  rules.tcb_grace = std::chrono::days{-1};
  expect_invalid(with(rules), "tcb_grace");
  PolicyRules policy = with({});
  policy.revocation.collateral_max_age = std::chrono::seconds{0};
  expect_invalid(policy, "collateral_max_age");
}

TEST(Policy, PinsCodeOnlyWhenEveryEntryDoes) {
  TdxRules pinned;
  pinned.mr_td = std::vector{ByteArray<48>{1}};
  pinned.rtmr1 = std::vector{ByteArray<48>{1}};
  EXPECT_FALSE(Policy::from_rules(with(pinned))->pins_code());
  pinned.rtmr2 = std::vector{ByteArray<48>{1}};
  PolicyRules policy = with(pinned);
  EXPECT_TRUE(Policy::from_rules(policy)->pins_code());
  policy.any_of.emplace_back(SgxRules{});
  EXPECT_FALSE(Policy::from_rules(policy)->pins_code());
  SgxRules signer;
  signer.mr_signer = std::vector{ByteArray<32>{1}};
  policy.any_of.back() = signer;
  EXPECT_FALSE(Policy::from_rules(policy)->pins_code());
  signer.isv_prod_id = std::vector<std::uint16_t>{1};
  policy.any_of.back() = signer;
  EXPECT_TRUE(Policy::from_rules(policy)->pins_code());
}

PolicyRules with_nitro(NitroRules rules) {
  PolicyRules out;
  out.any_of.emplace_back(std::move(rules));
  return out;
}
NitroRules pcrs(PcrRules rules) {
  NitroRules out;
  out.pcrs = std::move(rules);
  return out;
}
NitroTpmRules tpm_pcrs(PcrRules rules) {
  NitroTpmRules out;
  out.nitrotpm_pcrs = std::move(rules);
  return out;
}
const Bytes kSomePcr(48, 0x5a);

// ATTACK(N6)
TEST(Policy, RefusesPcrsThatNoDocumentHas) {
  expect_invalid(with_nitro(pcrs({{0, {}}})), "pcrs[0]: an empty list");
  expect_invalid(with_nitro(pcrs({{32, {kSomePcr}}})), "pcrs[32]: there are PCRs 0 to 31");
  for (const std::size_t size : {0U, 32U, 47U, 49U, 64U}) {
    expect_invalid(with_nitro(pcrs({{8, {kSomePcr, Bytes(size, 1)}}})), "pcrs[8]: a value has 48 bytes");
  }
  PolicyRules tpm;
  tpm.any_of.emplace_back(tpm_pcrs({{4, {}}}));
  expect_invalid(tpm, "nitrotpm_pcrs[4]: an empty list");
  EXPECT_TRUE(Policy::from_rules(with_nitro({})));
  EXPECT_TRUE(Policy::from_rules(with_nitro(pcrs({{31, {kSomePcr}}}))));
}

// ATTACK(N5): such a rule would admit every debug enclave.
TEST(Policy, RefusesZeroForThePcrsOfTheImage) {
  for (const unsigned index : {0U, 1U, 2U}) {
    NitroRules rules = pcrs({{index, {kSomePcr, Bytes(48)}}});
    expect_invalid(with_nitro(rules), "zero is what every debug enclave has");
    rules.allow_debug = true;
    EXPECT_TRUE(Policy::from_rules(with_nitro(rules)));
  }
  EXPECT_TRUE(Policy::from_rules(with_nitro(pcrs({{3, {Bytes(48)}}}))));
}

TEST(Policy, RefusesAgesThatAreNone) {
  for (const std::chrono::seconds age :
       {std::chrono::seconds{0}, std::chrono::seconds{-1}, std::chrono::seconds{std::chrono::days{36'501}}}) {
    NitroRules rules;
    rules.max_age = age;
    expect_invalid(with_nitro(rules), "max_age");
    PolicyRules policy = with_nitro({});
    policy.freshness.max_age = age;
    expect_invalid(policy, "freshness.max_age");
  }
}

TEST(Policy, PinsAnEnclavesCodeByItsImageOrItsSigner) {
  const auto pins = [](const PolicyRules& rules) { return Policy::from_rules(rules)->pins_code(); };
  EXPECT_FALSE(pins(with_nitro({})));
  EXPECT_FALSE(pins(with_nitro(pcrs({{0, {kSomePcr}}}))));
  EXPECT_FALSE(pins(with_nitro(pcrs({{0, {kSomePcr}}, {1, {kSomePcr}}}))));
  EXPECT_TRUE(pins(with_nitro(pcrs({{0, {kSomePcr}}, {1, {kSomePcr}}, {2, {kSomePcr}}}))));
  EXPECT_TRUE(pins(with_nitro(pcrs({{8, {kSomePcr}}}))));
  EXPECT_FALSE(pins(with_nitro(pcrs({{8, {kSomePcr, Bytes(48)}}})))) << "an unsigned image has zero there";
  NitroRules debug = pcrs({{0, {Bytes(48)}}, {1, {Bytes(48)}}, {2, {Bytes(48)}}});
  debug.allow_debug = true;
  EXPECT_FALSE(pins(with_nitro(debug)));

  const auto tpm = [&pins](PcrRules rules) {
    PolicyRules out;
    out.any_of.emplace_back(tpm_pcrs(std::move(rules)));
    return pins(out);
  };
  EXPECT_TRUE(tpm({{4, {kSomePcr}}, {12, {Bytes(48)}}})) << "a command line that nobody altered measures nothing";
  EXPECT_TRUE(tpm({{7, {kSomePcr}}, {12, {Bytes(48)}}}));
  EXPECT_FALSE(tpm({{4, {kSomePcr}}, {7, {kSomePcr}}}));
  EXPECT_FALSE(tpm({{0, {kSomePcr}}, {1, {kSomePcr}}, {2, {kSomePcr}}})) << "those are AWS's firmware";
}

}  // namespace
}  // namespace tenzro::tee::test
