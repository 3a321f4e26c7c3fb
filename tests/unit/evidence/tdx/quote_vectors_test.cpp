// SPDX-License-Identifier: Apache-2.0
// Every field of every real quote, against what others have decoded from it.
#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/der.hpp"
#include "formats/pem.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee {
namespace {

using nlohmann::json;

Bytes evidence_of(const json& test_case) {
  Bytes input = test::read_vector("tdx/" + test_case.at("quote").get<std::string>());
  if (test_case.contains("quote_json_field")) {
    const json whole = json::parse(input);
    const auto text = whole.at(test_case.at("quote_json_field").get<std::string>()).get<std::string>();
    input.assign(text.begin(), text.end());
  }
  auto report = parse_report(input);
  EXPECT_TRUE(report.has_value()) << report.error().message();
  return report ? report->evidence : Bytes();
}

/// The value of the SGX extension, found by its OID: good enough for a genuine certificate.
Bytes sgx_extension(ByteView certificate) {
  constexpr std::array<std::uint8_t, 11> kOid = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
  const auto at = std::search(certificate.begin(), certificate.end(), kOid.begin(), kOid.end());
  if (at == certificate.end()) {
    return {};
  }
  der::Reader after("extension", certificate.subspan(static_cast<std::size_t>(at - certificate.begin()) + kOid.size()));
  const auto value = after.octet_string("value");
  EXPECT_TRUE(value.has_value());
  return value ? Bytes(value->begin(), value->end()) : Bytes();
}

void expect_hex(const json& fields, const char* name, ByteView actual) {
  EXPECT_EQ(fields.at(name).get<std::string>(), to_hex(actual)) << name;
}

void expect_sgx(const json& fields, const tdx::SgxReport& report) {
  expect_hex(fields, "mrsigner", report.mr_signer);
  expect_hex(fields, "mrenclave", report.mr_enclave);
  expect_hex(fields, "attr", report.attributes);
  expect_hex(fields, "misc", report.misc_select_bytes);
  EXPECT_EQ(fields.at("prodid"), report.isv_prod_id);
  EXPECT_EQ(fields.at("isvsvn"), report.isv_svn);
  if (fields.contains("cpusvn")) {
    expect_hex(fields, "cpusvn", report.cpu_svn);
  }
  if (fields.contains("rd")) {
    expect_hex(fields, "rd", report.report_data);
  }
}

void expect_td(const json& fields, const tdx::Quote& quote) {
  const tdx::TdReport td = tdx::read_td_report(quote);
  expect_hex(fields, "tee_tcb_svn", td.tee_tcb_svn);
  expect_hex(fields, "mrseam", td.mr_seam);
  expect_hex(fields, "mrsignerseam", td.mr_signer_seam);
  expect_hex(fields, "seamattr", td.seam_attributes);
  expect_hex(fields, "tdattr", td.td_attributes);
  expect_hex(fields, "xfam", td.xfam);
  expect_hex(fields, "mrtd", td.mr_td);
  expect_hex(fields, "mrconfigid", td.mr_config_id);
  expect_hex(fields, "mrowner", td.mr_owner);
  expect_hex(fields, "mrownerconfig", td.mr_owner_config);
  expect_hex(fields, "rtmr0", td.rtmr[0]);
  expect_hex(fields, "rtmr1", td.rtmr[1]);
  expect_hex(fields, "rtmr2", td.rtmr[2]);
  expect_hex(fields, "rtmr3", td.rtmr[3]);
  expect_hex(fields, "reportdata", td.report_data);
  EXPECT_EQ(fields.contains("tee_tcb_svn2"), td.tee_tcb_svn2.has_value());
  EXPECT_EQ(fields.contains("mrservicetd"), td.mr_service_td.has_value());
  if (td.tee_tcb_svn2) {
    expect_hex(fields, "tee_tcb_svn2", *td.tee_tcb_svn2);
  }
  if (td.mr_service_td) {
    expect_hex(fields, "mrservicetd", *td.mr_service_td);
  }
}

void expect_pck(const json& fields, ByteView certification_data) {
  const auto chain = pem::split_quote_chain(certification_data);
  ASSERT_TRUE(chain.has_value()) << chain.error().message();
  ASSERT_EQ(chain->size(), 3U);
  const Bytes value = sgx_extension(chain->front().der);
  const bool platform_ca = fields.at("pck_issuer") == "Intel SGX PCK Platform CA";
  const auto pck = tdx::parse_pck_extension(value, platform_ca);
  ASSERT_TRUE(pck.has_value()) << pck.error().message();
  EXPECT_FALSE(tdx::parse_pck_extension(value, !platform_ca).has_value());
  expect_hex(fields, "fmspc", pck->fmspc);
  expect_hex(fields, "pceid", pck->pce_id);
  expect_hex(fields, "pck_cpusvn", pck->cpu_svn);
  expect_hex(fields, "ppid", pck->ppid);
  EXPECT_EQ(fields.at("pcesvn"), pck->pce_svn);
  EXPECT_EQ(fields.at("sgx_type"), pck->sgx_type);
  EXPECT_EQ(fields.at("sgx_tcb_components").get<std::vector<std::uint8_t>>(),
            std::vector<std::uint8_t>(pck->tcb_components.begin(), pck->tcb_components.end()));
  ASSERT_EQ(pck->platform_instance_id.has_value(), platform_ca);
  if (platform_ca) {
    expect_hex(fields, "platform_instance_id", *pck->platform_instance_id);
  }
}

TEST(TdxQuoteVectors, HaveTheFieldsThatTheManifestStates) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  std::size_t quotes = 0;
  const auto& manifest = test::vector_manifest("tdx/manifest.json");
  for (const json& test_case : manifest.at("cases")) {
    if (!test_case.contains("quote")) {
      continue;
    }
    SCOPED_TRACE(test_case.at("id").get<std::string>());
    ++quotes;
    const json& fields = test_case.at("fields");
    const Bytes evidence = evidence_of(test_case);
    const auto quote = tdx::parse_quote(evidence);
    ASSERT_TRUE(quote.has_value()) << quote.error().message();
    EXPECT_EQ(fields.at("version"), quote->header.version);
    EXPECT_EQ(std::stoul(fields.at("tee_type").get<std::string>(), nullptr, 16), quote->header.tee_type);
    EXPECT_EQ(fields.at("att_key_type"), quote->header.attestation_key_type);
    expect_hex(fields, "qe_vendor_id", quote->header.qe_vendor_id);
    expect_hex(fields, "user_data", quote->header.user_data);
    EXPECT_EQ(fields.at("file_length"), evidence.size());
    EXPECT_EQ(fields.at("signature_length_offset"), quote->signed_bytes.size());
    EXPECT_EQ(fields.at("signature_length"), evidence.size() - quote->signed_bytes.size() - 4 - quote->trailing_bytes);
    EXPECT_EQ(fields.at("trailing_bytes"), quote->trailing_bytes);
    EXPECT_EQ(fields.at("qe_auth_data_length"), quote->qe_auth_data.size());
    EXPECT_EQ(fields.at("certification_data_type"), quote->certification_type);
    EXPECT_EQ(fields.at("certification_data_size"), quote->certification_data.size());
    if (fields.contains("body_type")) {
      EXPECT_EQ(fields.at("body_type"), static_cast<int>(quote->body_type));
      EXPECT_EQ(fields.at("body_size"), quote->body.size());
    }
    expect_sgx(fields.at("qe_report"), tdx::read_sgx_report(quote->qe_report.first<tdx::kSgxReportSize>()));
    EXPECT_EQ(quote->is_tdx(), !fields.contains("sgx_report"));
    if (quote->is_tdx()) {
      expect_td(fields, *quote);
    } else {
      expect_sgx(fields.at("sgx_report"), tdx::read_sgx_report(quote->body.first<tdx::kSgxReportSize>()));
    }
    if (quote->certification_type == static_cast<int>(tdx::CertificationType::pck_chain)) {
      expect_pck(fields, quote->certification_data);
    }
  }
  EXPECT_GT(quotes, 0U);
}

