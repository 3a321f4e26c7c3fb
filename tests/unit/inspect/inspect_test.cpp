// SPDX-License-Identifier: Apache-2.0
// Decoding of evidence and collateral made here: everything is shown, nothing is judged, nothing unknown is guessed.
#include "tenzro/tee/inspect.hpp"

#include <gtest/gtest.h>

#include <iterator>

#include <nlohmann/json.hpp>

#include "collateral/bundle.hpp"
#include "formats/pem.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

Json inspected(ByteView input, const std::string& kind) {
  const auto result = inspect(input);
  EXPECT_TRUE(result) << (result ? "" : result.error().message());
  if (!result) {
    return {};
  }
  EXPECT_EQ(result->kind, kind);
  const Json document = Json::parse(result->json);
  EXPECT_GE(document.size(), 2U);
  EXPECT_EQ(document.begin().key(), "kind");
  EXPECT_EQ(document["kind"], kind);
  EXPECT_EQ(std::next(document.begin()).key(), "verified");
  EXPECT_EQ(document["verified"], false);
  return document;
}
Json inspected(std::string_view text, const std::string& kind) { return inspected(test::view(text), kind); }

void expect_refused(ByteView input) {
  const auto result = inspect(input);
  ASSERT_FALSE(result) << result->json;
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input) << result.error().message();
}

class Inspect : public testing::Test {
 protected:
  const UtcTime issued = *from_rfc3339("2026-06-01T00:00:00Z");
  simulated::TdxEvidenceMaker maker;
  simulated::QuoteSpec spec = simulated::tdx_quote_spec();

  CollateralDocument document(CollateralKind kind) const {
    for (CollateralDocument& found : maker.collateral(spec, {.issued = issued})) {
      if (found.kind == kind) {
        return std::move(found);
      }
    }
    ADD_FAILURE() << "no such document";
    return {};
  }
};

TEST_F(Inspect, RefusesWhatItDoesNotKnow) {
  expect_refused({});
  for (const std::string_view text : {"x", " ", "\n", "{", "{}", "[]", "null", "{\"format\":\"tenzro-report/2\"}", "0x",
                                      "00", "AAAA", "-----BEGIN CERTIFICATE-----", "%"}) {
    expect_refused(test::view(text));
  }
  expect_refused(Bytes(1000));
  expect_refused(Bytes((std::size_t{8} << 20) + 1, '{'));
}

TEST_F(Inspect, RefusesEveryTruncationOfAQuote) {
  const Bytes quote = maker.quote(spec);
  for (std::size_t size = 0; size < quote.size(); size += 7) {
    expect_refused(ByteView(quote).first(size));
  }
}

TEST_F(Inspect, ShowsATdxQuote) {
  spec.td.td_attributes = {0x01, 0, 0, 0x10};
  spec.td.report_data.fill(0xab);
  spec.trailing = Bytes(70);
  const Json document = inspected(maker.quote(spec), "tdx_quote");
  EXPECT_EQ(document["header"]["version"], 4);
  EXPECT_EQ(document["header"]["tee_type"], "0x81");
  EXPECT_EQ(document["header"]["qe_vendor_id"], "939a7233f79c4ca9940a0db3957f0607");
  EXPECT_EQ(document["body_type"], "td_report_1.0");
  EXPECT_EQ(document["claims"]["mr_td"], to_hex(spec.td.mr_td));
  EXPECT_EQ(document["claims"]["rtmr3"], to_hex(spec.td.rtmr[3]));
  EXPECT_EQ(document["claims"]["report_data"], std::string("ab", 2) + to_hex(Bytes(63, 0xab)));
  EXPECT_EQ(document["claims"]["fmspc"], to_hex(spec.pck.fmspc));
  EXPECT_EQ(document["claims"]["debug"], true);
  EXPECT_EQ(document["td_attributes_set"], (Json{"debug", "sept_ve_disable"}));
  EXPECT_EQ(document["certification_data_type"], 5);
  EXPECT_EQ(document["certification_data_name"], "pck_chain");
  ASSERT_EQ(document["certificates"].size(), 3U);
  const Json& pck = document["certificates"][0]["sgx_extension"];
  EXPECT_EQ(pck["fmspc"], to_hex(spec.pck.fmspc));
  EXPECT_EQ(pck["pce_svn"], spec.pck.pce_svn);
  EXPECT_EQ(pck["tcb_components"], to_hex(spec.pck.tcb_components));
  EXPECT_EQ(pck["ppid"], to_hex(spec.pck.ppid));
  EXPECT_EQ(document["trailing_bytes"], 70);
}

