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

PolicyRules with_snp(const SnpRules& rules) {
  PolicyRules out;
  out.any_of.emplace_back(rules);
  return out;
}

TEST(Policy, TakesAnSnpEntryThatPinsEverything) {
  SnpRules all;
  all.measurement = all.id_key_digest = all.author_key_digest = std::vector{ByteArray<48>{1}, ByteArray<48>{2}};
  all.measurement_covers_workload = true;
  all.host_data = all.report_id = std::vector{ByteArray<32>{1}};
  all.family_id = all.image_id = std::vector{ByteArray<16>{1}};
  all.chip_id = std::vector{ByteArray<64>{1}};
  all.min_report_version = 2;
  all.max_report_version = 5;
  all.min_guest_svn = 0xffffffff;
  all.vmpl = std::vector<std::uint32_t>{0, 1, 2, 3};
  all.product = std::vector<std::string>{"Milan", "Genoa", "Turin"};
  all.signing_key = std::vector<std::string>{"vcek", "vlek"};
  all.csp_ids = std::vector<std::string>{"CN=cc-us-east-2.amazonaws.com"};
  const SnpTcbFloor floor{0, 9, 0, 23, 72};
  for (const char* line : {"Milan", "Milan-X", "Genoa", "Genoa-X", "Bergamo", "Turin", "Turin-Dense"}) {
    all.min_tcb[line] = floor;
  }
  all.min_tcb["Turin"].fmc = all.min_tcb["Turin-Dense"].fmc = 1;
  all.min_current_version = ByteArray<3>{1, 55, 40};
  all.min_committed_version = ByteArray<3>{255, 255, 255};
  all.launch_mit_vector = all.current_mit_vector = ~std::uint64_t{0};
  const auto policy = Policy::from_rules(with_snp(all));
  ASSERT_TRUE(policy.has_value()) << policy.error().message();
  EXPECT_TRUE(policy->pins_code());
  for (unsigned pcr = 0; pcr < 24; ++pcr) {
    all.vtpm_pcrs[pcr] = {Bytes(32, 1)};
  }
  expect_invalid(with_snp(all), "measurement_covers_workload");
  all.measurement_covers_workload = false;
  expect_invalid(with_snp(all), "host_data");
  all.host_data.reset();
  EXPECT_TRUE(Policy::from_rules(with_snp(all))->pins_code()) << "a paravisor's guest";
  EXPECT_TRUE(Policy::from_rules(with_snp({})).has_value()) << "nothing pinned is a policy too";
}

// ATTACK(H9)
TEST(Policy, RefusesEmptyListsOfAnSnpEntry) {
  const std::vector<std::pair<std::string, std::function<void(SnpRules&)>>> members = {
      {"measurement", [](auto& r) { r.measurement.emplace(); }},
      {"id_key_digest", [](auto& r) { r.id_key_digest.emplace(); }},
      {"author_key_digest", [](auto& r) { r.author_key_digest.emplace(); }},
      {"host_data", [](auto& r) { r.host_data.emplace(); }},
      {"family_id", [](auto& r) { r.family_id.emplace(); }},
      {"image_id", [](auto& r) { r.image_id.emplace(); }},
      {"chip_id", [](auto& r) { r.chip_id.emplace(); }},
      {"report_id", [](auto& r) { r.report_id.emplace(); }},
      {"vmpl", [](auto& r) { r.vmpl.emplace(); }},
      {"csp_ids", [](auto& r) { r.csp_ids.emplace(); }},
      {"product", [](auto& r) { r.product.emplace(); }},
      {"signing_key", [](auto& r) { r.signing_key.emplace(); }},
      {"vtpm_pcrs[4]", [](auto& r) { r.vtpm_pcrs[4] = {}; }}};
  for (const auto& [name, empty] : members) {
    SnpRules rules;
    empty(rules);
    expect_invalid(with_snp(rules), "any_of[0]." + name + ": an empty list");
  }
}

// ATTACK(X3): a misspelled product would be a rule that nothing meets, or a denial that meets nothing.
TEST(Policy, RefusesNamesThatNothingHas) {
  for (const char* name : {"", "milan", "Milan ", "Milan-X", "Bergamo", "Venice", "Rome", "Genoa\n"}) {
    SnpRules rules;
    rules.product = std::vector<std::string>{"Genoa", name};
    expect_invalid(with_snp(rules), "any_of[0].product: there is no");
    PolicyRules denying = with_snp({});
    denying.deny.product = std::vector<std::string>{"Milan", name};
    expect_invalid(denying, "deny.product: there is no");
  }
  for (const char* name : {"", "VCEK", "none", "vlek,vcek"}) {
    SnpRules rules;
    rules.signing_key = std::vector<std::string>{name};
    expect_invalid(with_snp(rules), "any_of[0].signing_key: there is no");
  }
  for (const char* name : {"", "genoa", "Siena", "Genoa_X", "Turin-X"}) {
    SnpRules rules;
    rules.min_tcb[name] = {};
    expect_invalid(with_snp(rules), "any_of[0].min_tcb");
  }
}