TEST(TdxQuoteVectors, AreReadWhereverTheManifestListsOne) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  std::size_t quotes = 0;
  const auto& manifest = test::vector_manifest("tdx/manifest.json");
  for (const json& file : manifest.at("files")) {
    if (!file.at("kind").get<std::string>().starts_with("quote-v")) {
      continue;
    }
    SCOPED_TRACE(file.at("file").get<std::string>());
    ++quotes;
    const auto report = parse_report(test::read_vector("tdx/" + file.at("file").get<std::string>()));
    ASSERT_TRUE(report.has_value());
    const auto quote = tdx::parse_quote(report->evidence);
    EXPECT_TRUE(quote.has_value());
  }
  EXPECT_GT(quotes, 0U);
}

// ATTACK(T12)
TEST(TdxQuoteVectors, AreRefusedWhenCutAnywhereBeforeTheUnsignedTail) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const auto& manifest = test::vector_manifest("tdx/manifest.json");
  for (const json& test_case : manifest.at("cases")) {
    if (!test_case.contains("quote")) {
      continue;
    }
    SCOPED_TRACE(test_case.at("id").get<std::string>());
    const Bytes evidence = evidence_of(test_case);
    const auto whole = tdx::parse_quote(evidence);
    ASSERT_TRUE(whole.has_value());
    const std::size_t end = evidence.size() - whole->trailing_bytes;
    for (std::size_t size = 0; size < end; ++size) {
      ASSERT_FALSE(tdx::parse_quote(ByteView(evidence).first(size)).has_value()) << size;
    }
    EXPECT_TRUE(tdx::parse_quote(ByteView(evidence).first(end)).has_value());
  }
}

}  // namespace
}  // namespace tenzro::tee
