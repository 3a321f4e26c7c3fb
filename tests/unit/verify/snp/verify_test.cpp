// SPDX-License-Identifier: Apache-2.0
// Whole judgements of made platforms, and attacks on them.
#include "verify/snp/verify.hpp"

#include <gtest/gtest.h>

#include "formats/pem.hpp"
#include "made/snp_platform.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;
namespace at = snp_at;

const MadeSnpPlatform& genoa() {
  static const MadeSnpPlatform platform = [] {
    MadeSnpPlatform out;
    out.make();
    return out;
  }();
  return platform;
}

/// The codes of the failures when these bytes of the good report are changed before it is signed.
Codes judged_with(const std::function<void(Bytes&)>& change) {
  Bytes bytes = genoa().report.bytes();
  change(bytes);
  return codes_in(SnpCaller(genoa()).judge(MadeSnpPlatform::sign(bytes)).failures());
}
Codes judged_with(std::size_t where, std::uint64_t value, std::size_t size) {
  return judged_with([&](Bytes& bytes) { put_le_at(bytes, where, value, size); });
}

TEST(SnpVerify, AcceptsAGoodReport) {
  const VerificationResult verdict = SnpCaller(genoa()).judge(genoa().signed_report());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
  EXPECT_EQ(verdict.trust_anchors(), TrustAnchors::custom);
  EXPECT_EQ(verdict.firmware_version(), "1.55.40");
  EXPECT_EQ(verdict.valid_until(), kEnd);
  ASSERT_TRUE(verdict.tcb().has_value());
  EXPECT_EQ(verdict.tcb()->status, TcbStatus::up_to_date);
}

TEST(SnpVerify, SaysWhoseCloudAVlekIsOf) {
  MadeSnpPlatform platform;
  platform.vlek = true;
  platform.report.key_info = 4;
  platform.report.chip_id = Bytes(64);
  platform.make();
  const auto csp_id = [](const VerificationResult& verdict) {
    return std::get<SnpClaims>(*verdict.claims_for_display()).csp_id;
  };
  const VerificationResult verdict = SnpCaller(platform).judge(platform.signed_report());
  EXPECT_EQ(csp_id(verdict), "CN=cc-nowhere.example");
  EXPECT_NE(to_json(verdict).find(R"("csp_id":"CN=cc-nowhere.example")"), std::string::npos);
  const VerificationResult of_vcek = SnpCaller(genoa()).judge(genoa().signed_report());
  EXPECT_EQ(csp_id(of_vcek), std::nullopt);
  EXPECT_EQ(to_json(of_vcek).find("csp_id"), std::string::npos);
  // A certificate that is not found good says nothing.
  SnpCaller caller(platform);
  caller.files.certificates.pop_back();
  EXPECT_EQ(csp_id(caller.judge(platform.signed_report())), std::nullopt);
}

TEST(SnpVerify, SaysUntilWhenItsCollateralHolds) {
  SnpCaller caller(genoa());
  const UtcTime until = kNow + std::chrono::hours{1};
  caller.files.documents = {amd_document(CollateralKind::amd_crl, genoa().list({}, kStart, until), "crl.der")};
  const VerificationResult verdict = caller.judge(genoa().signed_report());
  EXPECT_EQ(verdict.tcb()->collateral_expires, until);
  EXPECT_EQ(verdict.valid_until(), until);
  caller.options.revocation(Revocation::off);
  EXPECT_EQ(caller.judge(genoa().signed_report()).tcb()->collateral_expires, std::nullopt) << "none was used";
}

TEST(SnpVerify, AcceptsEveryProductAndKindOfKey) {
  struct Kind {
    snp::Product product;
    std::array<std::uint8_t, 3> cpu;
    ByteArray<8> tcb;
    bool vlek;
  };
  for (const Kind& kind : {Kind{snp::Product::milan, {0x19, 1, 1}, {4, 0, 0, 0, 0, 0, 0x1b, 0xdb}, false},
                           Kind{snp::Product::turin, {0x1a, 2, 1}, {1, 3, 2, 5, 0, 0, 0, 0x61}, false},
                           Kind{snp::Product::milan, {0x19, 1, 1}, {4, 0, 0, 0, 0, 0, 0x1b, 0xdb}, true},
                           Kind{snp::Product::turin, {0x1a, 2, 1}, {1, 3, 2, 5, 0, 0, 0, 0x61}, true}}) {
    MadeSnpPlatform platform;
    platform.product = kind.product;
    platform.vlek = kind.vlek;
    platform.report.cpu_id = kind.cpu;
    platform.report.tcb = kind.tcb;
    platform.report.version = 5;
    platform.report.platform_info = 0x65;
    platform.report.key_info = kind.vlek ? 4 : 0;
    platform.report.chip_id = kind.vlek ? Bytes(64) : Bytes(64, 7);
    if (!kind.vlek && kind.product == snp::Product::turin) {
      std::fill(platform.report.chip_id.begin() + 8, platform.report.chip_id.end(), 0);
    }
    platform.make();
    const VerificationResult verdict = SnpCaller(platform).judge(platform.signed_report());
    EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  }
}

TEST(SnpVerify, FindsTheChainInTheCertificateTable) {
  const MadeTable table{{{table_guid::kVcek, genoa().leaf.der},
                         {table_guid::kAsk, genoa().ask.der},
                         {table_guid::kArk, genoa().root.der},
                         {table_guid::kCrl, genoa().list()}}};
  Bytes extended = genoa().signed_report();
  const Bytes entries = table.bytes();
  extended.insert(extended.end(), entries.begin(), entries.end());
  SnpCaller caller(genoa());
  caller.files = {};
  const VerificationResult verdict = caller.judge(extended);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("revocation_list_by_sender"));
}

