// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/rules.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "evidence/snp/claims.hpp"
#include "made/snp_platform.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

/// A good guest on Genoa; what a test changes, and how it comes out.
struct Guest {
  SnpClaims claims = [] {
    const Bytes bytes = MadeSnpReport{.version = 5}.bytes();
    return snp::snp_claims(snp::parse_report(bytes).value());
  }();
  snp::PlatformTcb tcb{snp::Product::genoa,
                       snp::SiliconLine::genoa,
                       {std::nullopt, 10, 0, 0x1b, 0x56, {}},
                       {std::nullopt, 10, 0, 0x1b, 0x56, {}},
                       {std::nullopt, 10, 0, 0x1b, 0x56, {}},
                       {std::nullopt, 10, 0, 0x1b, 0x56, {}}};
  bool author_key_enabled = false, provisional = false;
  std::optional<std::string> csp_id{};
  snp::FirmwareVersion current_version{1, 55, 40}, committed_version{1, 55, 39};
  SnpRules rules{};

  VerificationResult judge() const {
    VerdictBuilder verdict(kNow);
    const snp::TcbAssessment assessment = snp::assess_tcb(tcb);
    const snp::PlatformFacts facts{tcb,    assessment,      author_key_enabled, provisional,
                                   csp_id, current_version, committed_version};
    std::move(snp::appraise(claims, facts, rules, "policy")).report_to(verdict);
    return std::move(verdict).finish(false, false);
  }
  Codes failures() const {
    Codes out = codes_in(judge().failures());
    out.erase("verification_incomplete");
    return out;
  }
  Codes warnings() const { return codes_in(judge().warnings()); }
};

TEST(SnpRules, DefaultsPassAGoodGuest) {
  EXPECT_EQ(Guest{}.failures(), Codes{});
  EXPECT_EQ(Guest{}.warnings(), Codes{"advisory_applies"}) << "no ciphertext hiding";
}

// ATTACK(S10)
TEST(SnpRules, PinEveryClaim) {
  struct Pin {
    const char* code;
    std::function<void(Guest&, bool)> pin;  ///< to its value, or to another
  };
  const auto fill = [](auto filled, bool good, std::uint8_t value) {
    filled.fill(good ? value : std::uint8_t{0xee});
    return std::vector{filled};
  };
  for (const Pin& pin : {
           Pin{"measurement_not_allowed",
               [&](Guest& g, bool good) { g.rules.measurement = fill(ByteArray<48>{}, good, 0x44); }},
           {"host_data_not_allowed",
            [&](Guest& g, bool good) { g.rules.host_data = fill(ByteArray<32>{}, good, 0x55); }},
           {"family_id_not_allowed",
            [&](Guest& g, bool good) { g.rules.family_id = fill(ByteArray<16>{}, good, 0x11); }},
           {"image_id_not_allowed", [&](Guest& g, bool good) { g.rules.image_id = fill(ByteArray<16>{}, good, 0x22); }},
           {"id_key_digest_not_allowed",
            [&](Guest& g, bool good) { g.rules.id_key_digest = fill(ByteArray<48>{}, good, 0x66); }},
           {"author_key_digest_not_allowed",
            [&](Guest& g, bool good) {
              g.author_key_enabled = true;
              g.rules.author_key_digest = fill(ByteArray<48>{}, good, 0x77);
            }},
           {"chip_id_not_allowed", [&](Guest& g, bool good) { g.rules.chip_id = fill(ByteArray<64>{}, good, 0xc1); }},
           {"report_id_not_allowed",
            [&](Guest& g, bool good) { g.rules.report_id = fill(ByteArray<32>{}, good, 0x88); }},
           {"product_not_allowed",
            [](Guest& g, bool good) { g.rules.product = std::vector<std::string>{good ? "Genoa" : "Turin"}; }},
           {"signing_key_not_allowed",
            [](Guest& g, bool good) { g.rules.signing_key = std::vector<std::string>{good ? "vcek" : "vlek"}; }},
           {"csp_id_not_allowed",
            [](Guest& g, bool good) {
              g.csp_id = "CN=a";
              g.rules.csp_ids = std::vector<std::string>{good ? "CN=a" : "CN=b"};
            }},
           {"vmpl_not_allowed", [](Guest& g, bool good) { g.rules.vmpl = std::vector<std::uint32_t>{good ? 0U : 1U}; }},
           {"guest_svn_too_low", [](Guest& g, bool good) { g.rules.min_guest_svn = good ? 7 : 8; }},
           {"report_version_not_allowed", [](Guest& g, bool good) { g.rules.max_report_version = good ? 5 : 4; }},
           {"guest_policy_abi_too_low",
            [](Guest& g, bool good) {
              g.rules.policy.min_abi =
                  good ? std::pair<std::uint8_t, std::uint8_t>{0, 31} : std::pair<std::uint8_t, std::uint8_t>{1, 0};
            }},
           {"firmware_version_too_low",
            [](Guest& g, bool good) {
              g.rules.min_current_version = good ? ByteArray<3>{1, 55, 40} : ByteArray<3>{1, 55, 41};
            }},
           {"firmware_version_too_low",
            [](Guest& g, bool good) {
              g.rules.min_committed_version = good ? ByteArray<3>{1, 55, 39} : ByteArray<3>{1, 55, 40};
            }},
           {"mitigation_missing", [](Guest& g, bool good) { g.rules.launch_mit_vector = good ? 0x21 : 0x40; }},
           {"mitigation_missing", [](Guest& g, bool good) { g.rules.current_mit_vector = good ? 0x40 : 0x80; }},
       }) {
    Guest guest;
    pin.pin(guest, true);
    EXPECT_EQ(guest.failures(), Codes{}) << pin.code;
    pin.pin(guest, false);
    EXPECT_EQ(guest.failures(), Codes{pin.code});
  }
}

