// SPDX-License-Identifier: Apache-2.0
// Judging evidence while memory runs out: the verdict is the one that there is otherwise, or a no, or std::bad_alloc. A
// check that could not be done is never a check that passed, and a verifier that had no memory once judges as before.
#include <gtest/gtest.h>

#include <memory>

#include "collateral/contents_source.hpp"
#include "faults/judged_without_memory.hpp"
#include "made/simulated_intel.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "provider/simulated/snp_evidence.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/nitro_case.hpp"
#include "support/snp_case.hpp"
#include "support/tdx_case.hpp"

namespace tenzro::tee::test {
namespace {

const UtcTime kFresh = kNow - std::chrono::hours{1};

VerifyOptions at_now() { return VerifyOptions::unbound_replay_possible().at(kNow); }
VerifyOptions permitting(VerifyOptions options) {
  return options.accept_simulated(InsecureSimulation::for_development_only());
}

// --- Made evidence: one that is good, and those in which one thing is wrong that must not be overlooked

const IntelStage& intel() {
  static const IntelStage stage;
  return stage;
}

Judgement of_intel(std::string name, const IntelStage& stage, std::string expected) {
  return {"TDX, " + std::move(name), stage.report(), stage.options(),
          std::make_shared<FixedSource>(stage.made_documents()), std::move(expected)};
}

TEST(VerifyWithoutMemory, AcceptsNoQuoteThatIsNotGood) {
  expect_safe(of_intel("good", intel(), "yes"));
  {
    IntelStage stage;
    stage.evidence = stage.maker.quote(stage.quote);
    stage.evidence->at(100) ^= 1;
    expect_safe(of_intel("altered body", stage, "no"));
  }
  {
    IntelStage stage;
    stage.collateral.pck_crl.revoked_serials = {simulated::serial_of(stage.maker.pck_certificate(stage.quote))};
    expect_safe(of_intel("revoked PCK certificate", stage, "no"));
  }
  {
    IntelStage stage;
    stage.collateral.root_crl.revoked_serials = {
        simulated::serial_of(stage.maker.hierarchy().platform_ca().certificate)};
    expect_safe(of_intel("revoked CA", stage, "no"));
  }
  {
    IntelStage stage;
    stage.collateral.root_crl.unknown_critical_extension = true;
    expect_safe(of_intel("list with an unknown critical extension", stage, "no"));
  }
  {
    IntelStage stage;
    stage.collateral.tcb_status = "OutOfDate";
    stage.collateral.advisory_ids = {"INTEL-SA-00001"};
    expect_safe(of_intel("TCB out of date", stage, "no"));
  }
  {
    IntelStage stage;
    stage.quote.td.td_attributes.at(0) |= 1;
    expect_safe(of_intel("debug", stage, "no"));
  }
  {
    Judgement other_root = of_intel("another root", intel(), "no");
    other_root.options.replace_trust_anchors({IntelStage("another").maker.hierarchy().root().certificate});
    expect_safe(other_root);
  }
  {
    Judgement bound = of_intel("other report data", intel(), "no");
    bound.options = VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(Bytes(64, 0x77)));
    bound.options.at(kNow).replace_trust_anchors({intel().maker.hierarchy().root().certificate});
    expect_safe(bound);
  }
  {
    Judgement pinned = of_intel("another TD than the policy's", intel(), "no");
    PolicyRules rules;
    TdxRules tdx;
    tdx.mr_td = {{ByteArray<48>{1}}};
    rules.any_of.emplace_back(tdx);
    pinned.options.with_policy(Policy::from_rules(std::move(rules)).value());
    expect_safe(pinned);
  }
}

TEST(VerifyWithoutMemory, AcceptsNoSimulatedEvidenceWithoutPermission) {
  static const simulated::TdxEvidenceMaker tdx;
  static const simulated::SnpEvidenceMaker snp;
  static const simulated::NitroEvidenceMaker nitro;
  simulated::NitroDocumentSpec document;
  document.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kFresh);
  for (const auto& [name, report] : {std::pair{"TDX", tdx.report(simulated::tdx_quote_spec(), kIssued)},
                                     std::pair{"SEV-SNP", snp.report({}, kIssued)},
                                     std::pair{"VLEK", snp.report(simulated::vlek_report_spec(), kIssued)},
                                     std::pair{"Nitro", nitro.report(document)}}) {
    const std::string platform = std::string("simulated ") + name;
    expect_safe({platform, report, permitting(at_now()), no_collateral(), "yes"});
    expect_safe({platform + " without permission", report, at_now(), no_collateral(), "no"});
  }
}

// --- Real evidence

class RealEvidence : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
  }
};
using VerifyRealEvidenceWithoutMemory = RealEvidence;

TEST_F(VerifyRealEvidenceWithoutMemory, Tdx) {
  for (const nlohmann::json& one : tdx_cases()) {
    if (one["expect"]["result"] == "reject") {
      continue;
    }
    auto source = offline_collateral(collateral_of(one));
    ASSERT_TRUE(source);
    expect_safe({one["id"], report_of(one), options_for(one).with_policy(allowing_policy(one)), *source, "yes"});
  }
}

TEST_F(VerifyRealEvidenceWithoutMemory, Snp) {
  for (const nlohmann::json& one : snp_entries("cases")) {
    if (!one["signature_and_chain_verified_with_openssl"].get<bool>()) {
      continue;
    }
    collateral::Contents contents;
    contents.certificates = snp_certificates(one);
    expect_safe({one["id"], snp_report_of(snp_evidence(one)),
                 snp_options(one["verify_at_unix"].get<std::int64_t>()).with_policy(snp_allowing_policy()),
                 std::make_shared<collateral::ContentsSource>(std::move(contents)), "yes"});
  }
}

// A hundred documents, most of which differ in one field: of each every fifth allocation at most, and in the ordinary
// run some of them.
TEST_F(VerifyRealEvidenceWithoutMemory, Nitro) {
  std::size_t number = 0;
  for (const nlohmann::json& one : nitro_entries("-document")) {
    if (number++ % stride(3) != 0) {
      continue;
    }
    const bool accepted = one["expected"]["result"] != "reject";
    expect_safe({one["id"], nitro_report(one), accepting_nitro_options(one), no_collateral(), accepted ? "yes" : "no"},
                397, /*at_least=*/5);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