/// The good report with this table behind it.
Bytes with_table(const MadeTable& table) {
  Bytes out = genoa().signed_report();
  const Bytes entries = table.bytes();
  out.insert(out.end(), entries.begin(), entries.end());
  return out;
}
Bytes pem_of(const std::vector<std::pair<std::string, Bytes>>& blocks) {
  std::string text;
  for (const auto& [label, der] : blocks) {
    text += pem::encode(label, der);
  }
  return {text.begin(), text.end()};
}

// What the caller has would suffice: what cannot be read is refused all the same, and nothing is judged beside it.
TEST(SnpVerify, RefusesCertificatesThatCannotBeRead) {
  const Bytes nonsense = {0x30, 0x00};
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA";
  const std::pair<Bytes, std::string> cases[] = {
      {Bytes(broken.begin(), broken.end()), "certificate table, ASK: "},
      {pem_of({{"X509 CRL", genoa().ask.der}}), "certificate table, ASK: PEM block \"X509 CRL\", expected CERTIFICATE"},
      {nonsense, "certificate table, ASK: "},
      {pem_of({{"CERTIFICATE", genoa().ask.der}, {"CERTIFICATE", nonsense}}), "certificate table, ASK: "}};
  for (const auto& [content, message] : cases) {
    const VerificationResult verdict = SnpCaller(genoa()).judge(with_table({{{table_guid::kAsk, content}}}));
    EXPECT_EQ(codes_in(verdict.failures()), Codes{"certificate_malformed"}) << message;
    EXPECT_NE(words_in(verdict.failures()).find(message), std::string::npos) << words_in(verdict.failures());
    EXPECT_FALSE(verdict.signature_verified() || verdict.certificate_chain_verified());
  }
  AttestationReport report;
  report.platform = Platform::amd_sev_snp;
  report.evidence = genoa().signed_report();
  report.certificate_chain = {genoa().leaf.der, nonsense};
  const VerificationResult verdict = SnpCaller(genoa()).judge(report);
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"certificate_malformed"});
  EXPECT_FALSE(verdict.signature_verified() || verdict.certificate_chain_verified());
}

TEST(SnpVerify, RefusesATablesListThatIsNotOne) {
  const Bytes list = genoa().list();
  EXPECT_TRUE(SnpCaller(genoa()).judge(with_table({{{table_guid::kCrl, pem_of({{"X509 CRL", list}})}}})).valid());
  for (const Bytes& content : {pem_of({{"X509 CRL", list}, {"X509 CRL", list}}), pem_of({{"CERTIFICATE", list}})}) {
    const VerificationResult verdict = SnpCaller(genoa()).judge(with_table({{{table_guid::kCrl, content}}}));
    EXPECT_EQ(codes_in(verdict.failures()), Codes{"collateral_malformed"});
    EXPECT_FALSE(verdict.signature_verified());
  }
}

TEST(SnpVerify, TakesNoParavisorsBlobOfAnotherTechnology) {
  MadeHclReport blob;
  blob.kind = 4;
  const VerificationResult verdict = SnpCaller(genoa()).judge(blob.bytes());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"malformed_evidence"});
  EXPECT_NE(words_in(verdict.failures()).find("holds a TDREPORT"), std::string::npos) << words_in(verdict.failures());
}

TEST(SnpVerify, RefusesALeafThatNamesAnotherProductThanItsIssuer) {
  MadeSnpPlatform platform;
  platform.named = snp::Product::milan;
  platform.make();
  const VerificationResult verdict = SnpCaller(platform).judge(platform.signed_report());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"product_mismatch"});
}

/// Notes which certificates of chips it is told of.
class ToldSource : public collateral::ContentsSource {
 public:
  using ContentsSource::ContentsSource;
  void accepted(const CollateralRequest& request, const CollateralDocument& document) override {
    if (request.kind == CollateralKind::amd_chain) {
      told.push_back(document.body);
    }
  }
  std::vector<Bytes> told;
};

// A memory is raised by what is good at present, and by nothing else.
TEST(SnpVerify, TellsASourceOfItsCertificateOnlyWhereItHolds) {
  const x509::AnchorSet anchors = *x509::AnchorSet::custom({genoa().root.der});
  const auto told = [&](bool at_now, bool in_document, const std::vector<Bytes>& revoked) {
    collateral::Contents contents;
    contents.documents = {amd_document(CollateralKind::amd_crl, genoa().list(revoked), "crl.der")};
    if (in_document) {
      contents.documents.push_back(amd_document(CollateralKind::amd_chain, genoa().leaf.der, "kds"));
      contents.documents.back().issuer_chain = {genoa().ask.der};
    } else {
      contents.certificates = {genoa().leaf.der, genoa().ask.der};
    }
    ToldSource source(std::move(contents));
    Memory memory{MemoryLimits{}};
    Recollection recall(memory);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.at_now = at_now;
    question.custom_anchors = &anchors;
    question.sources = {&source};
    VerdictBuilder verdict(kNow);
    AttestationReport report;
    report.evidence = genoa().signed_report();
    EXPECT_TRUE(snp::judge_report(report, question, verdict));
    return source.told;
  };
  EXPECT_EQ(told(true, true, {}), std::vector<Bytes>{genoa().leaf.der});
  EXPECT_EQ(told(false, true, {}), std::vector<Bytes>{}) << "of another time";
  EXPECT_EQ(told(true, false, {}), std::vector<Bytes>{}) << "no document of its";
  EXPECT_EQ(told(true, true, {{1, 0, 1}}), std::vector<Bytes>{}) << "revoked";
}