TEST(SnpRules, DoNotTakeAnAuthorKeyThatIsNotEnabled) {
  Guest guest;
  ByteArray<48> digest{};
  digest.fill(0x77);
  guest.rules.author_key_digest = std::vector{digest};
  EXPECT_EQ(guest.failures(), Codes{"author_key_digest_not_allowed"});
}

// ATTACK(S4)
TEST(SnpRules, HoldEachBitOfTheGuestPolicy) {
  struct Bit {
    unsigned position;
    BitRule SnpPolicyRules::* rule;
  };
  for (const Bit& bit : {Bit{16, &SnpPolicyRules::smt},
                         {20, &SnpPolicyRules::single_socket},
                         {21, &SnpPolicyRules::cxl_allow},
                         {22, &SnpPolicyRules::mem_aes_256_xts},
                         {23, &SnpPolicyRules::rapl_dis},
                         {24, &SnpPolicyRules::ciphertext_hiding_dram},
                         {25, &SnpPolicyRules::page_swap_disable}}) {
    for (const bool set : {false, true}) {
      Guest guest;
      guest.claims.policy = 0x20000 | (set ? std::uint64_t{1} << bit.position : 0);
      guest.rules.policy.*bit.rule = set ? BitRule::set : BitRule::clear;
      EXPECT_EQ(guest.failures(), Codes{}) << bit.position;
      guest.rules.policy.*bit.rule = set ? BitRule::clear : BitRule::set;
      EXPECT_EQ(guest.failures(), Codes{"guest_policy_bit_not_allowed"}) << bit.position;
    }
  }
}

