// SPDX-License-Identifier: Apache-2.0
// A verifier that remembers says exactly what a fresh one says, whatever it was asked before.
#include "verify/memory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "collateral/bundle.hpp"
#include "fakes/switchable_source.hpp"
#include "made/simulated_intel.hpp"
#include "verify/tdx/verify.hpp"

namespace tenzro::tee::test {
namespace {

/// Everything that a question is made of, to be put together at random: good and bad of each kind.
class Questions {
 public:
  Questions() {
    IntelStage ours("one hierarchy"), theirs("another of the same names");
    IntelStage simulation{std::string(simulated::IntelHierarchy::kSimulatedLabel)};
    for (IntelStage* stage : {&ours, &theirs, &simulation}) {
      roots_.push_back(stage->maker.hierarchy().root().certificate);
      add_collateral(*stage);
      add_evidence(*stage);
    }
  }

  struct Question {
    AttestationReport report;
    std::shared_ptr<CollateralSource> collateral;
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
  };

  Question draw(std::mt19937& random) const {
    const auto pick = [&](std::size_t count) {
      return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    // Mostly of one hierarchy, and often good, so that every mixture comes up beside what is accepted.
    const std::size_t hierarchy = pick(3);
    const auto choose = [&](const auto& of_each) {
      const auto& some = of_each[pick(8) == 0 ? pick(3) : hierarchy];
      return some[pick(2) == 0 ? 0 : pick(some.size())];
    };
    Question out;
    out.report.evidence = choose(evidence_);
    if (pick(8) == 0) {
      out.report.evidence[pick(out.report.evidence.size())] ^= static_cast<std::uint8_t>(1U << pick(8));
    }
    out.collateral = choose(collateral_);
    if (pick(4) == 0) {
      const auto fill = static_cast<std::uint8_t>(0x11 * pick(3) + 1);
      out.options = VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(Bytes(64, fill)));
    }
    const UtcTime times[] = {
        kNow, kNow, kNow, kNow - std::chrono::days{2}, kNow + std::chrono::days{40}, kNow + std::chrono::days{4000}};
    out.options.at(times[pick(std::size(times))]);
    if (pick(3) == 0) {
      PolicyRules rules;
      TdxRules td;
      if (pick(2) == 0) {
        td.tcb_status = {TcbStatus::up_to_date, TcbStatus::out_of_date};
      }
      rules.allow_simulated = pick(2) == 0;
      rules.any_of.push_back(std::move(td));
      out.options.with_policy(*Policy::from_rules(std::move(rules)));
    }
    if (pick(3) == 0) {
      out.options.accept_simulated(InsecureSimulation::for_development_only());
    }
    if (pick(6) == 0) {
      out.report.collateral = bundles_[pick(bundles_.size())];
    }
    const Revocation modes[] = {Revocation::require, Revocation::require, Revocation::if_available, Revocation::off};
    out.options.revocation(modes[pick(std::size(modes))]);
    const std::size_t kind = pick(8);
    if (kind > 1 && hierarchy < 2) {
      out.options.replace_trust_anchors({roots_[hierarchy]});
    } else if (kind == 1) {
      out.options.replace_trust_anchors({roots_[0], roots_[1]});
    }
    return out;
  }

 private:
  void add_evidence(IntelStage& stage) {
    evidence_.emplace_back();
    evidence_.back().push_back(stage.maker.quote(stage.quote));  // of the platform that some lists revoke
    for (std::uint8_t platform = 1; platform <= 3; ++platform) {
      stage.quote.pck.ppid[0] = platform;
      stage.quote.td.report_data.fill(static_cast<std::uint8_t>(0x11 * platform + 1));
      evidence_.back().push_back(stage.maker.quote(stage.quote));
    }
    stage.quote.pck_not_after = kNow - std::chrono::hours{1};
    evidence_.back().push_back(stage.maker.quote(stage.quote));
    stage.quote.pck_not_after.reset();
    stage.quote.attestation_key_label = "another";
    evidence_.back().push_back(stage.maker.quote(stage.quote));
    stage.quote.qe.isv_svn = 1;
    evidence_.back().push_back(stage.maker.quote(stage.quote));
  }

