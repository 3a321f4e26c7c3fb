// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/snp_evidence.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "collateral/bundle.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::simulated {
namespace {

const UtcTime kIssued{std::chrono::seconds{1'780'000'000}};

TEST(SnpEvidence, IsSignedByTheKeyOfItsCertificate) {
  const SnpEvidenceMaker maker;
  SnpReportSpec spec;
  for (const std::uint32_t version : {2U, 3U, 4U, 5U}) {
    for (const bool spoiled : {false, true}) {
      spec.version = version;
      spec.signed_by_another_key = spoiled;
      const Bytes bytes = maker.attestation_report(spec);
      const snp::Report report = snp::parse_report(bytes).value();
      const Bytes table = maker.certificate_table(spec);
      const auto leaf = x509::Certificate::parse(snp::parse_certificate_table(table)->vcek).value();
      EXPECT_EQ(leaf->ec_key()->verify(crypto::Hash::sha384, report.signed_bytes(), report.signature_r_s().value()),
                !spoiled);
    }
  }
}

TEST(SnpEvidence, CarriesItsChainInTheCertificateTable) {
  const SnpEvidenceMaker maker;
  for (const SnpReportSpec& spec : {SnpReportSpec{}, vlek_report_spec()}) {
    const AttestationReport report = maker.report(spec, kIssued);
    const auto parts = snp::split_extended_report(report.evidence).value();
    EXPECT_LE(parts.certificate_table.size(), snp::kMaxTableSize);
    const auto table = snp::parse_certificate_table(parts.certificate_table).value();
    EXPECT_TRUE(std::ranges::equal(table.ark, maker.hierarchy().ark().certificate));
    EXPECT_TRUE(std::ranges::equal(table.ask, maker.hierarchy().issuer(spec.vlek).certificate));
    EXPECT_EQ(table.vcek.empty(), spec.vlek);
    EXPECT_EQ(table.vlek.empty(), !spec.vlek);
    EXPECT_EQ(table.unknown_entries, 0U);
  }
}

TEST(SnpEvidence, EnclosesTheListOfItsRoot) {
  const SnpEvidenceMaker maker;
  const AttestationReport report = maker.report({}, kIssued);
  const auto bundle = collateral::parse_bundle(report.collateral, "enclosed");
  ASSERT_TRUE(bundle) << bundle.error().message();
  ASSERT_EQ(bundle->documents.size(), 1U);
  EXPECT_EQ(bundle->documents.front().kind, CollateralKind::amd_crl);
  const auto list = x509::RevocationList::parse(bundle->documents.front().body).value();
  const auto ark = x509::Certificate::parse(maker.hierarchy().ark().certificate).value();
  EXPECT_TRUE(list->check(*ark, kIssued, std::chrono::seconds{0}).empty());
  EXPECT_EQ(list->next_update(), kIssued + std::chrono::days{45});
  EXPECT_EQ(list->revoked_count(), 0U);
}

TEST(SnpEvidence, ComesInAReportThatAdmitsWhatItIs) {
  SnpReportSpec spec;
  spec.report_data.fill(0x5e);
  const AttestationReport report = SnpEvidenceMaker().report(spec, kIssued);
  EXPECT_TRUE(report.simulated);
  EXPECT_EQ(report.platform, Platform::amd_sev_snp);
  EXPECT_EQ(report.generated_at, kIssued);
  EXPECT_EQ(report.report_data_hex, to_hex(spec.report_data));
  EXPECT_EQ(report.firmware_version, "1.55.58");
  EXPECT_EQ(report.signature_hex.size(), 2 * 144U);
  const std::string text = to_json(report);
  const auto again = parse_report({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->evidence, report.evidence);
  EXPECT_EQ(again->collateral, report.collateral);
  EXPECT_TRUE(again->simulated);
}

}  // namespace
}  // namespace tenzro::tee::simulated