// ATTACK(S6)
TEST(SnpRules, HoldEachBitOfThePlatformInfo) {
  struct Bit {
    unsigned position;
    BitRule SnpPlatformInfoRules::* rule;
  };
  for (const Bit& bit : {Bit{0, &SnpPlatformInfoRules::smt_en},
                         {1, &SnpPlatformInfoRules::tsme_en},
                         {2, &SnpPlatformInfoRules::ecc_en},
                         {3, &SnpPlatformInfoRules::rapl_dis},
                         {4, &SnpPlatformInfoRules::ciphertext_hiding_dram_en},
                         {6, &SnpPlatformInfoRules::iommu_write_safe},
                         {7, &SnpPlatformInfoRules::tio_en}}) {
    for (const bool set : {false, true}) {
      Guest guest;
      guest.claims.platform_info = 0x20 | (set ? std::uint64_t{1} << bit.position : 0);
      guest.rules.platform_info.*bit.rule = set ? BitRule::set : BitRule::clear;
      EXPECT_EQ(guest.failures(), Codes{}) << bit.position;
      guest.rules.platform_info.*bit.rule = set ? BitRule::clear : BitRule::set;
      EXPECT_EQ(guest.failures(), Codes{"platform_info_bit_not_allowed"}) << bit.position;
    }
  }
  Guest guest;
  guest.claims.platform_info = 0;
  EXPECT_EQ(guest.failures(), Codes{"alias_check_incomplete"});
  guest.rules.platform_info.alias_check_complete = BitRule::any;
  EXPECT_EQ(guest.failures(), Codes{});
}

// ATTACK(S4)
TEST(SnpRules, CompareTheAbiFromTheMajorNumberOn) {
  using Abi = std::pair<std::uint8_t, std::uint8_t>;
  struct Pair {
    Abi lowest, actual;
    bool good;
  };
  for (const Pair& pair : {Pair{{1, 55}, {1, 55}, true},
                           {{1, 55}, {1, 54}, false},
                           {{1, 55}, {2, 0}, true},
                           {{1, 55}, {0, 255}, false},
                           {{0, 31}, {0, 31}, true},
                           {{0, 31}, {1, 0}, true},
                           {{0, 200}, {0, 100}, false}}) {
    Guest guest;
    guest.claims.policy =
        0x30000 | (static_cast<std::uint64_t>(pair.actual.first) << 8) | std::uint64_t{pair.actual.second};
    guest.rules.policy.min_abi = pair.lowest;
    EXPECT_EQ(guest.failures(), pair.good ? Codes{} : Codes{"guest_policy_abi_too_low"});
  }
}

// ATTACK(S4), ATTACK(S7)
TEST(SnpRules, AllowDangersOnlyWhereTheyAreNamed) {
  Guest guest;
  guest.claims.policy |= (1U << 19) | (1U << 18);
  guest.provisional = true;
  EXPECT_EQ(guest.failures(), (Codes{"guest_debug", "guest_migratable"}));
  guest.rules.policy.debug = guest.rules.policy.migrate_ma = true;
  EXPECT_EQ(guest.failures(), Codes{});
  for (const char* code : {"guest_debug", "guest_migratable", "provisional_firmware"}) {
    EXPECT_TRUE(guest.warnings().contains(code)) << code;
  }
  guest.rules.allow_provisional_firmware = false;
  EXPECT_EQ(guest.failures(), Codes{"provisional_firmware"});
}

TEST(SnpRules, WantMitigationsOfVersion5Only) {
  Guest guest;
  guest.rules.launch_mit_vector = 1;
  guest.claims.report_version = 4;
  EXPECT_EQ(guest.failures(), Codes{"mitigation_missing"});
  guest.claims.launch_mit_vector.reset();
  EXPECT_EQ(guest.failures(), Codes{"mitigation_missing"});
  guest.rules.launch_mit_vector = 0;
  EXPECT_EQ(guest.failures(), Codes{});
}

TEST(SnpRules, SayThatAMitigationVectorIsMissing) {
  Guest guest;
  guest.rules.launch_mit_vector = 1;
  guest.claims.launch_mit_vector.reset();
  EXPECT_EQ(guest.failures(), Codes{"mitigation_missing"});
  EXPECT_NE(words_in(guest.judge().failures()).find("does not vouch for it"), std::string::npos)
      << words_in(guest.judge().failures());
}

