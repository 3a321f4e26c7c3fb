// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/evidence.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::kbs {
namespace {

TEST(KbsEvidence, OfATdIsItsQuoteAndItsEventLog) {
  AttestationReport report;
  report.platform = Platform::intel_tdx;
  report.evidence = {1, 2, 3, 4};
  EXPECT_EQ(tee_name(Platform::intel_tdx).value(), "tdx");
  EXPECT_EQ(tee_evidence(Platform::intel_tdx, report)->dump(), R"({"cc_eventlog":null,"quote":"AQIDBA=="})");
  report.event_log = {0xfb, 0xff};
  EXPECT_EQ(tee_evidence(Platform::intel_tdx, report)->dump(), R"({"cc_eventlog":"+/8=","quote":"AQIDBA=="})");
}

TEST(KbsEvidence, OfAnotherPlatformIsRefused) {
  AttestationReport report;
  report.evidence = {1};
  for (const Platform platform :
       {Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu, Platform::unknown}) {
    report.platform = platform;
    EXPECT_EQ(tee_name(platform).error().code(), ErrorCode::unsupported);
    EXPECT_EQ(tee_evidence(platform, report).error().code(), ErrorCode::unsupported);
    EXPECT_EQ(tee_evidence(Platform::intel_tdx, report).error().code(), ErrorCode::hardware_failure);
  }
  report.platform = Platform::intel_tdx;
  report.evidence.clear();
  EXPECT_EQ(tee_evidence(Platform::intel_tdx, report).error().code(), ErrorCode::hardware_failure);
}

}  // namespace
}  // namespace tenzro::tee::kbs