// ATTACK(X17): nobody signs the table; what has no place in the path that was judged would be anybody's to choose.
TEST(SnpVerify, RefusesCertificatesOfTheTableThatThePathDoesNotNeed) {
  MadeSnpPlatform other;
  other.vlek = true;
  other.make();
  const auto judged = [](const MadeTable& table) {
    Bytes extended = genoa().signed_report();
    const Bytes entries = table.bytes();
    extended.insert(extended.end(), entries.begin(), entries.end());
    return SnpCaller(genoa()).judge(extended);
  };
  const std::pair<std::string_view, Bytes> leaf{table_guid::kVcek, genoa().leaf.der};
  const std::pair<std::string_view, Bytes> ask{table_guid::kAsk, genoa().ask.der};
  EXPECT_TRUE(judged({{leaf}}).valid());
  EXPECT_TRUE(judged({{ask}}).valid());
  EXPECT_TRUE(judged({{leaf, {table_guid::kVlek, genoa().leaf.der}}}).valid()) << "the same one, twice";
  for (const MadeTable& table :
       {MadeTable{{leaf, ask, {table_guid::kVlek, other.ask.der}}}, {{leaf, {table_guid::kAsk, other.ask.der}}}}) {
    const VerificationResult verdict = judged(table);
    EXPECT_EQ(codes_in(verdict.failures()), Codes{"certificate_chain_mismatch"});
    EXPECT_NE(words_in(verdict.failures()).find("certificate table"), std::string::npos)
        << words_in(verdict.failures());
    EXPECT_FALSE(verdict.certificate_chain_verified() || verdict.signature_verified()) << "nothing more is judged";
  }
}

// Hosts leave what firmware has outgrown in their tables, and a VCEK beside a VLEK; the right one may come from
// elsewhere.
TEST(SnpVerify, PassesOverLeavesOfTheTableThatDidNotSign) {
  MadeSnpPlatform provider;
  provider.vlek = true;
  provider.make();
  MadeSnpPlatform before;
  before.leaf_tcb = snp::read_tcb(before.report.tcb, before.product);
  before.leaf_tcb->microcode -= 1;
  before.make();
  for (const Bytes& stale : {provider.leaf.der, before.leaf.der}) {
    Bytes extended = genoa().signed_report();
    const Bytes entries = MadeTable{{{table_guid::kVcek, stale}, {table_guid::kAsk, genoa().ask.der}}}.bytes();
    extended.insert(extended.end(), entries.begin(), entries.end());
    const VerificationResult verdict = SnpCaller(genoa()).judge(extended);
    EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
    EXPECT_TRUE(codes_in(verdict.warnings()).contains("certificate_unused"));
    SnpCaller alone(genoa());
    alone.files.certificates.clear();
    EXPECT_FALSE(alone.judge(extended).valid());
  }
}

TEST(SnpVerify, RefusesBytesBehindTheTable) {
  Bytes extended = genoa().signed_report();
  extended.resize(extended.size() + 24);
  EXPECT_TRUE(SnpCaller(genoa()).judge(extended).valid());
  extended.resize(extended.size() + 16'000, 0x5a);
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(extended).failures()), Codes{"malformed_evidence"});
}

TEST(SnpVerify, FindsTheChainInTheEnvelope) {
  SnpCaller caller(genoa());
  caller.files.certificates.clear();
  AttestationReport report;
  report.evidence = genoa().signed_report();
  report.certificate_chain = {genoa().leaf.der, genoa().ask.der, genoa().root.der};
  EXPECT_TRUE(caller.judge(report).valid());
  // ATTACK(X17): what no path needs.
  MadeSnpPlatform other;
  other.product = snp::Product::milan;
  report.certificate_chain.push_back(other.make().ask.der);
  EXPECT_EQ(codes_in(caller.judge(report).failures()), Codes{"certificate_chain_mismatch"});
  // Leaves that did not sign may lie in a table: an envelope's chain is the report's alone.
  MadeSnpPlatform before;
  before.leaf_tcb = snp::read_tcb(before.report.tcb, before.product);
  before.leaf_tcb->microcode -= 1;
  report.certificate_chain.back() = before.make().leaf.der;
  EXPECT_EQ(codes_in(caller.judge(report).failures()), Codes{"certificate_chain_mismatch"});
}

// ATTACK(X2): a root that came with the evidence is compared, never trusted.
TEST(SnpVerify, RefusesAnEnclosedRootThatIsNotTheAnchor) {
  MadeSnpPlatform forged;
  forged.make();  // another certificate over the same key
  AttestationReport report;
  report.evidence = genoa().signed_report();
  report.certificate_chain = {genoa().leaf.der, genoa().ask.der, forged.root.der};
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(report).failures()), Codes{"root_mismatch"});
  SnpCaller pinned(genoa());
  pinned.options = VerifyOptions::unbound_replay_possible().at(kNow);
  const Codes codes = codes_in(pinned.judge(report).failures());
  EXPECT_EQ(codes, Codes{"untrusted_root"}) << "its whole name is not quite AMD's";
}

// ATTACK(S1)
TEST(SnpVerify, RefusesACertificateOfAnotherChip) {
  MadeSnpPlatform platform;
  platform.hwid = Bytes(64, 0xee);
  platform.make();
  EXPECT_EQ(codes_in(SnpCaller(platform).judge(platform.signed_report()).failures()),
            Codes{"certificate_hwid_mismatch"});
  MadeSnpPlatform masked;
  masked.hwid = Bytes(64, 0xee);
  masked.report.chip_id = Bytes(64);
  masked.make();
  SnpCaller caller(masked);
  EXPECT_EQ(codes_in(caller.judge(masked.signed_report()).failures()), Codes{"chip_id_masked"});
  SnpRules rules;
  rules.allow_masked_chip_id = true;
  caller.options.with_policy(Policy::from_rules({.any_of = {rules}}).value());
  EXPECT_TRUE(caller.judge(masked.signed_report()).valid());
}