TEST(Policy, RefusesNumbersThatNoReportHas) {
  for (const std::uint32_t version : {0U, 1U, 6U, 0xffffffffU}) {
    SnpRules rules;
    rules.min_report_version = version;
    expect_invalid(with_snp(rules), "min_report_version");
    rules = {};
    rules.max_report_version = version;
    expect_invalid(with_snp(rules), "max_report_version");
  }
  SnpRules crossed;
  crossed.min_report_version = 4;
  crossed.max_report_version = 3;
  expect_invalid(with_snp(crossed), "the lower one first");
  for (const std::uint32_t level : {4U, 0xffffffffU}) {
    SnpRules rules;
    rules.vmpl = std::vector<std::uint32_t>{0, level};
    expect_invalid(with_snp(rules), "any_of[0].vmpl: there is no level");
  }
  for (const char* line : {"Milan", "Milan-X", "Genoa", "Genoa-X", "Bergamo"}) {
    SnpRules rules;
    rules.min_tcb[line].fmc = 1;
    expect_invalid(with_snp(rules), "has no fmc");
  }
  for (const std::size_t size : {0U, 20U, 31U, 33U, 48U}) {
    SnpRules rules;
    rules.vtpm_pcrs[4] = {Bytes(32, 1), Bytes(size, 1)};
    expect_invalid(with_snp(rules), "vtpm_pcrs[4]: a value has 32 bytes");
    TdxRules td;
    td.vtpm_pcrs[4] = {Bytes(size, 1)};
    expect_invalid(with(td), "vtpm_pcrs[4]: a value has 32 bytes");
  }
  SnpRules beyond;
  beyond.vtpm_pcrs[24] = {Bytes(32, 1)};
  expect_invalid(with_snp(beyond), "vtpm_pcrs[24]: a vTPM has registers 0 to 23");
}

TEST(Policy, NamesTheEntryThatIsWrong) {
  PolicyRules rules = with_snp({});
  SnpRules second;
  second.chip_id.emplace();
  rules.any_of.emplace_back(second);
  expect_invalid(rules, "any_of[1].chip_id");
}

TEST(Policy, RefusesDenialsOfNothing) {
  const std::vector<std::function<void(DenyRules&)>> members = {[](auto& r) { r.chip_id.emplace(); },
                                                                [](auto& r) { r.product.emplace(); },
                                                                [](auto& r) { r.measurement.emplace(); }};
  for (const auto& empty : members) {
    PolicyRules rules = with_snp({});
    empty(rules.deny);
    expect_invalid(rules, "deny: an empty list");
  }
  PolicyRules good = with_snp({});
  good.deny.chip_id = std::vector{ByteArray<64>{1}};
  good.deny.product = std::vector<std::string>{"Milan", "Genoa", "Turin"};
  good.deny.measurement = std::vector{ByteArray<48>{1}};
  EXPECT_TRUE(Policy::from_rules(good).has_value());
}

// ATTACK(B11)
TEST(Policy, PinsAGuestsCodeByMeasurementWithAStatement) {
  const auto pins = [](const SnpRules& rules) { return Policy::from_rules(with_snp(rules))->pins_code(); };
  EXPECT_FALSE(pins({}));
  SnpRules rules;
  rules.measurement = std::vector{ByteArray<48>{1}};
  EXPECT_FALSE(pins(rules)) << "a cloud's firmware, which everybody there has";
  rules.measurement_covers_workload = true;
  EXPECT_TRUE(pins(rules));
  rules.measurement.reset();
  EXPECT_FALSE(pins(rules)) << "a statement about nothing";
  rules.host_data = std::vector{ByteArray<32>{1}};
  EXPECT_FALSE(pins(rules)) << "the host chose it";
  rules.measurement_covers_workload = false;
  rules.measurement = std::vector{ByteArray<48>{1}};
  EXPECT_TRUE(pins(rules));

  SnpRules others;
  others.id_key_digest = others.author_key_digest = std::vector{ByteArray<48>{1}};
  others.family_id = others.image_id = std::vector{ByteArray<16>{1}};
  others.chip_id = std::vector{ByteArray<64>{1}};
  others.report_id = std::vector{ByteArray<32>{1}};
  others.min_guest_svn = 7;
  EXPECT_FALSE(pins(others));
}

