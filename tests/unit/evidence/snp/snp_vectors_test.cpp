// SPDX-License-Identifier: Apache-2.0
// Real reports, tables, blobs and certificates, read.
#include <gtest/gtest.h>

#include "evidence/hcl_report.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/snp/tcb.hpp"
#include "evidence/tpm_quote.hpp"
#include "support/snp_vectors.hpp"

namespace tenzro::tee {
namespace {

class RealSnpReport : public testing::TestWithParam<std::string> {};

std::uint64_t integer(const nlohmann::json& text) { return std::stoull(text.get<std::string>(), nullptr, 16); }

TEST_P(RealSnpReport, HasTheStatedFields) {
  const nlohmann::json one = test::snp_entry("cases", GetParam());
  const auto& fields = one["fields"];
  const Bytes bytes = test::snp_report(one);
  const snp::Report report = snp::parse_report(bytes).value();
  EXPECT_TRUE(snp::looks_like_report(bytes));
  EXPECT_EQ(report.nonzero_reserved(), std::nullopt);
  EXPECT_TRUE(report.signature_r_s().has_value());
  EXPECT_EQ(report.version(), fields["version"].get<std::uint32_t>());
  EXPECT_EQ(report.guest_svn(), fields["guest_svn"].get<std::uint32_t>());
  EXPECT_EQ(report.policy(), integer(fields["policy"]));
  EXPECT_EQ(report.platform_info(), integer(fields["platform_info"]));
  EXPECT_EQ(report.key_info(), integer(fields["key_info"]));
  EXPECT_EQ(report.vmpl(), fields["vmpl"].get<std::uint32_t>());
  EXPECT_EQ(report.signature_algorithm(), fields["signature_algo"].get<std::uint32_t>());
  const auto hex = [&](const char* name, ByteView value) {
    EXPECT_EQ(to_hex(value), fields[name].get<std::string>()) << name;
  };
  hex("family_id", report.family_id());
  hex("image_id", report.image_id());
  hex("current_tcb", report.current_tcb());
  hex("report_data", report.report_data());
  hex("measurement", report.measurement());
  hex("host_data", report.host_data());
  hex("id_key_digest", report.id_key_digest());
  hex("author_key_digest", report.author_key_digest());
  hex("report_id", report.report_id());
  hex("report_id_ma", report.report_id_ma());
  hex("reported_tcb", report.reported_tcb());
  hex("chip_id", report.chip_id());
  hex("committed_tcb", report.committed_tcb());
  hex("launch_tcb", report.launch_tcb());
  if (fields["cpuid_family_model_stepping"].is_null()) {
    EXPECT_FALSE(report.cpu_id().has_value());
  } else {
    const snp::CpuId cpu = report.cpu_id().value();
    EXPECT_EQ(to_hex(ByteArray<3>{cpu.family, cpu.model, cpu.stepping}),
              fields["cpuid_family_model_stepping"].get<std::string>());
    std::string product(to_string(snp::product_of(cpu).value()));
    product[0] = static_cast<char>(product[0] - 'A' + 'a');
    EXPECT_EQ(product, one["product"].get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(Real, RealSnpReport, testing::ValuesIn(test::snp_ids("cases")),
                         [](const auto& one) { return one.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealSnpReport);

TEST(RealSnpReport, MayHaveATableOfPemBehindIt) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const nlohmann::json one = test::snp_entry("cases", "s12");
  const Bytes bytes = test::snp_evidence(one);
  const auto parts = snp::split_extended_report(bytes).value();
  const auto table = snp::parse_certificate_table(parts.certificate_table).value();
  const auto expect_entry = [&](ByteView content, std::size_t index) {
    const auto& entry = one["certificate_table"][index];
    EXPECT_EQ(content.size(), entry["length"].get<std::size_t>());
    EXPECT_EQ(content.data() - parts.certificate_table.data(), entry["offset"].get<std::ptrdiff_t>());
    EXPECT_EQ(std::string(content.begin(), content.begin() + 10), entry["starts_with"].get<std::string>());
  };
  expect_entry(table.ark, 0);
  expect_entry(table.ask, 1);
  expect_entry(table.vcek, 2);
  EXPECT_TRUE(table.vlek.empty() && table.crl.empty());
}

TEST(RealHclReport, HasTheStatedParts) {
  for (const nlohmann::json& one : test::snp_entries("cases")) {
    if (!one.contains("hcl")) {
      continue;
    }
    SCOPED_TRACE(one["id"].get<std::string>());
    const Bytes bytes = test::snp_evidence(one);
    const auto blob = azure::parse_hcl_report(bytes).value();
    EXPECT_EQ(blob.version, one["hcl"]["version"].get<std::uint32_t>());
    EXPECT_EQ(blob.kind, azure::HclKind::snp);
    EXPECT_EQ(blob.hash, azure::ClaimsHash::sha256);
    EXPECT_EQ(blob.runtime_claims.size(), one["hcl"]["variable_data_size"].get<std::size_t>());
    const auto claims = azure::parse_runtime_claims(blob.runtime_claims).value();
    EXPECT_EQ(claims.ak_modulus.size(), 256U);
    EXPECT_EQ(claims.ak_exponent, (Bytes{1, 0, 1}));
  }
}

TEST(RealHclReport, MayHoldATdReport) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const Bytes bytes = test::read_vector("tdx/azure/hcl_report.bin");
  EXPECT_EQ(azure::parse_hcl_report(bytes)->kind, azure::HclKind::tdx);
}

TEST(RealTpmQuote, AnswersTheStatedChallenge) {
  for (const nlohmann::json& one : test::snp_entries("azure_vtpm_quotes")) {
    const bool same_file = one["quote"] == "same file";
    const std::string file = same_file ? one["hcl"] : one["quote"];
    Bytes message;
    if (file.ends_with(".json")) {
      nlohmann::json json = test::read_vector_json("sev-snp/" + file);
      if (same_file) {
        json = json.contains("tpm_quote") ? json["tpm_quote"] : json["quote"];
      }
      const std::string text = json.dump();
      const auto quote = azure::parse_tpm_quote(test::view(text));
      ASSERT_TRUE(quote.has_value()) << quote.error().message();
      EXPECT_EQ(quote->signature.size(), 256U);
      message = quote->message;
    } else {
      message = test::read_vector("sev-snp/" + file.substr(0, file.find(' ')));
    }
    const auto attest = azure::parse_tpm_attest(message);
    ASSERT_TRUE(attest.has_value()) << attest.error().message();
    EXPECT_EQ(to_hex(attest->extra_data), one["extra_data_hex"].get<std::string>());
  }
}

}  // namespace
}  // namespace tenzro::tee
