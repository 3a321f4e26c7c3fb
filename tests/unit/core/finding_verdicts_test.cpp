// SPDX-License-Identifier: Apache-2.0
// Verdicts of every unhappy kind carry no code that the catalogue does not explain.
#include <gtest/gtest.h>

#include "made/simulated_intel.hpp"
#include "tenzro/tee/finding.hpp"

namespace tenzro::tee {
namespace {

/// What verdicts carry when something is wrong with the evidence, its collateral or the question.
void expect_explained(const VerificationResult& verdict) {
  EXPECT_FALSE(verdict.failures().empty() && verdict.warnings().empty());
  for (const auto* findings : {&verdict.failures(), &verdict.warnings()}) {
    for (const Finding& finding : *findings) {
      EXPECT_NE(find_help(finding.code), nullptr) << finding.code;
    }
  }
}

TEST(FindingVerdicts, SayNothingUnexplained) {
  using test::IntelStage;
  const Bytes good = IntelStage().maker.quote(IntelStage().quote);
  for (std::size_t at = 0; at < good.size(); at += 61) {
    IntelStage stage;
    stage.evidence = good;
    (*stage.evidence)[at] ^= 1;
    expect_explained(stage.judge());
    stage.evidence->resize(at);
    expect_explained(stage.judge());
  }
  const IntelStage stage;
  for (const char* time : {"2000-01-01T00:00:00Z", "2026-07-30T00:00:00Z", "2099-01-01T00:00:00Z"}) {
    expect_explained(stage.judge(stage.options().at(*from_rfc3339(time))));
  }
  expect_explained(stage.judge(stage.options().at(UtcTime(std::chrono::seconds(-1)))));
  expect_explained(stage.judge(stage.options().revocation(Revocation::off)));
  expect_explained(stage.judge(stage.options().require_platform(Platform::amd_sev_snp)));
  expect_explained(stage.judge(stage.options().replace_trust_anchors({})));
  expect_explained(stage.judge(stage.options().replace_trust_anchors({Bytes{1}})));
  for (std::size_t left_out = 0; left_out < stage.made_documents().size(); ++left_out) {
    IntelStage poorer;
    poorer.documents = poorer.made_documents();
    poorer.documents->erase(poorer.documents->begin() + static_cast<std::ptrdiff_t>(left_out));
    expect_explained(poorer.judge());
    IntelStage broken;
    broken.documents = broken.made_documents();
    (*broken.documents)[left_out].body.resize(20);
    expect_explained(broken.judge());
  }
}

}  // namespace
}  // namespace tenzro::tee