// ATTACK(B11)
TEST(Policy, PinsAnAzureGuestsCodeByRegistersOfAKnownParavisor) {
  const auto pins = [](const auto& rules) {
    PolicyRules policy;
    policy.any_of.emplace_back(rules);
    return Policy::from_rules(std::move(policy))->pins_code();
  };
  SnpRules snp;
  TdxRules td;
  snp.vtpm_pcrs = td.vtpm_pcrs = {{4, {Bytes(32, 1)}}, {9, {Bytes(32, 1)}}};
  EXPECT_FALSE(pins(snp) || pins(td)) << "whose paravisor?";
  snp.id_key_digest = std::vector{ByteArray<48>{1}};
  td.mr_td = std::vector{ByteArray<48>{1}};
  EXPECT_TRUE(pins(snp) && pins(td));
  snp.id_key_digest->push_back(ByteArray<48>{});
  EXPECT_FALSE(pins(snp)) << "zero is a guest without an ID block";
  snp.measurement = std::vector{ByteArray<48>{1}};
  EXPECT_TRUE(pins(snp));
  for (unsigned pcr = 0; pcr < 24; ++pcr) {
    if (pcr == 4) {
      continue;
    }
    const bool loaded = pcr == 9 || pcr == 11;
    snp.vtpm_pcrs = td.vtpm_pcrs = {{pcr, {Bytes(32, 1)}}};
    EXPECT_FALSE(pins(snp) || pins(td)) << pcr << ": another boot manager can bring it to any value";
    snp.vtpm_pcrs[4] = td.vtpm_pcrs[4] = {Bytes(32, 1)};
    EXPECT_EQ(pins(snp), loaded) << pcr;
    EXPECT_EQ(pins(td), loaded) << pcr;
    snp.vtpm_pcrs[pcr] = td.vtpm_pcrs[pcr] = {Bytes(32, 1), Bytes(32)};
    EXPECT_FALSE(pins(snp) || pins(td)) << "zero measures nothing";
  }
  snp.vtpm_pcrs = {{4, {Bytes(32, 1)}}};
  EXPECT_FALSE(pins(snp)) << "a boot manager starts any kernel";
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

TEST(Policy, RefusesDeviceRulesThatNothingCouldMeet) {
  const std::vector<std::pair<std::string, std::function<void(NvidiaDeviceRules&)>>> members = {
      {"count: must be 1 to 64", [](auto& r) { r.count = 0; }},
      {"count: must be 1 to 64", [](auto& r) { r.count = 65; }},
      {"hwmodel: an empty list", [](auto& r) { r.hwmodel.emplace(); }},
      {"driver_version: an empty list", [](auto& r) { r.driver_version.emplace(); }},
      {"vbios_version: an empty list", [](auto& r) { r.vbios_version.emplace(); }},
      {"deny_driver_version: an empty list", [](auto& r) { r.deny_driver_version.emplace(); }},
      {"deny_vbios_version: an empty list", [](auto& r) { r.deny_vbios_version.emplace(); }},
      {"min_driver_version: \"new\" is no version", [](auto& r) { r.min_driver_version = {"550.90.07", "new"}; }},
      {"min_vbios_version: \"new\" is no version", [](auto& r) { r.min_vbios_version = "new"; }}};
  for (const auto& [name, change] : members) {
    PolicyRules rules;
    change(rules.devices.nvidia_gpu.emplace());
    expect_invalid(rules, name);
  }
}

TEST(Policy, RefusesMinimumsOfNothing) {
  const auto with_floor = [](const std::string& name, const SnpTcbFloor& floor) {
    SnpRules rules;
    rules.min_tcb[name] = floor;
    PolicyRules out;
    out.any_of.emplace_back(std::move(rules));
    return out;
  };
  SnpTcbFloor floor;
  expect_invalid(with_floor("Genoa", floor), "a minimum of zero lets everything pass");
  floor.snp = 1;
  EXPECT_TRUE(Policy::from_rules(with_floor("Genoa", floor)));
  expect_invalid(with_floor("Naples", floor), "\"Naples\" is no product or silicon line");
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
  EXPECT_FALSE(tpm({{12, {kSomePcr}}})) << "the command line of anything";
  EXPECT_FALSE(tpm({{0, {kSomePcr}}, {1, {kSomePcr}}, {2, {kSomePcr}}})) << "those are AWS's firmware";
}

}  // namespace
}  // namespace tenzro::tee::test