TEST(SnpRules, HoldAllFourTcbsToTheMinimum) {
  const SnpTcbFloor floor{0, 10, 0, 0x1b, 0x56};
  for (std::size_t which = 0; which < 4; ++which) {
    Guest guest;
    guest.rules.min_tcb["Genoa"] = floor;
    EXPECT_EQ(guest.failures(), Codes{});
    snp::Tcb* const tcbs[] = {&guest.tcb.reported, &guest.tcb.committed, &guest.tcb.current, &guest.tcb.launch};
    for (std::uint8_t snp::Tcb::* const level : {&snp::Tcb::bootloader, &snp::Tcb::snp, &snp::Tcb::microcode}) {
      Guest low = guest;
      snp::Tcb* const low_tcbs[] = {&low.tcb.reported, &low.tcb.committed, &low.tcb.current, &low.tcb.launch};
      --(low_tcbs[which]->*level);
      EXPECT_EQ(low.failures(), Codes{"tcb_below_minimum"}) << which;
    }
    EXPECT_EQ(tcbs[which]->tee, 0);
  }
}

TEST(SnpRules, CompareFirmwareVersionsFromTheMajorNumberOn) {
  struct Pair {
    ByteArray<3> lowest;
    snp::FirmwareVersion actual;
    bool good;
  };
  for (const Pair& pair : {Pair{{1, 55, 40}, {1, 55, 40}, true},
                           {{1, 55, 40}, {1, 55, 39}, false},
                           {{1, 55, 40}, {1, 56, 0}, true},
                           {{1, 55, 40}, {1, 54, 255}, false},
                           {{1, 55, 40}, {2, 0, 0}, true},
                           {{1, 55, 40}, {0, 255, 255}, false},
                           {{1, 55, 200}, {1, 55, 100}, false},
                           {{0, 0, 0}, {0, 0, 0}, true}}) {
    Guest current;
    current.rules.min_current_version = pair.lowest;
    current.current_version = pair.actual;
    EXPECT_EQ(current.failures(), pair.good ? Codes{} : Codes{"firmware_version_too_low"});
    Guest committed;
    committed.rules.min_committed_version = pair.lowest;
    committed.committed_version = pair.actual;
    EXPECT_EQ(committed.failures(), pair.good ? Codes{} : Codes{"firmware_version_too_low"});
  }
}

/// The check of this name; a failure of the test where there is none, or more than one.
Check check_named(const VerificationResult& verdict, std::string_view id) {
  const auto named = [id](const Check& check) { return check.id == id; };
  EXPECT_EQ(std::ranges::count_if(verdict.checks(), named), 1) << id;
  const auto found = std::ranges::find_if(verdict.checks(), named);
  return found == verdict.checks().end() ? Check{} : *found;
}

TEST(SnpRules, SayWhatTheyComparedWithWhat) {
  Guest guest;
  guest.rules.min_current_version = ByteArray<3>{1, 55, 41};
  guest.rules.min_committed_version = ByteArray<3>{1, 55, 2};
  guest.rules.min_guest_svn = 9;
  guest.rules.policy.min_abi = {1, 58};
  const VerificationResult verdict = guest.judge();
  const Check current = check_named(verdict, "min_current_version");
  EXPECT_EQ(current.status, CheckStatus::fail);
  EXPECT_EQ(current.expected, "1.55.41");
  EXPECT_EQ(current.actual, "1.55.40");
  const Check committed = check_named(verdict, "min_committed_version");
  EXPECT_EQ(committed.status, CheckStatus::pass);
  EXPECT_EQ(committed.expected, "1.55.2");
  EXPECT_EQ(committed.actual, "1.55.39");
  EXPECT_EQ(check_named(verdict, "guest_svn").expected, "9");
  EXPECT_EQ(check_named(verdict, "policy.min_abi").expected, "1.58");
}

TEST(SnpRules, NameEveryClaimThatNobodyPins) {
  Guest guest;
  guest.csp_id = "CN=a";
  std::set<std::string> unpinned;
  const VerificationResult verdict = guest.judge();
  unpinned.insert(verdict.unpinned().begin(), verdict.unpinned().end());
  EXPECT_EQ(unpinned,
            (std::set<std::string>{"measurement", "host_data", "family_id", "image_id", "id_key_digest",
                                   "author_key_digest", "product", "signing_key", "csp_id", "chip_id", "report_id"}));
  for (const std::string& claim : unpinned) {
    EXPECT_EQ(check_named(verdict, claim).status, CheckStatus::unpinned) << claim;
  }
}