TEST_F(Inspect, ShowsEveryBodyOfVersion5) {
  spec.version = 5;
  spec.body_type = tdx::BodyType::td_report_15;
  const Json newer = inspected(maker.quote(spec), "tdx_quote");
  EXPECT_EQ(newer["body_type"], "td_report_1.5");
  EXPECT_TRUE(newer["claims"].contains("mr_service_td"));
  EXPECT_TRUE(newer["claims"].contains("tee_tcb_svn2"));
  spec.body_type = tdx::BodyType::td_report_15_extended;
  const Json extended = inspected(maker.quote(spec), "tdx_quote");
  EXPECT_EQ(extended["body_type"], "td_report_1.5_extended");
  EXPECT_EQ(extended["extended"]["td_id"].get<std::string>().size(), 64U);
}

TEST_F(Inspect, ShowsAnSgxQuote) {
  spec = simulated::sgx_quote_spec();
  spec.enclave.misc_select = 0x01020304;
  const Json document = inspected(maker.quote(spec), "sgx_quote");
  EXPECT_EQ(document["header"]["version"], 3);
  EXPECT_EQ(document["claims"]["mr_enclave"], to_hex(spec.enclave.mr_enclave));
  EXPECT_FALSE(document["certificates"][0]["sgx_extension"].contains("platform_instance_id"));
}

TEST_F(Inspect, ShowsCertificationDataThatItCannotRead) {
  spec.certification_data = Bytes{'n', 'o'};
  const Json document = inspected(maker.quote(spec), "tdx_quote");
  ASSERT_EQ(document["certificates"].size(), 1U);
  EXPECT_TRUE(document["certificates"][0].contains("error"));
  EXPECT_FALSE(document["claims"].contains("fmspc"));
}

TEST_F(Inspect, ReadsHexAndBase64) {
  const Bytes quote = maker.quote(spec);
  const Json expected = inspected(quote, "tdx_quote");
  EXPECT_EQ(inspected(to_hex(quote) + "\n", "tdx_quote"), expected);
  EXPECT_EQ(inspected("0x" + to_hex(quote), "tdx_quote"), expected);
  EXPECT_EQ(inspected(" " + to_base64(quote) + "\r\n", "tdx_quote"), expected);
  const Bytes crl = document(CollateralKind::root_crl).body;
  EXPECT_EQ(inspected(to_base64(crl), "crl"), inspected(crl, "crl"));
  EXPECT_EQ(inspected(to_hex(crl), "crl"), inspected(crl, "crl"));
}

TEST_F(Inspect, ShowsAReportWithItsEvidenceAndCollateral) {
  const AttestationReport report = maker.report(spec, issued);
  const Json document = inspected(to_json(report), "report");
  EXPECT_EQ(document["platform"], "intel-tdx");
  EXPECT_EQ(document["simulated"], true);
  EXPECT_EQ(document["evidence"]["claims"]["mr_td"], to_hex(spec.td.mr_td));
  ASSERT_EQ(document["collateral"]["documents"].size(), 4U);
  EXPECT_EQ(document["collateral"]["documents"][0]["kind"], "tcb_info");
}

TEST_F(Inspect, ShowsAReportWhoseEvidenceIsBroken) {
  AttestationReport report = maker.report(spec, issued);
  report.evidence.resize(700);
  const Json document = inspected(to_json(report), "report");
  EXPECT_TRUE(document["evidence"].contains("error"));
}

