// SPDX-License-Identifier: Apache-2.0
// A verifier that remembers says exactly what a fresh one says, whatever it was asked before.
#include "verify/memory.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "switchable_source.hpp"
#include "unit/verify/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

/// Everything that a question is made of, to be put together at random: good and bad of each kind.
class Questions {
 public:
  Questions() {
    IntelStage ours("one hierarchy"), theirs("another of the same names");
    for (IntelStage* stage : {&ours, &theirs}) {
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
    const std::size_t hierarchy = pick(2);
    const auto choose = [&](const auto& of_both) {
      const auto& some = of_both[pick(8) == 0 ? 1 - hierarchy : hierarchy];
      return some[pick(2) == 0 ? 0 : pick(some.size())];
    };
    Question out;
    out.report.evidence = choose(evidence_);
    if (pick(8) == 0) {
      out.report.evidence[pick(out.report.evidence.size())] ^= static_cast<std::uint8_t>(1U << pick(8));
    }
    out.collateral = choose(collateral_);
    if (pick(4) == 0) {
      out.options = VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(Bytes(32, 0x11)));
    }
    const UtcTime times[] = {
        kNow, kNow, kNow, kNow - std::chrono::days{2}, kNow + std::chrono::days{40}, kNow + std::chrono::days{4000}};
    out.options.at(times[pick(std::size(times))]);
    const Revocation modes[] = {Revocation::require, Revocation::require, Revocation::if_available, Revocation::off};
    out.options.revocation(modes[pick(std::size(modes))]);
    const std::size_t kind = pick(8);
    if (kind > 1) {
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
      stage.quote.td.report_data[0] = platform;
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
  EXPECT_GT(accepted, 10U);
  EXPECT_GT(refused, 10U);
}

INSTANTIATE_TEST_SUITE_P(EachSeed, Histories, testing::Range(1U, 9U));

/// Evidence and documents of one hierarchy, asked about step by step.
class Recalling : public testing::Test {
 protected:
  Memory memory_{MemoryLimits{}};
  const IntelStage stage_;
  const Bytes leaf_ = stage_.maker.pck_certificate(stage_.quote);
};

TEST_F(Recalling, ACertificateIsReadOnce) {
  Recollection first(memory_);
  const auto read = first.certificate(leaf_);
  ASSERT_TRUE(read);
  first.remember();
  Recollection second(memory_);
  EXPECT_EQ(*second.certificate(leaf_), *read) << "the same object";
  for (std::size_t bit = 0; bit < leaf_.size() * 8; bit += 5) {
    Bytes other = leaf_;
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto found = second.certificate(other);
    EXPECT_TRUE(!found || *found != *read) << bit;
  }
}

TEST_F(Recalling, NothingIsKnownBeforeItIsRemembered) {
  Recollection first(memory_);
  const auto read = first.certificate(leaf_);
  ASSERT_TRUE(read);
  Recollection second(memory_);
  EXPECT_NE(*second.certificate(leaf_), *read);
}

TEST_F(Recalling, AYesUnderSomeAnchorsIsNoYesUnderOthers) {
  const auto source = std::make_shared<FixedSource>(stage_.made_documents());
  const AttestationVerifier verifier(source);
  VerifyOptions pinned = VerifyOptions::unbound_replay_possible();
  pinned.at(kNow);
  EXPECT_FALSE(verifier.verify(stage_.report(), pinned).valid());
  EXPECT_TRUE(verifier.verify(stage_.report(), stage_.options()).valid());
  EXPECT_FALSE(verifier.verify(stage_.report(), pinned).valid());
}

}  // namespace
}  // namespace tenzro::tee::test
