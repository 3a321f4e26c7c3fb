// SPDX-License-Identifier: Apache-2.0
// The certificates that stand in evidence of every kind, leaf first.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "evidence/nitro/document.hpp"
#include "formats/pem.hpp"
#include "made/snp.hpp"
#include "support/snp_vectors.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/report.hpp"
#include "unit/evidence/made_quote.hpp"
#include "x509/certificate.hpp"
#if TENZRO_TEE_SIMULATION
#include "provider/simulated/nitro_evidence.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "provider/simulated/snp_evidence.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#endif

namespace tenzro::tee {
namespace {

using Chain = std::vector<Bytes>;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

AttestationReport report_of(Platform platform, Bytes evidence) {
  AttestationReport out;
  out.platform = platform;
  out.evidence = std::move(evidence);
  return out;
}

/// Each certificate is issued by the next.
void expect_leaf_first(const Chain& chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto one = x509::Certificate::parse(chain[i]);
    ASSERT_TRUE(one) << i;
    if (i + 1 < chain.size()) {
      const auto issuer = x509::Certificate::parse(chain[i + 1]);
      ASSERT_TRUE(issuer) << i;
      EXPECT_TRUE(std::ranges::equal((*one)->issuer(), (*issuer)->subject())) << i;
    }
  }
}

/// A report, with this table behind it.
AttestationReport with_table(const std::vector<std::pair<std::string_view, Bytes>>& entries) {
  test::MadeTable table;
  table.entries.assign(entries.begin(), entries.end());
  Bytes out = test::MadeSnpReport{}.bytes();
  const Bytes bytes = table.bytes();
  out.insert(out.end(), bytes.begin(), bytes.end());
  return report_of(Platform::amd_sev_snp, std::move(out));
}
Bytes pem_of(const Chain& chain) {
  std::string out;
  for (const Bytes& der : chain) {
    out += pem::encode("CERTIFICATE", der);
  }
  return {out.begin(), out.end()};
}

TEST(EvidenceCertificates, OfAQuoteStandInItsPemChain) {
  const Bytes leaf(100, 0x30), root(50, 0x31);
  const Bytes pem = pem_of({leaf, root});
  test::MadeQuote made;
  made.certification_bytes = pem.size();
  Bytes quote = made.bytes();
  EXPECT_TRUE(evidence_certificates(report_of(Platform::intel_tdx, quote)).empty()) << "no PEM";
  std::ranges::copy(pem, quote.end() - static_cast<std::ptrdiff_t>(pem.size()));
  EXPECT_EQ(evidence_certificates(report_of(Platform::intel_tdx, quote)), (Chain{leaf, root}));
}

TEST(EvidenceCertificates, OfAGuestStandInItsTable) {
  using namespace test::table_guid;
  const Bytes leaf(100, 0x30), vlek(90, 0x33), ask(50, 0x31), ark(40, 0x32), list(30, 0x34);
  EXPECT_EQ(evidence_certificates(with_table({{kArk, ark}, {kAsk, ask}, {kVcek, leaf}})), (Chain{leaf, ask, ark}));
  EXPECT_EQ(evidence_certificates(with_table({{kVcek, leaf}})), (Chain{leaf}));
  EXPECT_EQ(evidence_certificates(with_table({{kVlek, vlek}, {kAsk, ask}, {kCrl, list}})), (Chain{vlek, ask}));
  EXPECT_EQ(evidence_certificates(with_table({{kVcek, leaf}, {kVlek, vlek}})), (Chain{leaf})) << "one leaf";
  EXPECT_EQ(evidence_certificates(with_table({{kVcek, pem_of({leaf})}, {kAsk, pem_of({ask, ark})}})),
            (Chain{leaf, ask, ark}))
      << "PEM too";
  EXPECT_TRUE(evidence_certificates(with_table({{kPlatformInfo, leaf}})).empty());
  EXPECT_TRUE(evidence_certificates(report_of(Platform::amd_sev_snp, test::MadeSnpReport{}.bytes())).empty());
}

TEST(EvidenceCertificates, OfWhatCannotBeReadAreNone) {
  const std::string words = "-----BEGIN CERTIFICATE-----";
  for (const Platform platform : {Platform::unknown, Platform::intel_tdx, Platform::intel_sgx, Platform::amd_sev_snp,
                                  Platform::aws_nitro, Platform::aws_nitro_tpm, Platform::nvidia_gpu}) {
    for (const Bytes& garbage : {Bytes{}, Bytes{0}, Bytes(1184), Bytes(2000, 0xff), Bytes(words.begin(), words.end()),
                                 bytes_of("[]"), bytes_of("{}")}) {
      EXPECT_TRUE(evidence_certificates(report_of(platform, garbage)).empty());
    }
  }
  using namespace test::table_guid;
  EXPECT_TRUE(evidence_certificates(with_table({{kVcek, bytes_of("-----BEGIN nothing")}})).empty());
}

#if TENZRO_TEE_SIMULATION

/// Of the platform that evidence says it is, and of no other.
void expect_of_this_platform_only(const AttestationReport& report) {
  for (const Platform platform :
       {Platform::unknown, Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}) {
    EXPECT_EQ(evidence_certificates(report_of(platform, report.evidence)).empty(), platform != report.platform);
  }
}
const UtcTime kIssued{std::chrono::seconds{1'790'000'000}};

TEST(EvidenceCertificates, OfSimulatedQuotes) {
  const simulated::TdxEvidenceMaker maker;
  const AttestationReport report = maker.report(simulated::tdx_quote_spec(), kIssued);
  const Chain chain = evidence_certificates(report);
  ASSERT_EQ(chain.size(), 3U);
  expect_leaf_first(chain);
  EXPECT_EQ(chain.back(), maker.hierarchy().root().certificate);
  expect_of_this_platform_only(report);
  const Bytes enclave = maker.quote(simulated::sgx_quote_spec());
  EXPECT_EQ(evidence_certificates(report_of(Platform::intel_sgx, enclave)).size(), 3U);
}

TEST(EvidenceCertificates, OfSimulatedGuests) {
  const simulated::SnpEvidenceMaker maker;
  for (const simulated::SnpReportSpec& spec : {simulated::SnpReportSpec{}, simulated::vlek_report_spec()}) {
    const AttestationReport report = maker.report(spec, kIssued);
    const Chain chain = evidence_certificates(report);
    ASSERT_EQ(chain.size(), 3U);
    expect_leaf_first(chain);
    expect_of_this_platform_only(report);
  }
}

TEST(EvidenceCertificates, OfSimulatedEnclaves) {
  const simulated::NitroEvidenceMaker maker;
  simulated::NitroDocumentSpec spec;
  spec.timestamp = std::chrono::sys_time<std::chrono::milliseconds>(kIssued);
  const AttestationReport report = maker.report(spec);
  const Chain chain = evidence_certificates(report);
  ASSERT_EQ(chain.size(), 5U);
  expect_leaf_first(chain);
  const auto document = nitro::parse_document(report.evidence);
  ASSERT_TRUE(document);
  EXPECT_TRUE(std::ranges::equal(chain.front(), document->certificate));
  EXPECT_EQ(chain.back(), maker.hierarchy().root().certificate);
  expect_of_this_platform_only(report);
  spec.tpm = true;
  EXPECT_EQ(evidence_certificates(maker.report(spec)).size(), 5U);
}

TEST(EvidenceCertificates, OfSimulatedGpusOneChainAfterTheOther) {
  const simulated::NvidiaEvidenceMaker maker;
  simulated::NvidiaEvidenceSpec spec;
  spec.devices = 2;
  const AttestationReport report = maker.report(spec, kIssued);
  const Chain chain = evidence_certificates(report);
  ASSERT_EQ(chain.size(), 10U);
  for (const std::size_t begin : {0U, 5U}) {
    const auto at = chain.begin() + static_cast<std::ptrdiff_t>(begin);
    const Chain one(at, at + 5);
    expect_leaf_first(one);
    EXPECT_EQ(one.back(), maker.hierarchy().device_root().certificate);
  }
  EXPECT_NE(chain[0], chain[5]);
  expect_of_this_platform_only(report);
}

#endif

TEST(EvidenceCertificates, OfGenuineEvidence) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const auto chain_of = [](const std::string& file) {
    const auto report = parse_report(test::read_vector(file));
    EXPECT_TRUE(report) << file;
    Chain chain = evidence_certificates(*report);
    expect_leaf_first(chain);
    return chain;
  };
  EXPECT_EQ(chain_of("tdx/quotes/v4_b0c06f_uptodate.bin").size(), 3U);
  EXPECT_EQ(chain_of("tdx/quotes/v3_sgx_processor_ca.bin").size(), 3U);
  EXPECT_TRUE(chain_of("tdx/quotes/v3_sgx_certtype1_testroot.bin").empty());
  EXPECT_EQ(chain_of("nitro/real/dstack-nsm-2025-12-25a.cose").size(), 5U);
  EXPECT_EQ(chain_of("nitro/real/nitrotpm-2026-08-13.cose").size(), 5U);
  EXPECT_EQ(chain_of("nvidia/evidence/hopper-590.12-single.json").size(), 5U);
  const auto table = report_of(Platform::amd_sev_snp, test::snp_evidence(test::snp_entry("cases", "s12")));
  EXPECT_FALSE(evidence_certificates(table).empty());
  expect_leaf_first(evidence_certificates(table));
}

}  // namespace
}  // namespace tenzro::tee