TEST_F(Inspect, ShowsCertificatesInPemAndDer) {
  const Bytes root = maker.hierarchy().root().certificate;
  const Bytes leaf = maker.pck_certificate(spec);
  const Json one = inspected(root, "certificates");
  ASSERT_EQ(one["certificates"].size(), 1U);
  const Json& certificate = one["certificates"][0];
  EXPECT_EQ(certificate["subject"], certificate["issuer"]);
  EXPECT_NE(certificate["subject"].get<std::string>().find("CN=Intel SGX Root CA"), std::string::npos);
  EXPECT_EQ(certificate["key"], "ec-p256");
  EXPECT_EQ(certificate["signature_algorithm"], "ecdsa-sha256");
  const Json two = inspected(pem::encode("CERTIFICATE", leaf) + pem::encode("CERTIFICATE", root), "certificates");
  ASSERT_EQ(two["certificates"].size(), 2U);
  EXPECT_EQ(two["certificates"][1], certificate);
  bool sgx = false;
  for (const Json& extension : two["certificates"][0]["extensions"]) {
    sgx |= extension["oid"] == tdx::kSgxExtensionOid && extension["name"] == "intel_sgx_extensions";
    EXPECT_TRUE(extension.contains("name")) << extension;
  }
  EXPECT_TRUE(sgx);
}

TEST_F(Inspect, ShowsARevocationList) {
  const Bytes crl = simulated::make_crl({.this_update = issued,
                                         .next_update = issued + std::chrono::days(30),
                                         .revoked_serials = {{0x01, 0x02}, {0x7f}},
                                         .number = 5},
                                        maker.hierarchy().platform_ca());
  const Json document = inspected(crl, "crl");
  EXPECT_EQ(document["issuer_common_name"], "Intel SGX PCK Platform CA");
  EXPECT_EQ(document["this_update"], "2026-06-01T00:00:00Z");
  EXPECT_EQ(document["next_update"], "2026-07-01T00:00:00Z");
  EXPECT_EQ(document["number"], "05");
  EXPECT_EQ(document["revoked_count"], 2);
  EXPECT_EQ(document["revoked_serials"].size(), 2U);
}

TEST_F(Inspect, ShowsTcbInfoAndQeIdentity) {
  const Json tcb = inspected(document(CollateralKind::tcb_info).body, "tcb_info");
  EXPECT_EQ(tcb["id"], "TDX");
  EXPECT_EQ(tcb["fmspc"], to_hex(spec.pck.fmspc));
  EXPECT_EQ(tcb["evaluation_data_number"], 17);
  EXPECT_EQ(tcb["levels"][0]["status"], "UpToDate");
  EXPECT_EQ(tcb["signature"].get<std::string>().size(), 128U);
  const Json qe = inspected(document(CollateralKind::qe_identity).body, "qe_identity");
  EXPECT_EQ(qe["id"], "TD_QE");
  EXPECT_EQ(qe["levels"][0]["status"], "UpToDate");
}

TEST_F(Inspect, ShowsABundle) {
  const Json document =
      inspected(collateral::bundle_to_json(maker.collateral(spec, {.issued = issued})), "collateral_bundle");
  ASSERT_EQ(document["documents"].size(), 4U);
  EXPECT_EQ(document["documents"][0]["issuer_chain"].size(), 2U);
}

TEST_F(Inspect, ReadCertificatesWantsCertificatesOnly) {
  const Bytes root = maker.hierarchy().root().certificate;
  const auto der = read_certificates(root);
  ASSERT_TRUE(der) << der.error().message();
  EXPECT_EQ(*der, std::vector<Bytes>{root});
  const auto pem = read_certificates(test::view(pem::encode("CERTIFICATE", root)));
  ASSERT_TRUE(pem);
  EXPECT_EQ(*pem, std::vector<Bytes>{root});
  Bytes longer = root;
  longer.push_back(0);
  const Bytes crl = document(CollateralKind::root_crl).body;
  for (const ByteView wrong : {ByteView(), ByteView(crl), ByteView(longer), ByteView(root).first(100)}) {
    const auto refused = read_certificates(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::malformed_input);
  }
}

TEST_F(Inspect, ShowsKeySets) {
  const std::string point(64, 'A');
  const Json shown = inspected(R"({"keys":[{"kty":"EC","crv":"P-384","kid":"one","x":")" + point + R"(","y":")" +
                                   point + R"("},{"kty":"oct","k":"AA"}]})",
                               "jwks");
  ASSERT_EQ(shown["keys"].size(), 1U);
  EXPECT_EQ(shown["keys"][0]["key_id"], "one");
  EXPECT_EQ(shown["keys"][0]["public_key"], std::string(192, '0'));
  EXPECT_FALSE(shown["keys"][0].contains("certificates"));
  EXPECT_EQ(shown["other_keys"], 1);
}

}  // namespace
}  // namespace tenzro::tee