// ATTACK(S1): bytes behind Turin's short chip id.
TEST(SnpVerify, ComparesTheWholeChipId) {
  MadeSnpPlatform turin;
  turin.product = snp::Product::turin;
  turin.report.cpu_id = {0x1a, 2, 1};
  turin.report.tcb = {1, 3, 2, 5, 0, 0, 0, 0x61};
  turin.report.chip_id = Bytes(64, 7);
  turin.make();
  EXPECT_EQ(codes_in(SnpCaller(turin).judge(turin.signed_report()).failures()), Codes{"certificate_hwid_mismatch"});
}

// ATTACK(S2)
TEST(SnpVerify, RefusesACertificateOfAnotherTcb) {
  for (const snp::Tcb& tcb : {snp::Tcb{std::nullopt, 11, 0, 0x1b, 0x56, {}},
                              {std::nullopt, 10, 1, 0x1b, 0x56, {}},
                              {std::nullopt, 10, 0, 0x1c, 0x56, {}},
                              {std::nullopt, 10, 0, 0x1b, 0x57, {}},
                              {std::nullopt, 10, 0, 0x1b, 0x55, {}}}) {
    MadeSnpPlatform platform;
    platform.leaf_tcb = tcb;
    platform.make();
    EXPECT_EQ(codes_in(SnpCaller(platform).judge(platform.signed_report()).failures()),
              Codes{"certificate_tcb_mismatch"});
  }
}

// ATTACK(S2): the layout is the product's, and a certificate of the other layout is none.
TEST(SnpVerify, RefusesALeafWithTheLevelsOfAnotherLayout) {
  MadeSnpPlatform platform;
  platform.leaf_tcb = snp::Tcb{1, 10, 0, 0x1b, 0x56, {}};  // an FMC on Genoa
  platform.make();
  const VerificationResult verdict = SnpCaller(platform).judge(platform.signed_report());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"certificate_extension_malformed"});
  EXPECT_FALSE(verdict.tcb().has_value()) << "nothing more is judged";
  MadeSnpPlatform turin;
  turin.product = snp::Product::turin;
  turin.report.cpu_id = {0x1a, 2, 1};
  turin.report.tcb = {1, 3, 2, 5, 0, 0, 0, 0x61};
  std::fill(turin.report.chip_id.begin() + 8, turin.report.chip_id.end(), 0);
  turin.make();
  EXPECT_TRUE(SnpCaller(turin).judge(turin.signed_report()).valid());
  turin.leaf_tcb = snp::read_tcb(turin.report.tcb, snp::Product::genoa);  // no FMC on Turin
  turin.make();
  EXPECT_EQ(codes_in(SnpCaller(turin).judge(turin.signed_report()).failures()),
            Codes{"certificate_extension_malformed"});
}

// ATTACK(S2), ATTACK(S11): bytes of the TCB that have no meaning.
TEST(SnpVerify, ComparesReservedTcbBytesToo) {
  MadeSnpPlatform platform;
  platform.make();
  Bytes bytes = platform.report.bytes();
  for (const std::size_t tcb : {at::kReportedTcb, at::kCommittedTcb, at::kCurrentTcb, at::kLaunchTcb}) {
    bytes[tcb + 3] = 1;
  }
  EXPECT_EQ(codes_in(SnpCaller(platform).judge(MadeSnpPlatform::sign(bytes)).failures()),
            Codes{"certificate_tcb_mismatch"});
}

// ATTACK(S3)
TEST(SnpVerify, TakesTheProductOfVersion2FromItsIssuerAndSaysSo) {
  MadeSnpPlatform platform;
  platform.report.version = 2;
  platform.make();
  SnpCaller caller(platform);
  const VerificationResult verdict = caller.judge(platform.signed_report());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("report_version_old"));
  EXPECT_EQ(std::get<SnpClaims>(*verdict.claims_for_display()).product, "Genoa");
  EXPECT_EQ(verdict.tcb()->status, TcbStatus::unknown);
  SnpRules rules;
  rules.min_report_version = 3;
  caller.options.with_policy(Policy::from_rules({.any_of = {rules}}).value());
  EXPECT_EQ(codes_in(caller.judge(platform.signed_report()).failures()), Codes{"report_version_not_allowed"});
}

// ATTACK(S3): nothing says which product this is, and none is taken for granted.
TEST(SnpVerify, GuessesNoProductOfVersion2) {
  for (const std::uint32_t version : {2U, 3U}) {
    for (const char* issuer : {"SEV-Rome", "SEV-", "SEV", "Genoa", "SEV-genoa", "SEV-VLEK-Genoa", "SEV-Genoa-B1"}) {
      MadeSnpPlatform platform;
      platform.report.version = version;
      platform.issuer = issuer;
      platform.make();
      const VerificationResult verdict = SnpCaller(platform).judge(platform.signed_report());
      EXPECT_EQ(codes_in(verdict.failures()), Codes{"product_unknown"}) << issuer << words_in(verdict.failures());
      EXPECT_FALSE(verdict.signature_verified() || verdict.certificate_chain_verified());
    }
  }
  MadeSnpPlatform alone;
  alone.report.version = 2;
  alone.make();
  SnpCaller caller(alone);
  caller.files.certificates.clear();
  EXPECT_EQ(codes_in(caller.judge(alone.signed_report()).failures()), Codes{"collateral_missing"});
}

