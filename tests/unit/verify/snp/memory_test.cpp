// SPDX-License-Identifier: Apache-2.0
// What a verifier remembers of SEV-SNP evidence: nothing before the report's signature holds, and no answer.
#include "verify/memory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "fakes/switchable_source.hpp"
#include "made/snp_platform.hpp"
#include "verify/snp/verify.hpp"

namespace tenzro::tee::test {
namespace {

namespace at = snp_at;

const MadeSnpPlatform& genoa() {
  static const MadeSnpPlatform platform = [] {
    MadeSnpPlatform out;
    out.make();
    return out;
  }();
  return platform;
}

/// Made once: no two signatures of a list are alike.
const collateral::Contents& files() {
  static const collateral::Contents all = SnpCaller(genoa()).files;
  return all;
}
const Bytes& list() { return files().documents.front().body; }

AttestationReport report_of(Bytes evidence) {
  AttestationReport out;
  out.platform = Platform::amd_sev_snp;
  out.evidence = std::move(evidence);
  return out;
}

/// One memory, asked through step by step.
class SnpRecalling : public testing::Test {
 protected:
  struct Outcome {
    bool to_the_end = false;
    std::size_t worked_out = 0;  ///< signatures beside the report's own
    std::set<std::string> failures;
  };
  Outcome judge(const AttestationReport& report, const collateral::Contents& given,
                const x509::AnchorSet* anchors = nullptr) {
    collateral::ContentsSource source(given);
    Recollection recall(memory_);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.custom_anchors = anchors != nullptr ? anchors : &anchors_;
    question.sources = {&source};
    VerdictBuilder verdict(kNow);
    Outcome out;
    out.to_the_end = snp::judge_report(report, question, verdict);
    out.worked_out = recall.checks().worked_out();
    out.failures = codes_in(std::move(verdict).finish(out.to_the_end, false).failures());
    return out;
  }
  Outcome judge(const AttestationReport& report) { return judge(report, files()); }
  Outcome judge(Bytes evidence) { return judge(report_of(std::move(evidence))); }

  /// The same object each time.
  bool remembers(const Bytes& certificate) {
    return *Recollection(memory_).certificate(certificate) == *Recollection(memory_).certificate(certificate);
  }
  bool remembers_list(const Bytes& list) {
    return Recollection(memory_).document<x509::RevocationList>(crypto::sha256(list)).has_value();
  }
  void expect_empty(const char* why) {
    EXPECT_FALSE(remembers(genoa().leaf.der)) << why;
    EXPECT_FALSE(remembers(genoa().ask.der)) << why;
    EXPECT_FALSE(remembers(genoa().root.der)) << why;
    EXPECT_FALSE(remembers_list(list())) << why;
  }