  void add_collateral(const IntelStage& stage) {
    std::vector<std::vector<CollateralDocument>> sets;
    const auto make = [&](const auto& change) {
      simulated::CollateralSpec spec = stage.collateral;
      change(spec);
      sets.push_back(stage.maker.collateral(stage.quote, spec));
    };
    make([](auto&) {});
    make([](auto& spec) { spec.evaluation_data_number = 16; });
    make([](auto& spec) { spec.tcb_status = "OutOfDate"; });
    make([](auto& spec) { spec.module_status = "Revoked"; });
    make([](auto& spec) { spec.issued = kNow - std::chrono::days{60}; });
    const auto leaf = x509::Certificate::parse(stage.maker.pck_certificate(stage.quote));
    const auto ca = x509::Certificate::parse(stage.maker.hierarchy().platform_ca().certificate);
    make([&](auto& spec) {
      spec.pck_crl.revoked_serials = {Bytes((*leaf)->serial().begin(), (*leaf)->serial().end())};
    });
    make([&](auto& spec) { spec.root_crl.revoked_serials = {Bytes((*ca)->serial().begin(), (*ca)->serial().end())}; });
    const std::string bundle = collateral::bundle_to_json(sets.front());
    bundles_.emplace_back(bundle.begin(), bundle.end());
    sets.push_back(sets.front());
    sets.back().pop_back();
    sets.push_back(sets.front());
    for (CollateralDocument& document : sets.back()) {
      document.body.back() ^= 1;
    }
    // The documents of one with the signers of the other.
    if (!foreign_chain_.empty()) {
      sets.push_back(sets.front());
      for (CollateralDocument& document : sets.back()) {
        document.issuer_chain = foreign_chain_;
      }
    }
    foreign_chain_ = sets.front().front().issuer_chain;
    collateral_.emplace_back();
    for (std::vector<CollateralDocument>& set : sets) {
      collateral_.back().push_back(std::make_shared<FixedSource>(std::move(set)));
    }
  }

  // One of each hierarchy; the first of the inner ones is good.
  std::vector<Bytes> roots_;
  std::vector<std::vector<Bytes>> evidence_;
  std::vector<std::vector<std::shared_ptr<CollateralSource>>> collateral_;
  std::vector<Bytes> foreign_chain_;
  std::vector<Bytes> bundles_;
};

class Histories : public testing::TestWithParam<unsigned> {};

// ATTACK(B13)
TEST_P(Histories, ChangeNoAnswer) {
  static const Questions questions;
  std::mt19937 random(GetParam());
  const auto source = std::make_shared<SwitchableSource>();
  const AttestationVerifier remembering(source), forgetful(source, kSmallMemory);
  std::size_t accepted = 0, refused = 0;
  for (int i = 0; i < 150; ++i) {
    const Questions::Question question = questions.draw(random);
    source->use(question.collateral);
    const VerificationResult fresh = AttestationVerifier(source).verify(question.report, question.options);
    const std::string expected = to_json(fresh);
    ASSERT_EQ(to_json(remembering.verify(question.report, question.options)), expected) << "question " << i;
    ASSERT_EQ(to_json(forgetful.verify(question.report, question.options)), expected) << "question " << i;
    (fresh.valid() ? accepted : refused) += 1;
  }
  EXPECT_GT(accepted, 2U);
  EXPECT_GT(refused, 10U);
}

INSTANTIATE_TEST_SUITE_P(EachSeed, Histories, testing::Range(1U, 9U));

/// One hierarchy, asked about step by step, so that what was worked out can be counted.
class Recalling : public testing::Test {
 protected:
  /// How many signatures beside the quote's own one judgement works out.
  std::size_t worked_out(const AttestationReport& report, const x509::AnchorSet* anchors, CollateralSource* source,
                         bool accept_simulated = false) {
    Recollection recall(memory_);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.custom_anchors = anchors;
    question.accept_simulated = accept_simulated;
    question.sources = {source};
    VerdictBuilder verdict(kNow);
    EXPECT_TRUE(tdx::judge_quote(report, question, verdict));
    return recall.checks().worked_out();
  }
  std::size_t worked_out(const AttestationReport& report) { return worked_out(report, &anchors_, &source_); }

  AttestationReport report_of_platform(std::uint8_t number, const IntelStage& stage) {
    simulated::QuoteSpec quote = stage.quote;
    quote.pck.ppid[0] = number;
    AttestationReport out;
    out.evidence = stage.maker.quote(quote);
    return out;
  }

  /// All of tdx.md 4 but the quote's own: QE report, PCK certificate, PCK CA, root's own, two lists, TCB signer, two
  /// documents.
  static constexpr std::size_t kAll = 9;
  /// Its certificate and its quoting enclave's report.
  static constexpr std::size_t kOfPlatform = 2;