// ATTACK(S3): what the issuer's name says must hold under that product's root.
TEST(SnpVerify, HoldsVersion2ToTheRootOfItsIssuersProduct) {
  MadeSnpPlatform platform;
  platform.report.version = 2;
  platform.issuer = "SEV-Milan";  // under ARK-Genoa
  platform.make();
  const VerificationResult verdict = SnpCaller(platform).judge(platform.signed_report());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"certificate_name"}) << words_in(verdict.failures());
  EXPECT_FALSE(verdict.certificate_chain_verified() || verdict.signature_verified());
}

// ATTACK(X3), ATTACK(X4)
TEST(SnpVerify, RefusesProcessorsOfAnotherProductOrNone) {
  EXPECT_EQ(judged_with(at::kCpuId + 1, 0x01, 1), Codes{"product_mismatch"});
  EXPECT_EQ(judged_with(at::kCpuId, 0x1a, 1), Codes{"product_mismatch"});
  EXPECT_EQ(judged_with(at::kCpuId, 0x501a, 2), Codes{"product_unknown"});
  EXPECT_EQ(judged_with(at::kCpuId, 0, 3), Codes{"product_unknown"});
  Bytes unknown = genoa().report.bytes();
  put_le_at(unknown, at::kCpuId, 0x501a, 2);
  EXPECT_FALSE(SnpCaller(genoa()).judge(MadeSnpPlatform::sign(unknown)).signature_verified())
      << "nothing more is judged";
}

// ATTACK(S4)
TEST(SnpVerify, RefusesDangerousGuestPolicies) {
  EXPECT_EQ(judged_with(at::kPolicy, 0xb0000, 8), Codes{"guest_debug"});
  EXPECT_EQ(judged_with(at::kPolicy, 0x70000, 8), Codes{"guest_migratable"});
  EXPECT_EQ(judged_with(at::kPolicy, 0x10000, 8), Codes{"guest_policy_reserved"});
  for (unsigned bit = 26; bit < 64; ++bit) {
    EXPECT_EQ(judged_with(at::kPolicy, 0x30000 | (std::uint64_t{1} << bit), 8), Codes{"guest_policy_reserved"}) << bit;
  }
}

// ATTACK(S5)
TEST(SnpVerify, RefusesOtherPrivilegeLevelsAndTheHost) {
  for (const std::uint32_t vmpl : {1U, 2U, 3U, 4U, 0x100U}) {
    EXPECT_EQ(judged_with(at::kVmpl, vmpl, 4), Codes{"vmpl_not_allowed"});
  }
  EXPECT_EQ(judged_with(at::kVmpl, 0xffffffff, 4), Codes{"report_requested_by_host"});
}

// ATTACK(S6)
TEST(SnpVerify, DemandsTheAliasCheckWhereReportsTell) {
  EXPECT_EQ(judged_with(at::kPlatformInfo, 0x05, 8), Codes{"alias_check_incomplete"});
  EXPECT_EQ(judged_with(at::kPlatformInfo, 0xff25, 8), Codes{}) << "unknown bits are only shown";
}

// ATTACK(S7): each component of each relation.
TEST(SnpVerify, RefusesTcbsThatContradictEachOther) {
  for (const std::size_t component : {0, 1, 6, 7}) {
    const auto raised = [component](std::size_t tcb) { return [=](Bytes& bytes) { ++bytes[tcb + component]; }; };
    const auto lowered = [component](std::initializer_list<std::size_t> tcbs) {
      return [=, tcbs = std::vector<std::size_t>(tcbs)](Bytes& bytes) {
        for (const std::size_t tcb : tcbs) {
          bytes[tcb + component] = static_cast<std::uint8_t>(bytes[tcb + component] - 1);
        }
      };
    };
    EXPECT_EQ(judged_with(raised(at::kLaunchTcb)), Codes{"tcb_inconsistent"}) << component;
    EXPECT_EQ(judged_with(raised(at::kCommittedTcb)), Codes{"tcb_inconsistent"}) << component;
    if (component != 1) {
      EXPECT_EQ(judged_with(lowered({at::kCommittedTcb})), Codes{"tcb_inconsistent"}) << component;
      EXPECT_EQ(judged_with(lowered({at::kCurrentTcb})), Codes{"tcb_inconsistent"}) << component;
    }
  }
  EXPECT_EQ(judged_with(at::kCommittedVersion, 41, 1), Codes{"tcb_inconsistent"});
  EXPECT_EQ(judged_with(at::kCommittedVersion + 1, 56, 1), Codes{"tcb_inconsistent"});
  EXPECT_EQ(judged_with(at::kCommittedVersion + 2, 2, 1), Codes{"tcb_inconsistent"});
}

// ATTACK(S7): where the FMC has shifted everything.
TEST(SnpVerify, RefusesTcbsOfTurinThatContradictEachOther) {
  MadeSnpPlatform turin;
  turin.product = snp::Product::turin;
  turin.report.cpu_id = {0x1a, 2, 1};
  turin.report.tcb = {1, 3, 2, 5, 0, 0, 0, 0x61};
  std::fill(turin.report.chip_id.begin() + 8, turin.report.chip_id.end(), 0);
  turin.make();
  const auto judged = [&](std::size_t tcb, std::size_t component, int by) {
    Bytes bytes = turin.report.bytes();
    bytes[tcb + component] = static_cast<std::uint8_t>(bytes[tcb + component] + by);
    return codes_in(SnpCaller(turin).judge(MadeSnpPlatform::sign(bytes)).failures());
  };
  for (const std::size_t component : {0, 1, 2, 3, 7}) {
    const Codes refused = {"tcb_inconsistent"};
    EXPECT_EQ(judged(at::kLaunchTcb, component, 1), refused) << component;
    EXPECT_EQ(judged(at::kCommittedTcb, component, 1), refused) << component;
    EXPECT_EQ(judged(at::kCommittedTcb, component, -1), refused) << component;
    EXPECT_EQ(judged(at::kCurrentTcb, component, -1), refused) << component;
    EXPECT_EQ(judged(at::kCurrentTcb, component, 1), Codes{}) << "provisional " << component;
    EXPECT_EQ(judged(at::kReportedTcb, component, 1), (Codes{"certificate_tcb_mismatch", "tcb_inconsistent"}))
        << component;
  }
}