  Memory memory_{MemoryLimits{}};
  x509::AnchorSet anchors_ = *x509::AnchorSet::custom({genoa().root.der});
};

TEST_F(SnpRecalling, WorksOutNothingTwiceButTheReportsOwnSignature) {
  expect_empty("nothing was asked yet");
  const Outcome first = judge(genoa().signed_report());
  EXPECT_EQ(first.failures, std::set<std::string>{});
  EXPECT_GE(first.worked_out, 1U) << "the list's signature at least";
  EXPECT_TRUE(remembers(genoa().leaf.der) && remembers(genoa().ask.der));
  EXPECT_TRUE(remembers_list(list()));
  EXPECT_EQ(judge(genoa().signed_report()).worked_out, 0U);
  // Other bytes of the same guest, signed anew.
  Bytes other = genoa().report.bytes();
  other[at::kReportData] ^= 1;
  EXPECT_EQ(judge(MadeSnpPlatform::sign(other)).worked_out, 0U);
}

// AMD hands the certificate of any chip to anybody: a genuine chain with made-up bytes before it costs nothing.
TEST_F(SnpRecalling, LearnsNothingFromAReportWithoutASignature) {
  const Bytes good = genoa().signed_report();
  std::size_t asked = 0;
  for (std::size_t bit = 0; bit < snp::kReportSize * 8; bit += 251) {
    Bytes bytes = good;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const Outcome outcome = judge(bytes);
    EXPECT_FALSE(outcome.to_the_end) << bit;
    EXPECT_FALSE(outcome.failures.empty()) << bit;
    ++asked;
  }
  EXPECT_EQ(judge(MadeSnpPlatform::sign(genoa().report.bytes(), SnpKeys::get().other)).failures,
            std::set<std::string>{"report_signature_invalid"});
  EXPECT_GT(asked, 30U);
  expect_empty("no signature held");
  EXPECT_GE(judge(good).worked_out, 1U) << "nothing of it was known";
}

TEST_F(SnpRecalling, LearnsNothingBeforeItGetsToTheSignature) {
  const auto changed = [](const std::function<void(Bytes&)>& change) {
    Bytes bytes = genoa().report.bytes();
    change(bytes);
    return MadeSnpPlatform::sign(bytes);
  };
  struct Attempt {
    const char* code;
    Bytes evidence;
  };
  for (const Attempt& attempt :
       {Attempt{"malformed_evidence", Bytes(1183)},
        {"reserved_bytes_not_zero", changed([](Bytes& bytes) { bytes[0x330] = 1; })},
        {"report_requested_by_host", changed([](Bytes& bytes) { fill_at(bytes, at::kVmpl, 4, 0xff); })},
        {"signing_key_mismatch", changed([](Bytes& bytes) { bytes[at::kKeyInfo] = 4; })},
        {"product_mismatch", changed([](Bytes& bytes) { bytes[at::kCpuId] = 0x1a; })}}) {
    EXPECT_EQ(judge(attempt.evidence).failures, std::set<std::string>{attempt.code});
    expect_empty(attempt.code);
  }
}

// ATTACK(X1)
TEST_F(SnpRecalling, LearnsNothingFromAForeignHierarchy) {
  MadeSnpPlatform milan;
  milan.product = snp::Product::milan;
  milan.report.cpu_id = {0x19, 1, 1};
  milan.report.tcb = {4, 0, 0, 0, 0, 0, 0x1b, 0xdb};
  milan.make();
  EXPECT_EQ(judge(report_of(milan.signed_report()), SnpCaller(milan).files).failures,
            std::set<std::string>{"untrusted_root"});
  EXPECT_FALSE(remembers(milan.leaf.der) || remembers(milan.ask.der));
  EXPECT_EQ(judge(report_of(genoa().signed_report()), files(), &x509::AnchorSet::pinned()).failures,
            std::set<std::string>{"untrusted_root"});
  expect_empty("another root");
}

TEST_F(SnpRecalling, LearnsNothingFromARevokedChain) {
  SnpCaller caller(genoa());
  const Bytes revoking = genoa().list({{1, 0, 1}});
  caller.files.documents = {amd_document(CollateralKind::amd_crl, revoking, "crl.der")};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(judge(report_of(genoa().signed_report()), caller.files).failures,
              std::set<std::string>{"certificate_revoked"});
    expect_empty("revoked");
    EXPECT_FALSE(remembers_list(revoking));
  }
}

// What lies beside the evidence must not push out what is in use.
TEST_F(SnpRecalling, LearnsNothingOfCertificatesThatNoPathNeeds) {
  MadeSnpPlatform other;
  other.product = snp::Product::milan;
  other.make();
  const MadeTable table{
      {{table_guid::kVcek, genoa().leaf.der}, {table_guid::kAsk, genoa().ask.der}, {table_guid::kCrl, list()}}};
  Bytes extended = genoa().signed_report();
  const Bytes entries = table.bytes();
  extended.insert(extended.end(), entries.begin(), entries.end());
  collateral::Contents given;
  given.certificates = {other.leaf.der};
  EXPECT_EQ(judge(report_of(extended), given).failures, std::set<std::string>{});
  EXPECT_TRUE(remembers(genoa().leaf.der));
  EXPECT_FALSE(remembers(other.leaf.der));
  EXPECT_FALSE(remembers_list(list())) << "the sender's list is no document of the verifier's sources";
}

TEST_F(SnpRecalling, AYesUnderSomeAnchorsIsNoYesUnderOthers) {
  const std::size_t all = judge(genoa().signed_report()).worked_out;
  MadeSnpPlatform second;
  second.product = snp::Product::milan;
  second.make();
  const auto both = x509::AnchorSet::custom({genoa().root.der, second.root.der});
  ASSERT_TRUE(both.has_value());
  const AttestationReport report = report_of(genoa().signed_report());
  EXPECT_EQ(judge(report, files(), &*both).worked_out, all);
  EXPECT_EQ(judge(report, files(), &*both).worked_out, 0U);
}

// --- Whatever was asked before, the answer is a fresh verifier's.
class SnpHistories : public testing::TestWithParam<unsigned> {
 protected:
  struct Hierarchy {
    MadeSnpPlatform platform;
    std::vector<Bytes> evidence;  ///< the first is good
    std::vector<std::shared_ptr<CollateralSource>> collateral;
  };
  static Hierarchy make(snp::Product product, bool vlek) {
    Hierarchy out;
    out.platform.product = product;
    out.platform.vlek = vlek;
    out.platform.report.key_info = vlek ? 4 : 0;
    if (vlek) {
      out.platform.report.chip_id = Bytes(64);
    }
    if (product == snp::Product::milan) {
      out.platform.report.cpu_id = {0x19, 1, 1};
      out.platform.report.tcb = {4, 0, 0, 0, 0, 0, 0x1b, 0xdb};
    }
    out.platform.make();
    const MadeSnpPlatform& platform = out.platform;
    const Bytes plain = platform.report.bytes();
    const auto changed = [&](std::size_t where, std::uint8_t value) {
      Bytes bytes = plain;
      bytes[where] = value;
      return MadeSnpPlatform::sign(bytes);
    };
    out.evidence = {platform.signed_report(),
                    changed(at::kReportData, 0x99),
                    changed(at::kVmpl, 1),
                    changed(at::kPolicy + 2, 0x0b),
                    changed(at::kReportedTcb, 9),
                    changed(at::kChipId, 0x77),
                    MadeSnpPlatform::sign(plain, SnpKeys::get().other)};
    const std::string name = vlek ? "vlek_crl.der" : "crl.der";
    const auto add = [&](const std::vector<Bytes>& certificates, const std::vector<Bytes>& lists) {
      collateral::Contents files;
      files.certificates = certificates;
      for (const Bytes& list : lists) {
        files.documents.push_back(amd_document(CollateralKind::amd_crl, list, name));
      }
      out.collateral.push_back(std::make_shared<collateral::ContentsSource>(std::move(files)));
    };
    Bytes broken = platform.list();
    broken.back() ^= 1;
    const std::vector<Bytes> all = {platform.leaf.der, platform.ask.der};
    add(all, {platform.list()});
    add(all, {platform.list({{1, 0, 1}})});
    add(all, {platform.list({}, kStart, kNow - std::chrono::hours{1})});
    add(all, {broken});
    add(all, {});
    add({platform.leaf.der}, {platform.list()});
    add({}, {platform.list()});
    return out;
  }
};

// ATTACK(B13)
TEST_P(SnpHistories, ChangeNoAnswer) {
  static const std::array<Hierarchy, 4> hierarchies = {
      make(snp::Product::genoa, false), make(snp::Product::genoa, false), make(snp::Product::milan, false),
      make(snp::Product::milan, true)};
  std::mt19937 random(GetParam());
  const auto pick = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random); };
  const auto source = std::make_shared<SwitchableSource>();
  const AttestationVerifier remembering(source), forgetful(source, kSmallMemory);
  std::size_t accepted = 0, refused = 0;
  for (int i = 0; i < 100; ++i) {
    const std::size_t hierarchy = pick(hierarchies.size());
    const auto one_of = [&](auto Hierarchy::* member) {
      const auto& some = hierarchies[pick(8) == 0 ? pick(hierarchies.size()) : hierarchy].*member;
      return some[pick(3) != 0 ? 0 : pick(some.size())];
    };
    AttestationReport report = report_of(one_of(&Hierarchy::evidence));
    if (pick(8) == 0) {
      report.evidence[pick(report.evidence.size())] ^= static_cast<std::uint8_t>(1U << pick(8));
    }
    if (pick(6) == 0) {
      report.certificate_chain = {hierarchies[hierarchy].platform.leaf.der, hierarchies[hierarchy].platform.ask.der};
    }
    source->use(one_of(&Hierarchy::collateral));
    VerifyOptions options = pick(4) == 0
                                ? VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(Bytes(64, 0x33)))
                                : VerifyOptions::unbound_replay_possible();
    const UtcTime times[] = {kNow, kNow, kNow, kStart, kEnd, kNow - std::chrono::days{4000}};
    const Revocation modes[] = {Revocation::require, Revocation::require, Revocation::if_available, Revocation::off};
    options.at(times[pick(std::size(times))]).revocation(modes[pick(std::size(modes))]);
    if (pick(3) == 0) {
      SnpRules rules;
      rules.policy.debug = pick(2) == 0;
      if (pick(2) == 0) {
        rules.vmpl = std::vector<std::uint32_t>{0, 1};
      }
      options.with_policy(Policy::from_rules({.any_of = {rules}}).value());
    }
    if (pick(8) != 0) {
      options.replace_trust_anchors(
          {hierarchies[pick(8) == 0 ? pick(hierarchies.size()) : hierarchy].platform.root.der});
    }
    const VerificationResult fresh = AttestationVerifier(source).verify(report, options);
    const std::string expected = to_json(fresh);
    ASSERT_EQ(to_json(remembering.verify(report, options)), expected) << "question " << i;
    ASSERT_EQ(to_json(forgetful.verify(report, options)), expected) << "question " << i;
    (fresh.valid() ? accepted : refused) += 1;
  }
  EXPECT_GT(accepted, 10U);
  EXPECT_GT(refused, 10U);
}

INSTANTIATE_TEST_SUITE_P(EachSeed, SnpHistories, testing::Range(1U, 5U));

}  // namespace
}  // namespace tenzro::tee::test
