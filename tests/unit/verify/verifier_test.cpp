// SPDX-License-Identifier: Apache-2.0
// Binding, proof, platform requests, and a verifier shared by threads.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "formats/pem.hpp"
#include "made/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

ReportData data(std::string_view text) {
  return *ReportData::from_caller_data({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

IntelStage bound_stage(const ReportData& expected) {
  IntelStage stage;
  std::copy(expected.bytes().begin(), expected.bytes().end(), stage.quote.td.report_data.begin());
  return stage;
}

VerifyOptions bound(const IntelStage& stage, const ReportData& expected) {
  VerifyOptions options = VerifyOptions::bound_to_caller_data(expected);
  options.at(kNow).replace_trust_anchors({stage.maker.hierarchy().root().certificate});
  return options;
}

TEST(Verifier, AMatchingChallengeYieldsTheProof) {
  const ReportData expected = data("a challenge");
  const IntelStage stage = bound_stage(expected);
  const VerificationResult verdict = stage.judge(bound(stage, expected));
  expect_accepted(verdict);
  EXPECT_EQ(verdict.user_data_verified(), true);
  EXPECT_TRUE(verdict.freshness_verified());
  EXPECT_FALSE(has_warning(verdict, "replay_not_ruled_out"));
  const auto proof = verdict.verified();
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->platform(), Platform::intel_tdx);
  EXPECT_EQ(proof->trust_anchors(), TrustAnchors::custom);
  EXPECT_EQ(std::get<TdxClaims>(proof->claims()).mr_td, stage.quote.td.mr_td);
}

// ATTACK(B5): another challenge, one byte off at either end, a prefix.
TEST(Verifier, AnyOtherChallengeIsRefused) {
  const ReportData expected = data("a challenge");
  for (const std::size_t at : std::vector<std::size_t>{0, 31, 32, 63}) {
    IntelStage stage = bound_stage(expected);
    stage.quote.td.report_data[at] ^= 1;
    const VerificationResult verdict = stage.judge(bound(stage, expected));
    expect_refused(verdict, "user_data", "user_data_mismatch");
    EXPECT_EQ(verdict.user_data_verified(), false);
    EXPECT_FALSE(verdict.freshness_verified());
    EXPECT_FALSE(verdict.verified().has_value());
  }
}

// ATTACK(B12): without a challenge there is a verdict, but never a proof.
TEST(Verifier, UnboundEvidenceIsNoProof) {
  const IntelStage stage;
  const VerificationResult verdict = stage.judge();
  expect_accepted(verdict);
  EXPECT_TRUE(has_warning(verdict, "replay_not_ruled_out"));
  EXPECT_EQ(verdict.user_data_verified(), std::nullopt);
  EXPECT_FALSE(verdict.freshness_verified());
  const auto proof = verdict.verified();
  ASSERT_FALSE(proof.has_value());
  EXPECT_EQ(proof.error().code(), ErrorCode::verification_failed);
  EXPECT_EQ(proof.error().message(), "not bound to a challenge");
}

TEST(Verifier, APolicyMayDemandAChallenge) {
  const ReportData expected = data("a challenge");
  const IntelStage stage = bound_stage(expected);
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  rules.freshness.require_challenge = true;
  const Policy policy = *Policy::from_rules(rules);
  const VerificationResult unbound = stage.judge(stage.options().with_policy(policy));
  expect_refused(unbound, "freshness", "challenge_required");
  EXPECT_EQ(unbound.policy_verified(), false);
  const VerificationResult good = stage.judge(bound(stage, expected).with_policy(policy));
  expect_accepted(good);
  EXPECT_EQ(good.policy_verified(), true);
}

// ATTACK(P9): the evidence decides what platform it is.
TEST(Verifier, ThePlatformIsThatOfTheEvidence) {
  const IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  AttestationReport report = stage.report();
  report.platform = Platform::amd_sev_snp;
  expect_refused(verifier.verify(report, stage.options()), "platform", "platform_mismatch");
  report.platform = Platform::intel_tdx;
  expect_accepted(verifier.verify(report, stage.options()));
  const VerificationResult other = verifier.verify(report, stage.options().require_platform(Platform::aws_nitro));
  expect_refused(other, "platform", "platform_mismatch");
  EXPECT_FALSE(other.platform_verified());
}

TEST(Verifier, NothingInAnEnvelopeGoesUnjudged) {
  const IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  const auto with = [&](Bytes AttestationReport::* member) {
    AttestationReport report = stage.report();
    report.*member = Bytes{1};
    return verifier.verify(report, stage.options());
  };
  expect_refused(with(&AttestationReport::event_log), "event_log", "event_log_malformed");
  expect_refused(with(&AttestationReport::runtime_data), "platform", "runtime_data_mismatch");
  expect_refused(with(&AttestationReport::tpm_quote), "platform", "runtime_data_missing");
  expect_refused(with(&AttestationReport::device_evidence), "device", "device_evidence_not_supported");
}

TEST(Verifier, TheEnvelopesChainMustBeTheQuotes) {
  const IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  AttestationReport report = stage.report();
  report.certificate_chain = {stage.maker.pck_certificate(stage.quote)};
  const VerificationResult mismatch = verifier.verify(report, stage.options());
  expect_refused(mismatch, "chain", "certificate_chain_mismatch");
  EXPECT_FALSE(mismatch.certificate_chain_verified());
  // The quote that is judged, and what stands in it: each made certificate has a signature of its own.
  const auto quote = tdx::parse_quote(report.evidence);
  const auto blocks = pem::split_quote_chain(quote->certification_data);
  report.certificate_chain.clear();
  for (const pem::Block& block : *blocks) {
    report.certificate_chain.push_back(block.der);
  }
  expect_accepted(verifier.verify(report, stage.options()));
}

TEST(Verifier, ExtremeTimesAreRefusedOrTamed) {
  const IntelStage stage;
  for (const UtcTime time : {UtcTime::min(), UtcTime::max(), UtcTime{} - std::chrono::seconds{1}}) {
    expect_refused(stage.judge(stage.options().at(time)), "freshness", "time_out_of_range");
  }
  for (const auto skew : {std::chrono::seconds::max(), std::chrono::seconds::min()}) {
    expect_accepted(stage.judge(stage.options().clock_skew(skew)));
  }
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{.tcb_grace = std::chrono::days::max()});
  EXPECT_FALSE(Policy::from_rules(rules).has_value());
  rules.any_of = {TdxRules{}};
  rules.revocation.collateral_max_age = std::chrono::seconds::max();
  EXPECT_FALSE(Policy::from_rules(rules).has_value());
}

TEST(Verifier, ListsThatWereNotJudgedAreNotFresh) {
  const ReportData expected = data("a challenge");
  const IntelStage stage = bound_stage(expected);
  const VerificationResult verdict = stage.judge(bound(stage, expected).revocation(Revocation::off));
  expect_accepted(verdict);
  EXPECT_FALSE(verdict.freshness_verified());
}

TEST(Verifier, ListsThatAreNotThereAreNotFresh) {
  const ReportData expected = data("a challenge");
  IntelStage stage = bound_stage(expected);
  for (const CollateralKind missing : {CollateralKind::root_crl, CollateralKind::pck_crl}) {
    stage.documents = stage.made_documents();
    std::erase_if(*stage.documents, [missing](const CollateralDocument& one) { return one.kind == missing; });
    const VerificationResult verdict = stage.judge(bound(stage, expected).revocation(Revocation::if_available));
    expect_accepted(verdict);
    EXPECT_EQ(verdict.user_data_verified(), true);
    EXPECT_FALSE(verdict.freshness_verified()) << to_string(missing);
  }
}

// ATTACK(X11)
TEST(Verifier, WhatIsRevokedIsNotFresh) {
  const ReportData expected = data("a challenge");
  IntelStage stage = bound_stage(expected);
  stage.collateral.pck_crl.revoked_serials = {simulated::serial_of(stage.maker.pck_certificate(stage.quote))};
  const VerificationResult verdict = stage.judge(bound(stage, expected));
  expect_refused(verdict, "revocation", "certificate_revoked");
  EXPECT_EQ(verdict.user_data_verified(), true);
  EXPECT_FALSE(verdict.freshness_verified());
}

// Evidence of a machine alone has no devices that a policy could be met by.
TEST(Verifier, APolicyForDevicesMissesThemInAMachinesEvidence) {
  const IntelStage stage;
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  rules.devices.nvidia_gpu.emplace();
  const VerificationResult verdict = stage.judge(stage.options().with_policy(*Policy::from_rules(rules)));
  expect_refused(verdict, "device", "device_evidence_missing");
  EXPECT_EQ(verdict.policy_verified(), false);
  rules.devices.nvidia_gpu.reset();
  expect_accepted(stage.judge(stage.options().with_policy(*Policy::from_rules(rules))));
}

TEST(Verifier, APolicyDoesNotHoldOfWhatWasNotJudged) {
  IntelStage stage;
  PolicyRules rules;
  rules.any_of.emplace_back(TdxRules{});
  const Policy policy = *Policy::from_rules(rules);
  EXPECT_EQ(stage.judge(stage.options().with_policy(policy)).policy_verified(), true);
  EXPECT_EQ(stage.judge(stage.options().with_policy(policy).require_platform(Platform::aws_nitro)).policy_verified(),
            false);
  const simulated::IntelHierarchy other("another-hierarchy");
  stage.collateral.tcb_signer = &other.tcb_signer();
  EXPECT_EQ(stage.judge(stage.options().with_policy(policy)).policy_verified(), false);
}

TEST(Verifier, CopiesForPeopleAreNeverRead) {
  const ReportData expected = data("a challenge");
  const IntelStage stage = bound_stage(data("another one"));
  AttestationReport report = stage.report();
  report.report_data_hex = to_hex(expected.bytes());
  report.firmware_version = "99.99";
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  const VerificationResult verdict = verifier.verify(report, bound(stage, expected));
  expect_refused(verdict, "user_data", "user_data_mismatch");
  EXPECT_EQ(verdict.firmware_version(), "1.5");
}

// ATTACK(P10): what was parsed is a copy; the source of the bytes may change as it likes.
TEST(Verifier, TheSourceOfTheBytesMayChangeAfterParsing) {
  const IntelStage stage;
  Bytes source = stage.report().evidence;
  const auto report = parse_report(source);
  ASSERT_TRUE(report.has_value());
  std::fill(source.begin(), source.end(), std::uint8_t{0});
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  expect_accepted(verifier.verify(*report, stage.options()));
}

// ATTACK(P10): another process writes to the memory that the evidence is read from, all the while. Whatever of it was
// caught, the verdict is that of the bytes that were kept, and the good one is for the good bytes only.
TEST(Verifier, SharedMemoryMayChangeAtAnyTime) {
  const IntelStage stage;
  const Bytes good = stage.report().evidence;
  Bytes other = good;
  other[tdx::kHeaderSize + 136] ^= 1;  // of MRTD
  void* const mapped = mmap(nullptr, good.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  std::memcpy(mapped, good.data(), good.size());
  const pid_t writer = fork();
  if (writer == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (std::uint64_t i = 0;; ++i) {
      std::memcpy(mapped, (i % 2 == 0 ? other : good).data(), good.size());
    }
  }
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  const ByteView shared(static_cast<const std::uint8_t*>(mapped), good.size());
  int accepted = 0, refused = 0;
  for (int round = 0; round < 300; ++round) {
    const auto report = parse_report(shared);
    ASSERT_TRUE(report.has_value());
    const VerificationResult verdict = verifier.verify(*report, stage.options());
    EXPECT_EQ(verdict.valid(), report->evidence == good) << round;
    ++(verdict.valid() ? accepted : refused);
  }
  EXPECT_EQ(accepted + refused, 300);
  kill(writer, SIGKILL);
  EXPECT_EQ(waitpid(writer, nullptr, 0), writer);
  munmap(mapped, good.size());
}

TEST(Verifier, AVerdictEndsWithWhatItRestsOn) {
  IntelStage stage;
  stage.quote.pck_not_after = kNow + std::chrono::hours{1};
  EXPECT_EQ(stage.judge().valid_until(), kNow + std::chrono::hours{1});
  stage.quote.pck_not_after.reset();
  EXPECT_EQ(stage.judge().valid_until(), kIssued + std::chrono::days{30});
  EXPECT_EQ(stage.judge().verified_at(), kNow);
}

TEST(Verifier, WarningsOfTheSourceReachTheVerdict) {
  class Warning final : public CollateralSource {
   public:
    Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest&) override {
      return std::vector<CollateralDocumentPtr>{};
    }
    std::vector<Finding> warnings() const override { return {{"tcb", "collateral_ignored", "x.json: broken"}}; }
  };
  const IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<Warning>());
  EXPECT_TRUE(has_warning(verifier.verify(stage.report(), stage.options()), "collateral_ignored"));
}

TEST(Verifier, IsSharedByThreadsAndAnswersAlike) {
  const IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  const AttestationReport report = stage.report();
  const std::string expected = to_json(verifier.verify(report, stage.options()));
  std::atomic<int> differing = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          if (to_json(verifier.verify(report, stage.options())) != expected) {
            ++differing;
          }
        }
      });
    }
  }
  EXPECT_EQ(differing, 0);
}

TEST(Verifier, AnEmptySourceIsNoSource) {
  const IntelStage stage;
  const AttestationVerifier verifier(nullptr);
  EXPECT_FALSE(verifier.verify(stage.report(), stage.options()).valid());
}

}  // namespace
}  // namespace tenzro::tee::test
