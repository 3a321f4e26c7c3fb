// SPDX-License-Identifier: Apache-2.0
// Parsing good SEV-SNP and Azure evidence costs no allocation.
#include <gtest/gtest.h>

#include "evidence/hcl_report.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tpm_quote.hpp"
#include "made/snp.hpp"
#include "unit/evidence/counted_new.hpp"

namespace tenzro::tee {
namespace {

TEST(SnpReport, AllocatesNothingOnSuccess) {
  Bytes bytes = test::MadeSnpReport{.version = 5}.bytes();
  const Bytes table = test::MadeTable{{{test::table_guid::kVcek, Bytes(100, 1)}}}.bytes();
  bytes.insert(bytes.end(), table.begin(), table.end());
  const Bytes blob = test::MadeHclReport{}.bytes();
  const Bytes attest = test::MadeAttest{}.bytes();

  const std::size_t before = test::allocation_count();
  bool good = snp::looks_like_report(bytes) && azure::looks_like_hcl_report(blob);
  const auto parts = snp::split_extended_report(bytes);
  const auto report = snp::parse_report(parts->report);
  good = good && report && !report->nonzero_reserved() && report->signature_r_s().has_value();
  good = good && snp::parse_certificate_table(parts->certificate_table).has_value();
  good = good && azure::parse_hcl_report(blob).has_value() && azure::parse_tpm_attest(attest).has_value();
  const std::size_t after = test::allocation_count();
  EXPECT_TRUE(good);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace tenzro::tee