// ATTACK(S7)
TEST(SnpVerify, WarnsOfProvisionalFirmware) {
  const auto provisional = [](const std::function<void(Bytes&)>& change) {
    Bytes bytes = genoa().report.bytes();
    change(bytes);
    const VerificationResult verdict = SnpCaller(genoa()).judge(MadeSnpPlatform::sign(bytes));
    EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
    SnpRules strict;
    strict.allow_provisional_firmware = false;
    SnpCaller caller(genoa());
    caller.options.with_policy(Policy::from_rules({.any_of = {strict}}).value());
    const bool warned = codes_in(verdict.warnings()).contains("provisional_firmware");
    EXPECT_EQ(codes_in(caller.judge(MadeSnpPlatform::sign(bytes)).failures()),
              warned ? Codes{"provisional_firmware"} : Codes{});
    return warned;
  };
  EXPECT_FALSE(provisional([](Bytes&) {}));
  EXPECT_TRUE(provisional([](Bytes& bytes) { ++bytes[at::kCurrentTcb + 7]; }));
  EXPECT_TRUE(provisional([](Bytes& bytes) { ++bytes[at::kCurrentVersion]; }));
}

// ATTACK(S8)
TEST(SnpVerify, RefusesSignaturesOutOfRange) {
  const Bytes good = genoa().signed_report();
  const auto codes = [&](const std::function<void(Bytes&)>& change) {
    Bytes bytes = good;
    change(bytes);
    return codes_in(SnpCaller(genoa()).judge(bytes).failures());
  };
  const Codes refused = {"report_signature_invalid"};
  for (const std::size_t half : {at::kR, at::kS}) {
    EXPECT_EQ(codes([&](Bytes& bytes) { fill_at(bytes, half, 72, 0); }), refused);
    EXPECT_EQ(codes([&](Bytes& bytes) { fill_at(bytes, half, 48, 0xff); }), refused) << "above the order";
    EXPECT_EQ(codes([&](Bytes& bytes) { bytes[half + 48] = 1; }), refused) << "above 48 bytes";
    EXPECT_EQ(codes([&](Bytes& bytes) { bytes[half + 71] = 1; }), refused);
    EXPECT_EQ(codes([&](Bytes& bytes) {
                std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(half),
                             bytes.begin() + static_cast<std::ptrdiff_t>(half) + 48);
              }),
              refused)
        << "big-endian";
  }
  EXPECT_EQ(codes([](Bytes& bytes) { bytes = MadeSnpPlatform::sign(bytes, SnpKeys::get().other); }), refused);
}

/// A certificate for this chip and TCB, of a later date, whose key signed nothing.
Bytes useless_leaf(int number) {
  MadeSnpPlatform out;
  out.other_key = true;
  out.leaf_start = kStart + std::chrono::minutes{number + 1};
  return out.make().leaf.der;
}

// Strangers can enclose any number of certificates that fit: each would cost the time of a signature.
TEST(SnpVerify, TriesASignatureWithAFewCertificatesOnly) {
  SnpCaller caller(genoa());
  for (int i = 0; i < 3; ++i) {
    caller.files.certificates.push_back(useless_leaf(i));
  }
  EXPECT_EQ(codes_in(caller.judge(genoa().signed_report()).failures()), Codes{});
  for (int i = 3; i < 20; ++i) {
    caller.files.certificates.push_back(useless_leaf(i));
  }
  EXPECT_EQ(codes_in(caller.judge(genoa().signed_report()).failures()), Codes{"report_signature_invalid"});
}

TEST(SnpVerify, LooksAtAFewEnclosedCertificatesOnly) {
  AttestationReport report;
  report.evidence = genoa().signed_report();
  const auto judged_with = [&](int count) {
    std::vector<CollateralDocument> documents;
    for (int i = 0; i < count; ++i) {
      documents.push_back(amd_document(CollateralKind::amd_chain, useless_leaf(i), "kds"));
      documents.push_back(documents.back());  // the same twice counts once
    }
    documents.push_back(amd_document(CollateralKind::amd_chain, genoa().leaf.der, "kds"));
    const std::string bundle = collateral::bundle_to_json(documents);
    report.collateral.assign(bundle.begin(), bundle.end());
    SnpCaller caller(genoa());
    caller.files.certificates = {genoa().ask.der};
    return codes_in(caller.judge(report).failures());
  };
  EXPECT_EQ(judged_with(3), Codes{});
  EXPECT_EQ(judged_with(20), Codes{"report_signature_invalid"}) << "the genuine one is the twenty-first";
}