  IntelStage stage_;
  Memory memory_{MemoryLimits{}};
  x509::AnchorSet anchors_ = *x509::AnchorSet::custom({stage_.maker.hierarchy().root().certificate});
  FixedSource source_{stage_.made_documents()};
};

TEST_F(Recalling, WorksOutEachSignatureOnce) {
  const AttestationReport report = stage_.report();
  EXPECT_EQ(worked_out(report), kAll);
  EXPECT_EQ(worked_out(report), 0U);
  const AttestationReport of_another = report_of_platform(7, stage_);
  EXPECT_EQ(worked_out(of_another), kOfPlatform);
  EXPECT_EQ(worked_out(of_another), 0U);
}

TEST_F(Recalling, AYesUnderSomeAnchorsIsNoYesUnderOthers) {
  const AttestationReport report = stage_.report();
  EXPECT_EQ(worked_out(report), kAll);
  const IntelStage other("another");
  const auto both = x509::AnchorSet::custom(
      {stage_.maker.hierarchy().root().certificate, other.maker.hierarchy().root().certificate});
  ASSERT_TRUE(both);
  EXPECT_GE(worked_out(report, &*both, &source_), kAll - 2) << "two roots of one name leave the signer to OpenSSL";
  EXPECT_EQ(worked_out(report, &*both, &source_), 0U);
}

// Everybody has the key of the simulated root.
TEST_F(Recalling, LearnsNothingFromSimulatedEvidenceThatNobodyAskedFor) {
  const IntelStage simulation{std::string(simulated::IntelHierarchy::kSimulatedLabel)};
  FixedSource enclosed(simulation.made_documents());
  const AttestationReport report = simulation.report();
  const std::size_t all = worked_out(report, nullptr, &enclosed);
  EXPECT_EQ(worked_out(report, nullptr, &enclosed), all);
  EXPECT_EQ(worked_out(report, nullptr, &enclosed, true), all);
  EXPECT_EQ(worked_out(report, nullptr, &enclosed, true), 0U) << "asked for, it is evidence like any other";
}

// A policy that refuses simulated evidence is one more who did not ask for it.
TEST_F(Recalling, LearnsNothingFromSimulatedEvidenceThatThePolicyRefuses) {
  const IntelStage simulation{std::string(simulated::IntelHierarchy::kSimulatedLabel)};
  FixedSource enclosed(simulation.made_documents());
  const AttestationReport report = simulation.report();
  PolicyRules rules;
  const auto worked_out_under = [&](bool allowed) {
    rules.allow_simulated = allowed;
    Recollection recall(memory_);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.accept_simulated = true;
    question.policy = &rules;
    question.sources = {&enclosed};
    VerdictBuilder verdict(kNow);
    EXPECT_TRUE(tdx::judge_quote(report, question, verdict));
    return recall.checks().worked_out();
  };
  const std::size_t all = worked_out_under(false);
  EXPECT_GT(all, 0U);
  EXPECT_EQ(worked_out_under(false), all);
  EXPECT_EQ(worked_out_under(true), all);
  EXPECT_EQ(worked_out_under(true), 0U);
}

TEST_F(Recalling, LearnsNothingFromRevokedPlatforms) {
  const AttestationReport report = stage_.report();
  simulated::CollateralSpec spec = stage_.collateral;
  const auto leaf = x509::Certificate::parse(stage_.maker.pck_certificate(stage_.quote));
  ASSERT_TRUE(leaf);
  spec.pck_crl.revoked_serials = {Bytes((*leaf)->serial().begin(), (*leaf)->serial().end())};
  FixedSource revoking(stage_.maker.collateral(stage_.quote, spec));
  EXPECT_EQ(worked_out(report, &anchors_, &revoking), kAll);
  EXPECT_EQ(worked_out(report, &anchors_, &revoking), kAll);
}

// A source remembers what it is told was good: nothing that a revoked CA may have made.
TEST_F(Recalling, TellsASourceOfNothingThatARevokedAuthoritySigned) {
  struct Listening final : CollateralSource {
    explicit Listening(std::vector<CollateralDocument> documents) : offered(std::move(documents)) {}
    Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
      return offered.find(request);
    }
    void accepted(const CollateralRequest& request, const CollateralDocument&) override { told.insert(request.kind); }
    FixedSource offered;
    std::set<CollateralKind> told;
  };
  const auto told_of = [&](std::vector<CollateralDocument> documents, Revocation mode) {
    Listening source(std::move(documents));
    Recollection recall(memory_);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.at_now = true;
    question.revocation = mode;
    question.custom_anchors = &anchors_;
    question.sources = {&source};
    VerdictBuilder verdict(kNow);
    EXPECT_TRUE(tdx::judge_quote(stage_.report(), question, verdict));
    return source.told;
  };
  const auto told_with = [&](const simulated::CollateralSpec& spec) {
    return told_of(stage_.maker.collateral(stage_.quote, spec), Revocation::require);
  };
  simulated::CollateralSpec spec = stage_.collateral;
  EXPECT_TRUE(told_with(spec).contains(CollateralKind::pck_crl));
  spec.root_crl.revoked_serials = {simulated::serial_of(stage_.maker.hierarchy().platform_ca().certificate)};
  const auto told = told_with(spec);
  EXPECT_TRUE(told.contains(CollateralKind::root_crl));
  EXPECT_FALSE(told.contains(CollateralKind::pck_crl));
  spec.root_crl.revoked_serials = {simulated::serial_of(stage_.maker.hierarchy().tcb_signer().certificate)};
  EXPECT_FALSE(told_with(spec).contains(CollateralKind::tcb_info));
  // Nor of what one may have signed whose list is not there.
  EXPECT_TRUE(told_of(stage_.made_documents(), Revocation::if_available).contains(CollateralKind::tcb_info));
  for (const CollateralKind missing : {CollateralKind::root_crl, CollateralKind::pck_crl}) {
    std::vector<CollateralDocument> documents = stage_.made_documents();
    std::erase_if(documents, [missing](const CollateralDocument& one) { return one.kind == missing; });
    const auto kinds = told_of(std::move(documents), Revocation::if_available);
    EXPECT_FALSE(kinds.contains(CollateralKind::tcb_info)) << to_string(missing);
    EXPECT_FALSE(kinds.contains(CollateralKind::qe_identity)) << to_string(missing);
  }
}

TEST_F(Recalling, ReadsACertificateOnce) {
  const Bytes der = stage_.maker.pck_certificate(stage_.quote);
  Recollection first(memory_);
  const auto read = first.certificate(der);
  ASSERT_TRUE(read);
  first.learn(*read);
  EXPECT_NE(*Recollection(memory_).certificate(der), *read) << "not before it is remembered";
  first.remember();
  Recollection second(memory_);
  EXPECT_EQ(*second.certificate(der), *read) << "the same object";
  for (std::size_t bit = 0; bit < der.size() * 8; bit += 5) {
    Bytes other = der;
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto found = second.certificate(other);
    EXPECT_TRUE(!found || *found != *read) << bit;
  }
}

// What is remembered of a document must not point into one that is gone.
TEST_F(Recalling, OutlivesTheSourcesOfWhatItRead) {
  const AttestationReport report = stage_.report();
  std::vector<std::string> verdicts;
  const auto switching = std::make_shared<SwitchableSource>();
  const AttestationVerifier verifier(switching);
  for (int i = 0; i < 3; ++i) {
    switching->use(std::make_shared<FixedSource>(stage_.made_documents()));
    verdicts.push_back(to_json(verifier.verify(report, stage_.options())));
    EXPECT_NE(verdicts.back().find("\"valid\":true"), std::string::npos);
  }
}

// Enclosed collateral is read, used and let go of.
TEST_F(Recalling, AnswersAlikeForEnclosedCollateral) {
  AttestationReport report = stage_.report();
  const std::string bundle = collateral::bundle_to_json(stage_.made_documents());
  report.collateral.assign(bundle.begin(), bundle.end());
  const AttestationVerifier verifier(no_collateral());
  const std::string first = to_json(verifier.verify(report, stage_.options()));
  EXPECT_NE(first.find("\"valid\":true"), std::string::npos);
  for (int i = 0; i < 3; ++i) {
    AttestationReport copy = report;
    EXPECT_EQ(to_json(verifier.verify(copy, stage_.options())), first);
  }
}

// Threads that start cold, each with a platform of its own first.
TEST_F(Recalling, IsSharedByThreadsFromTheStart) {
  constexpr std::uint8_t kPlatforms = 4;
  const auto source = std::make_shared<FixedSource>(stage_.made_documents());
  std::vector<AttestationReport> reports;
  std::vector<std::string> expected;
  for (std::uint8_t i = 0; i < kPlatforms; ++i) {
    reports.push_back(report_of_platform(i, stage_));
    expected.push_back(to_json(AttestationVerifier(source).verify(reports.back(), stage_.options())));
  }
  const AttestationVerifier verifier(source, kSmallMemory);
  std::atomic<int> differing = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kPlatforms; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 20; ++i) {
          const std::size_t which = (t + i) % kPlatforms;
          differing += to_json(verifier.verify(reports[which], stage_.options())) == expected[which] ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(differing, 0);
}

}  // namespace
}  // namespace tenzro::tee::test