TEST(SnpRules, SayThatAVcekNamesNoProvider) {
  Guest guest;
  guest.rules.csp_ids = std::vector<std::string>{"CN=a"};
  const VerificationResult verdict = guest.judge();
  EXPECT_EQ(guest.failures(), Codes{}) << "signing_key keeps VCEK reports out, where that is wanted";
  EXPECT_EQ(check_named(verdict, "csp_id").status, CheckStatus::skipped);
}

TEST(SnpRules, TakeTheMinimumOfTheSiliconLine) {
  Guest guest;
  guest.rules.min_tcb["Genoa"] = {0, 0, 0, 0, 0x56};
  guest.tcb.line = snp::SiliconLine::bergamo;
  for (snp::Tcb* tcb : {&guest.tcb.reported, &guest.tcb.committed, &guest.tcb.current, &guest.tcb.launch}) {
    tcb->microcode = 0x1b;
  }
  EXPECT_EQ(guest.failures(), Codes{"tcb_below_minimum"}) << "the product's, where the line has none";
  guest.rules.min_tcb["Bergamo"] = {0, 0, 0, 0, 0x19};
  EXPECT_EQ(guest.failures(), Codes{});
  guest.rules.min_tcb = {{"Turin", SnpTcbFloor{}}};
  EXPECT_EQ(guest.failures(), Codes{"tcb_below_minimum"}) << "no minimum for this product";
  guest.rules.min_tcb = {{"Genoa", SnpTcbFloor{}}};
  guest.tcb.line.reset();
  EXPECT_EQ(guest.failures(), Codes{"tcb_level_unknown"});
}

TEST(SnpRules, WarnOfMitigationsThatMilanFirmwareHasNotVerified) {
  Guest guest;
  guest.tcb.product = snp::Product::milan;
  guest.claims.report_version = 5;
  guest.claims.current_mit_vector = 0x16;
  EXPECT_FALSE(guest.warnings().contains("advisory_applies"));
  for (const unsigned bit : {1U, 2U, 4U}) {
    guest.claims.current_mit_vector = 0x16U & ~(1U << bit);
    EXPECT_TRUE(guest.warnings().contains("advisory_applies")) << bit;
  }
  guest.rules.current_mit_vector = 0x02;
  EXPECT_FALSE(guest.warnings().contains("advisory_applies")) << "the policy decides";
  guest.rules.current_mit_vector.reset();
  guest.claims.report_version = 4;
  EXPECT_FALSE(guest.warnings().contains("advisory_applies")) << "version 4 does not vouch for it";
}

TEST(SnpRules, RefuseReportsThatDoNotSayWhatThePolicyWantsToKnow) {
  Guest guest;
  guest.claims.report_version = 2;
  EXPECT_FALSE(guest.failures().contains("alias_check_incomplete"));
  guest.rules.platform_info.alias_check_complete = BitRule::set;
  EXPECT_TRUE(guest.failures().contains("alias_check_incomplete"));
  guest.rules.platform_info.alias_check_complete = BitRule::any;
  EXPECT_FALSE(guest.failures().contains("alias_check_incomplete"));
}

TEST(SnpRules, WarnOfWhatNoRuleDecides) {
  Guest guest;
  guest.tcb.reported.microcode = 0x53;
  EXPECT_EQ(guest.failures(), Codes{});
  EXPECT_TRUE(guest.warnings().contains("tcb_out_of_date"));
  guest.tcb.line.reset();
  EXPECT_TRUE(guest.warnings().contains("tcb_level_unknown"));
  guest.tcb.product = snp::Product::milan;
  EXPECT_TRUE(guest.warnings().contains("milan_seed_extraction"));
  EXPECT_FALSE(guest.warnings().contains("advisory_applies"));
  guest.tcb.product = snp::Product::turin;
  EXPECT_TRUE(guest.warnings().contains("advisory_applies"));
  guest.claims.platform_info = 0x75;
  EXPECT_FALSE(guest.warnings().contains("advisory_applies"));
}

}  // namespace
}  // namespace tenzro::tee::test