TEST(SnpVerify, ReadsAFewEnclosedCertificatesOnly) {
  const auto judged_with = [&](std::uint8_t others) {
    CertificateSpec spec;
    spec.common_name = "nobody";
    static const crypto::PkeyPtr key = ec_key();
    std::vector<CollateralDocument> documents;
    for (std::uint8_t i = 0; i < others; ++i) {
      spec.serial = {static_cast<std::uint8_t>(i + 1)};
      documents.push_back(amd_document(CollateralKind::amd_chain, issue(spec, shared(key), nullptr).der, "kds"));
    }
    documents.push_back(amd_document(CollateralKind::amd_chain, genoa().leaf.der, "kds"));
    const std::string bundle = collateral::bundle_to_json(documents);
    AttestationReport report;
    report.evidence = genoa().signed_report();
    report.collateral.assign(bundle.begin(), bundle.end());
    SnpCaller caller(genoa());
    caller.files.certificates = {genoa().ask.der};
    return codes_in(caller.judge(report).failures());
  };
  EXPECT_EQ(judged_with(15), Codes{});
  EXPECT_EQ(judged_with(16), Codes{"collateral_malformed"}) << "the genuine one is the seventeenth";
}

// One certificate of the key that signed is as good as another, where it is of this chip and product, and valid now.
TEST(SnpVerify, PassesOverNewerCertificatesThatAreNotTheReports) {
  const auto newer = [](const std::function<void(MadeSnpPlatform&)>& change) {
    MadeSnpPlatform other;
    other.leaf_start = kNow - std::chrono::hours{1};
    change(other);
    return other.make().leaf.der;
  };
  using std::chrono::hours;
  const std::pair<const char*, Bytes> others[] = {
      {"another product", newer([](auto& other) { other.product = snp::Product::milan; })},
      {"another chip", newer([](auto& other) { other.hwid = Bytes(64, 0xc2); })},
      {"not yet valid", newer([](auto& other) { other.leaf_start = kNow + hours{1}; })},
      {"expired", newer([](auto& other) { other.leaf_end = kNow; })}};
  for (const auto& [what, leaf] : others) {
    SnpCaller caller(genoa());
    caller.files.certificates.push_back(leaf);
    EXPECT_EQ(codes_in(caller.judge(genoa().signed_report()).failures()), Codes{}) << what;
  }
}

TEST(SnpVerify, RefusesCertificatesOfOtherKindsOfKeys) {
  for (crypto::PkeyPtr (*key)() : {+[] { return shared(SnpKeys::get().ask); }, +[] { return ec_key("P-256"); }}) {
    MadeSnpPlatform platform;
    platform.leaf_key = key;
    platform.make();
    const Codes codes = codes_in(SnpCaller(platform).judge(platform.signed_report()).failures());
    EXPECT_FALSE(codes.empty());
    EXPECT_FALSE(SnpCaller(platform).judge(platform.signed_report()).signature_verified());
  }
}

/// Counts how often it is asked, and has what a caller of its own has, or says that it has nothing.
class CountingSource : public collateral::ContentsSource {
 public:
  CountingSource(collateral::Contents contents, bool has_any)
      : ContentsSource(std::move(contents)), has_any_(has_any) {}
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    asked += request.kind == CollateralKind::amd_chain ? 1 : 0;
    if (!has_any_) {
      return Error(ErrorCode::collateral_missing, "there is none");
    }
    return ContentsSource::find(request);
  }
  int asked = 0;

 private:
  bool has_any_;
};

TEST(SnpVerify, AsksTheSendersSourceOnceAndSaysWhenThereIsNothing) {
  const x509::AnchorSet anchors = *x509::AnchorSet::custom({genoa().root.der});
  CountingSource source({}, false);
  Memory memory{MemoryLimits{}};
  Recollection recall(memory);
  Question question;
  question.recall = &recall;
  question.moment = {kNow, std::chrono::seconds{0}};
  question.custom_anchors = &anchors;
  question.sources = {&source};
  question.enclosed = &source;
  VerdictBuilder verdict(kNow);
  AttestationReport report;
  report.evidence = genoa().signed_report();
  EXPECT_FALSE(snp::judge_report(report, question, verdict));
  EXPECT_EQ(source.asked, 1);
  EXPECT_EQ(codes_in(std::move(verdict).finish(false, false).failures()), Codes{"collateral_missing"});
}

// ATTACK(S9)
TEST(SnpVerify, RefusesKeysOfAnotherKind) {
  EXPECT_EQ(judged_with(at::kKeyInfo, 0x04, 4), Codes{"signing_key_mismatch"});
  for (const std::uint32_t key : {2U, 3U, 4U, 5U, 6U, 7U}) {
    EXPECT_EQ(judged_with(at::kKeyInfo, key << 2, 4), Codes{"signing_key_unsupported"}) << key;
  }
  EXPECT_EQ(judged_with(at::kKeyInfo, 0x02, 4), Codes{"signing_key_unsupported"}) << "MASK_CHIP_KEY";
  MadeSnpPlatform vlek;
  vlek.vlek = true;
  vlek.make();
  EXPECT_EQ(codes_in(SnpCaller(vlek).judge(vlek.signed_report()).failures()), Codes{"signing_key_mismatch"});
}

// ATTACK(S11), ATTACK(P1), ATTACK(P8)
TEST(SnpVerify, RefusesOtherLengthsAndConstants) {
  Bytes bytes = genoa().signed_report();
  for (const std::size_t size : {0, 1, 63, 672, 1183}) {
    EXPECT_EQ(
        codes_in(SnpCaller(genoa()).judge(Bytes(bytes.begin(), bytes.begin() + static_cast<int>(size))).failures()),
        Codes{"malformed_evidence"})
        << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(bytes).failures()), Codes{"malformed_evidence"});
  bytes.resize(std::size_t{64} << 10);
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(bytes).failures()), Codes{"malformed_evidence"});
  bytes.push_back(0);
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(bytes).failures()), Codes{"evidence_too_large"});
  EXPECT_EQ(judged_with(at::kSignatureAlgo, 2, 4), Codes{"signature_algorithm_unsupported"});
  EXPECT_EQ(judged_with(at::kVersion, 6, 4), Codes{"unsupported_evidence"});
  EXPECT_EQ(judged_with([](Bytes& report) {
              put_le_at(report, at::kVersion, 6, 4);
              put_le_at(report, at::kSignatureAlgo, 2, 4);
            }),
            Codes{"unsupported_evidence"});
  EXPECT_EQ(judged_with(0x330, 1, 1), Codes{"reserved_bytes_not_zero"});
}

