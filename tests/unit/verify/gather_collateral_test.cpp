// SPDX-License-Identifier: Apache-2.0
// Judged at the present time, since only then a source is told what was found good.
#include "verify/gather_collateral.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "collateral/bundle.hpp"
#include "made/simulated_intel.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "provider/simulated/snp_evidence.hpp"
#include "support/vectors.hpp"
#include "unit/verify/simulated_aws.hpp"

namespace tenzro::tee::test {
namespace {

/// Counts what it is asked and told.
class CountingSource final : public CollateralSource {
 public:
  explicit CountingSource(std::shared_ptr<CollateralSource> source) : source_(std::move(source)) {}
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    if (!request.simulated) {  // which services do not answer
      ++asked;
    }
    return source_->find(request);
  }
  void accepted(const CollateralRequest& request, const CollateralDocument& document) override {
    ++told;
    source_->accepted(request, document);
  }
  std::span<const Bytes> loose_certificates() const override { return source_->loose_certificates(); }
  std::atomic<int> asked = 0, told = 0;

 private:
  std::shared_ptr<CollateralSource> source_;
};

/// A TD of today under roots that the caller trusts.
struct TodaysStage : IntelStage {
  TodaysStage() {
    collateral.issued =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - std::chrono::hours{1};
  }
  VerifyOptions present_options() const {
    VerifyOptions out = VerifyOptions::unbound_replay_possible();
    return out.replace_trust_anchors({maker.hierarchy().root().certificate});
  }
  std::shared_ptr<CountingSource> source() const {
    return std::make_shared<CountingSource>(
        std::make_shared<FixedSource>(documents ? *documents : made_documents(), certificates));
  }
  Result<Bytes> gather() const { return gather_collateral_for(report(), source(), present_options()); }
};

template <class T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

TEST(GatherCollateral, KeepsWhatAVerifierWithoutANetworkNeeds) {
  const TodaysStage stage;
  const auto bundle = stage.gather();
  ASSERT_TRUE(bundle) << bundle.error().message();
  const auto contents = collateral::parse_bundle(*bundle, "bundle");
  ASSERT_TRUE(contents) << contents.error().message();
  std::multiset<CollateralKind> kinds;
  for (const CollateralDocument& document : contents->documents) {
    kinds.insert(document.kind);
  }
  EXPECT_EQ(kinds, (std::multiset<CollateralKind>{CollateralKind::tcb_info, CollateralKind::qe_identity,
                                                  CollateralKind::root_crl, CollateralKind::pck_crl}));
  AttestationReport report = stage.report();
  report.collateral = *bundle;
  const AttestationVerifier offline(no_collateral());
  const VerificationResult verdict = offline.verify(report, stage.present_options());
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
}

// Several documents of one kind are several: a GPU's two manifests, and what is said of each certificate.
TEST(GatherCollateral, KeepsEveryDocumentOfAGpu) {
  const simulated::NvidiaEvidenceMaker maker("another-hierarchy");
  const UtcTime now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::vector<CollateralDocument> made = maker.collateral({}, now - std::chrono::hours{1});
  AttestationReport report = maker.report({}, now - std::chrono::hours{1});
  report.simulated = false;  // under this hierarchy it is the caller's own
  report.collateral.clear();
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.replace_trust_anchors(
      {maker.hierarchy().device_root().certificate, maker.hierarchy().rim_root().certificate});
  const auto bundle = gather_collateral_for(report, std::make_shared<FixedSource>(made), options);
  ASSERT_TRUE(bundle) << bundle.error().message();
  const auto contents = collateral::parse_bundle(*bundle, "bundle");
  ASSERT_TRUE(contents);
  const auto count = [](const std::vector<CollateralDocument>& documents, CollateralKind kind) {
    return std::ranges::count(documents, kind, &CollateralDocument::kind);
  };
  EXPECT_EQ(count(contents->documents, CollateralKind::rim), 2);
  EXPECT_EQ(count(contents->documents, CollateralKind::ocsp), count(made, CollateralKind::ocsp));
  report.collateral = *bundle;
  const VerificationResult verdict = AttestationVerifier(no_collateral()).verify(report, options);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
}

TEST(GatherCollateral, KeepsNothingThatWasNotFoundGood) {
  TodaysStage stage;
  const std::vector<CollateralDocument> good = stage.made_documents();
  std::vector<CollateralDocument> documents = good;
  simulated::CollateralSpec expired = stage.collateral;
  expired.issued -= std::chrono::days{60};
  const auto old = stage.maker.collateral(stage.quote, expired);
  documents.insert(documents.end(), old.begin(), old.end());
  stage.documents = documents;
  const auto bundle = stage.gather();
  ASSERT_TRUE(bundle) << bundle.error().message();
  const auto contents = collateral::parse_bundle(*bundle, "bundle");
  ASSERT_TRUE(contents);
  EXPECT_EQ(contents->documents.size(), good.size());
  for (const CollateralDocument& kept : contents->documents) {
    EXPECT_TRUE(std::ranges::any_of(good, [&kept](const CollateralDocument& one) { return one.body == kept.body; }));
  }
}

// ATTACK(X18)
TEST(GatherCollateral, KeepsNothingOfAnotherHierarchy) {
  TodaysStage stage;
  stage.documents = simulated::TdxEvidenceMaker("another-hierarchy").collateral(stage.quote, stage.collateral);
  const auto source = stage.source();
  const auto bundle = gather_collateral_for(stage.report(), source, stage.present_options());
  EXPECT_FALSE(bundle);
  EXPECT_EQ(source->told, 0);
}

TEST(GatherCollateral, DoesNotAskWhetherTheEvidenceIsGood) {
  TodaysStage stage;
  stage.quote.td.td_attributes[0] = 1;  // debug
  EXPECT_FALSE(AttestationVerifier(stage.source()).verify(stage.report(), stage.present_options()).valid());
  const auto bundle = stage.gather();
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(collateral::parse_bundle(*bundle, "bundle")->documents.size(), 4U);
}

TEST(GatherCollateral, NamesWhatTheSourceDoesNotHave) {
  TodaysStage stage;
  const std::vector<CollateralDocument> all = stage.made_documents();
  for (const CollateralDocument& missing : all) {
    stage.documents = all;
    std::erase_if(*stage.documents, [&missing](const CollateralDocument& one) { return one.kind == missing.kind; });
    const bool list = missing.kind == CollateralKind::root_crl || missing.kind == CollateralKind::pck_crl;
    expect_error(stage.gather(), ErrorCode::collateral_unreachable,
                 list ? "revocation_missing: " : "collateral_missing: ");
  }
  expect_error(gather_collateral_for(stage.report(), no_collateral(), stage.present_options()),
               ErrorCode::collateral_unreachable, "_missing: ");
  expect_error(gather_collateral_for(stage.report(), std::make_shared<UnreachableSource>(), stage.present_options()),
               ErrorCode::collateral_unreachable, "no answer within 10 s");
}

TEST(GatherCollateral, TellsTheSourceWhatWasGood) {
  const TodaysStage stage;
  const auto source = stage.source();
  ASSERT_TRUE(gather_collateral_for(stage.report(), source, stage.present_options()));
  EXPECT_EQ(source->told, 4) << "what remembers goes on remembering";
}

// Simulated evidence encloses its own, and a pinned judgement stops at its root.
TEST(GatherCollateral, HasNothingToGatherForSimulatedEvidence) {
  const UtcTime now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto source = std::make_shared<CountingSource>(std::make_shared<UnreachableSource>());
  const AttestationReport td = simulated::TdxEvidenceMaker().report(simulated::tdx_quote_spec(), now);
  expect_error(gather_collateral(td, source), ErrorCode::verification_failed, "simulat");
  const AttestationReport guest = simulated::SnpEvidenceMaker().report({}, now);
  expect_error(gather_collateral(guest, source), ErrorCode::verification_failed, "simulat");
  EXPECT_EQ(source->asked, 0);
  EXPECT_EQ(source->told, 0);
}

TEST(GatherCollateral, HasNothingToGatherForWhatIsRefusedAtOnce) {
  const auto source = std::make_shared<CountingSource>(no_collateral());
  AttestationReport report;
  expect_error(gather_collateral(report, source), ErrorCode::verification_failed, "no collateral belongs to evidence");
  report.platform = Platform::intel_tdx;
  report.evidence = Bytes(2000, 0x04);
  expect_error(gather_collateral(report, source), ErrorCode::verification_failed, "no collateral belongs to evidence");
  // A hierarchy that only bears the vendor's names.
  expect_error(gather_collateral(IntelStage().report(), source), ErrorCode::verification_failed, "root_mismatch");
  expect_error(gather_collateral(AwsStage().report(), source), ErrorCode::verification_failed, "root_mismatch");
  EXPECT_EQ(source->asked, 0);
}

TEST(GatherCollateral, WantsNothingForAnEnclave) {
  AwsStage stage;
  stage.spec.timestamp = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.replace_trust_anchors({stage.maker.hierarchy().root().certificate});
  const auto bundle = gather_collateral_for(stage.report(), no_collateral(), options);
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_TRUE(collateral::parse_bundle(*bundle, "bundle")->documents.empty());
}

TEST(GatherCollateral, FindsASourceWithoutAnswersForGenuineQuotesToo) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const auto report = parse_report(read_vector("tdx/quotes/v4_b0c06f_uptodate.bin"));
  ASSERT_TRUE(report);
  // Its chain is good for years; whenever it no longer is, the quote is refused before anything is wanted.
  const auto gathered = gather_collateral(*report, std::make_shared<UnreachableSource>());
  ASSERT_FALSE(gathered);
  EXPECT_TRUE(gathered.error().code() == ErrorCode::collateral_unreachable ||
              gathered.error().message().find("certificate_expired") != std::string::npos)
      << gathered.error().message();
}

}  // namespace
}  // namespace tenzro::tee::test