TEST(SnpVerify, JudgesNothingOfARefusedForm) {
  const VerificationResult verdict = SnpCaller(genoa()).judge(Bytes(100));
  EXPECT_EQ(verdict.platform(), Platform::amd_sev_snp);
  EXPECT_FALSE(verdict.claims_for_display().has_value());
  EXPECT_FALSE(verdict.signature_verified() || verdict.certificate_chain_verified() || verdict.platform_verified());
}

// ATTACK(P9)
TEST(SnpVerify, RefusesWhatItsEnvelopeSaysOtherwise) {
  AttestationReport report;
  report.platform = Platform::aws_nitro;
  report.evidence = genoa().signed_report();
  const VerificationResult verdict = SnpCaller(genoa()).judge(report);
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"platform_mismatch"});
  EXPECT_FALSE(verdict.platform_verified());
  report.platform = Platform::unknown;
  EXPECT_TRUE(SnpCaller(genoa()).judge(report).valid());
  SnpCaller caller(genoa());
  caller.options.require_platform(Platform::intel_tdx);
  EXPECT_EQ(codes_in(caller.judge(report).failures()), Codes{"platform_mismatch"});
  report.simulated = true;
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(report).failures()), Codes{"simulated_mismatch"});
  report.simulated = false;
  report.event_log = {1};
  report.device_evidence = {1};
  report.tpm_quote = {1};
  EXPECT_EQ(codes_in(SnpCaller(genoa()).judge(report).failures()),
            (Codes{"event_log_not_supported", "device_evidence_not_supported", "runtime_data_missing"}));
}

// ATTACK(B5)
TEST(SnpVerify, BindsReportDataToTheCaller) {
  Bytes challenge(64, 0x33);
  SnpCaller caller(genoa());
  caller.options = VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(challenge).value());
  caller.options.at(kNow).replace_trust_anchors({genoa().root.der});
  const VerificationResult good = caller.judge(genoa().signed_report());
  EXPECT_TRUE(good.freshness_verified() && good.verified().has_value()) << words_in(good.failures());
  // A prefix is not enough.
  for (const std::size_t byte : {0, 31, 32, 63}) {
    Bytes bytes = genoa().report.bytes();
    bytes[at::kReportData + byte] ^= 1;
    const VerificationResult other = caller.judge(MadeSnpPlatform::sign(bytes));
    EXPECT_EQ(codes_in(other.failures()), Codes{"user_data_mismatch"});
    EXPECT_FALSE(other.freshness_verified());
  }
}

TEST(SnpVerify, HoldsFirmwareVersionsAndReportIdToThePolicy) {
  Bytes bytes = genoa().report.bytes();
  bytes[at::kCurrentVersion] = 41;  // the committed one stays at 1.55.40
  bytes = MadeSnpPlatform::sign(bytes);
  const auto judged = [&](const std::function<void(SnpRules&)>& pin) {
    SnpRules rules;
    pin(rules);
    SnpCaller caller(genoa());
    caller.options.with_policy(Policy::from_rules({.any_of = {rules}}).value());
    return codes_in(caller.judge(bytes).failures());
  };
  ByteArray<32> id{};
  id.fill(0x88);
  EXPECT_EQ(judged([&](auto& r) {
              r.min_current_version = ByteArray<3>{1, 55, 41};
              r.min_committed_version = ByteArray<3>{1, 55, 40};
              r.report_id = std::vector{id};
            }),
            Codes{});
  EXPECT_EQ(judged([](auto& r) { r.min_current_version = ByteArray<3>{1, 55, 42}; }),
            Codes{"firmware_version_too_low"});
  EXPECT_EQ(judged([](auto& r) { r.min_committed_version = ByteArray<3>{1, 55, 41}; }),
            Codes{"firmware_version_too_low"});
  EXPECT_EQ(judged([](auto& r) { r.report_id = std::vector{ByteArray<32>{}}; }), Codes{"report_id_not_allowed"});
}

TEST(SnpVerify, WantsAnEntryInThePolicy) {
  SnpCaller caller(genoa());
  caller.options.with_policy(Policy::from_rules({.any_of = {TdxRules{}}}).value());
  EXPECT_EQ(codes_in(caller.judge(genoa().signed_report()).failures()), Codes{"platform_not_in_policy"});
}

TEST(SnpVerify, SaysWhichCertificateIsMissing) {
  SnpCaller caller(genoa());
  caller.files.certificates.clear();
  const VerificationResult verdict = caller.judge(genoa().signed_report());
  ASSERT_EQ(codes_in(verdict.failures()), Codes{"collateral_missing"});
  EXPECT_NE(verdict.failures()[0].message.find("VCEK certificate of Genoa"), std::string::npos);
  EXPECT_NE(verdict.failures()[0].message.find("0a00000000001b56"), std::string::npos);
  // The leaf alone: its issuer is nobody's that is known.
  caller.files.certificates = {genoa().leaf.der};
  EXPECT_FALSE(caller.judge(genoa().signed_report()).valid());
}

}  // namespace
}  // namespace tenzro::tee::test
