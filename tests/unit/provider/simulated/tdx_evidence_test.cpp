// SPDX-License-Identifier: Apache-2.0
// Simulated quotes: the real wire format, with every signature good.
#include <gtest/gtest.h>

#include <algorithm>

#include "collateral/bundle.hpp"
#include "crypto/digest.hpp"
#include "formats/pem.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

using crypto::Hash;
using tdx::BodyType;
using test::kJudged;

crypto::EcPublicKey point_key(ByteView point) { return *crypto::EcPublicKey::from_point(crypto::Curve::p256, point); }

/// Each combination of version and body type that real hosts make.
std::vector<QuoteSpec> every_kind() {
  std::vector<QuoteSpec> out;
  QuoteSpec sgx = sgx_quote_spec();
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{3, 4, 5}) {
    sgx.version = version;
    out.push_back(sgx);
  }
  out.push_back(tdx_quote_spec());
  QuoteSpec td = tdx_quote_spec();
  td.version = 5;
  for (const BodyType type : {BodyType::td_report_10, BodyType::td_report_15, BodyType::td_report_15_extended}) {
    td.body_type = type;
    out.push_back(td);
  }
  return out;
}

TEST(SimulatedQuote, ParsesAsTheKindThatWasAskedFor) {
  const TdxEvidenceMaker maker;
  for (const QuoteSpec& spec : every_kind()) {
    const Bytes bytes = maker.quote(spec);
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote) << quote.error().message();
    EXPECT_EQ(quote->header.version, spec.version);
    EXPECT_EQ(quote->header.attestation_key_type, 2);
    EXPECT_EQ(quote->header.qe_vendor_id, tdx::kIntelQeVendorId);
    EXPECT_EQ(quote->body_type, spec.body_type);
    EXPECT_EQ(quote->certification_type, 5);
    EXPECT_EQ(quote->trailing_bytes, 0U);
    EXPECT_TRUE(std::ranges::equal(quote->qe_auth_data, spec.qe_auth_data));
  }
}

TEST(SimulatedQuote, IsSignedByTheAttestationKey) {
  const TdxEvidenceMaker maker;
  for (const QuoteSpec& spec : every_kind()) {
    const Bytes bytes = maker.quote(spec);
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote);
    EXPECT_TRUE(point_key(quote->attestation_key).verify(Hash::sha256, quote->signed_bytes, quote->signature));
  }
}

TEST(SimulatedQuote, AttestationKeyIsBoundIntoTheQeReport) {
  const TdxEvidenceMaker maker;
  for (const QuoteSpec& spec : every_kind()) {
    const Bytes bytes = maker.quote(spec);
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote);
    const tdx::SgxReport qe = tdx::read_sgx_report(quote->qe_report.first<tdx::kSgxReportSize>());
    ByteArray<64> expected{};
    std::ranges::copy(crypto::sha256({quote->attestation_key, quote->qe_auth_data}), expected.begin());
    EXPECT_EQ(qe.report_data, expected);
    EXPECT_EQ(qe.mr_signer, spec.qe.mr_signer);
    EXPECT_EQ(qe.attributes, spec.qe.attributes);
    EXPECT_EQ(qe.isv_prod_id, spec.qe.isv_prod_id);
    EXPECT_EQ(qe.isv_svn, spec.qe.isv_svn);
  }
}

TEST(SimulatedQuote, QeReportIsSignedByThePckOfAChainToTheRoot) {
  const TdxEvidenceMaker maker;
  for (const QuoteSpec& spec : every_kind()) {
    const Bytes bytes = maker.quote(spec);
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote);
    EXPECT_EQ(quote->certification_data.back(), 0);
    const auto chain = pem::split_quote_chain(quote->certification_data);
    ASSERT_TRUE(chain) << chain.error().message();
    ASSERT_EQ(chain->size(), 3U);
    EXPECT_EQ((*chain)[2].der, maker.hierarchy().root().certificate);
    EXPECT_EQ(test::path_verdict((*chain)[2].der, {(*chain)[1].der}, (*chain)[0].der, kJudged), X509_V_OK);
    const auto leaf = x509::Certificate::parse((*chain)[0].der);
    ASSERT_TRUE(leaf) << leaf.error().message();
    EXPECT_TRUE((*leaf)->ec_key()->verify(Hash::sha256, quote->qe_report, quote->qe_report_signature));
    const x509::Extension* extension = (*leaf)->extension(tdx::kSgxExtensionOid);
    ASSERT_NE(extension, nullptr);
    const auto pck = tdx::parse_pck_extension(extension->value, spec.platform_ca);
    ASSERT_TRUE(pck) << pck.error().message();
    EXPECT_EQ(pck->fmspc, spec.pck.fmspc);
  }
}

TEST(SimulatedQuote, TdFieldsAreReadBack) {
  QuoteSpec spec = tdx_quote_spec();
  spec.version = 5;
  spec.body_type = BodyType::td_report_15;
  std::uint8_t next = 1;
  const auto fill = [&next](auto& field) { std::ranges::fill(field, next++); };
  tdx::TdReport& td = spec.td;
  fill(td.tee_tcb_svn);
  fill(td.mr_seam);
  fill(td.mr_signer_seam);
  fill(td.seam_attributes);
  fill(td.td_attributes);
  fill(td.xfam);
  fill(td.mr_td);
  fill(td.mr_config_id);
  fill(td.mr_owner);
  fill(td.mr_owner_config);
  std::ranges::for_each(td.rtmr, fill);
  fill(td.report_data);
  fill(td.tee_tcb_svn2.emplace());
  fill(td.mr_service_td.emplace());
  const Bytes bytes = TdxEvidenceMaker().quote(spec);
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_TRUE(quote);
  const tdx::TdReport read = tdx::read_td_report(*quote);
  EXPECT_EQ(read.tee_tcb_svn, td.tee_tcb_svn);
  EXPECT_EQ(read.mr_seam, td.mr_seam);
  EXPECT_EQ(read.mr_signer_seam, td.mr_signer_seam);
  EXPECT_EQ(read.seam_attributes, td.seam_attributes);
  EXPECT_EQ(read.td_attributes, td.td_attributes);
  EXPECT_EQ(read.xfam, td.xfam);
  EXPECT_EQ(read.mr_td, td.mr_td);
  EXPECT_EQ(read.mr_config_id, td.mr_config_id);
  EXPECT_EQ(read.mr_owner, td.mr_owner);
  EXPECT_EQ(read.mr_owner_config, td.mr_owner_config);
  EXPECT_EQ(read.rtmr, td.rtmr);
  EXPECT_EQ(read.report_data, td.report_data);
  EXPECT_EQ(read.tee_tcb_svn2, td.tee_tcb_svn2);
  EXPECT_EQ(read.mr_service_td, td.mr_service_td);
}

TEST(SimulatedQuote, EnclaveFieldsAreReadBack) {
  QuoteSpec spec = sgx_quote_spec();
  spec.enclave.misc_select = 0x01020304;
  spec.enclave.isv_prod_id = 0x0506;
  spec.enclave.isv_svn = 0x0708;
  spec.enclave.report_data.fill(0x77);
  const Bytes bytes = TdxEvidenceMaker().quote(spec);
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_TRUE(quote);
  const tdx::SgxReport read = tdx::read_sgx_report(quote->body.first<tdx::kSgxReportSize>());
  EXPECT_EQ(read.cpu_svn, spec.enclave.cpu_svn);
  EXPECT_EQ(read.misc_select, 0x01020304U);
  EXPECT_EQ(read.attributes, spec.enclave.attributes);
  EXPECT_EQ(read.mr_enclave, spec.enclave.mr_enclave);
  EXPECT_EQ(read.mr_signer, spec.enclave.mr_signer);
  EXPECT_EQ(read.isv_prod_id, 0x0506);
  EXPECT_EQ(read.isv_svn, 0x0708);
  EXPECT_EQ(read.report_data, spec.enclave.report_data);
}

TEST(SimulatedQuote, SaysWhatItsKnobsSay) {
  QuoteSpec spec = tdx_quote_spec();
  spec.attestation_key_type = 3;
  spec.qe_vendor_id.fill(0xab);
  spec.header_user_data.fill(0xcd);
  spec.certification_type = 1;
  spec.certification_data = Bytes(36, 0x11);
  spec.qe_auth_data.clear();
  spec.qe_report_data.emplace().fill(0x22);
  spec.trailing = Bytes(70);
  const Bytes bytes = TdxEvidenceMaker().quote(spec);
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_TRUE(quote) << quote.error().message();
  EXPECT_EQ(quote->header.attestation_key_type, 3);
  EXPECT_EQ(quote->header.qe_vendor_id, spec.qe_vendor_id);
  EXPECT_EQ(quote->header.user_data, spec.header_user_data);
  EXPECT_EQ(quote->certification_type, 1);
  EXPECT_TRUE(std::ranges::equal(quote->certification_data, *spec.certification_data));
  EXPECT_TRUE(quote->qe_auth_data.empty());
  EXPECT_EQ(tdx::read_sgx_report(quote->qe_report.first<tdx::kSgxReportSize>()).report_data, *spec.qe_report_data);
  EXPECT_EQ(quote->trailing_bytes, 70U);
}

TEST(SimulatedQuote, CarriesTheChainThatItIsGiven) {
  const TdxEvidenceMaker maker;
  const TdxEvidenceMaker foreign("somebody else");
  QuoteSpec spec = tdx_quote_spec();
  spec.pck_chain = {maker.pck_certificate(spec), foreign.hierarchy().root().certificate};
  const Bytes bytes = maker.quote(spec);
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_TRUE(quote);
  const auto chain = pem::split_quote_chain(quote->certification_data);
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 2U);
  EXPECT_EQ((*chain)[1].der, foreign.hierarchy().root().certificate);
}

TEST(SimulatedQuote, BreaksItsStructureOnRequest) {
  const TdxEvidenceMaker maker;
  QuoteSpec outer = tdx_quote_spec();
  outer.outer_certification_type = 5;
  EXPECT_FALSE(tdx::parse_quote(maker.quote(outer)));
  QuoteSpec body = tdx_quote_spec();
  body.version = 5;
  body.body = Bytes(583);
  EXPECT_FALSE(tdx::parse_quote(maker.quote(body)));
  QuoteSpec tee = tdx_quote_spec();
  tee.tee_type = 0x82;
  EXPECT_FALSE(tdx::parse_quote(maker.quote(tee)));
}

TEST(SimulatedQuote, LeafLivesAsLongAsItIsTold) {
  const TdxEvidenceMaker maker;
  QuoteSpec spec = tdx_quote_spec();
  spec.pck_not_after = kJudged;
  const std::vector<Bytes> cas{maker.hierarchy().platform_ca().certificate};
  const Bytes leaf = maker.pck_certificate(spec);
  EXPECT_EQ(test::path_verdict(maker.hierarchy().root().certificate, cas, leaf, kJudged + std::chrono::days(1)),
            X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(SimulatedReport, EnclosesTheQuoteAndItsCollateral) {
  const TdxEvidenceMaker maker;
  QuoteSpec spec = tdx_quote_spec();
  spec.td.report_data.fill(0x42);
  const AttestationReport report = maker.report(spec, kJudged);
  EXPECT_EQ(report.platform, Platform::intel_tdx);
  EXPECT_TRUE(report.simulated);
  EXPECT_EQ(report.generated_at, kJudged);
  EXPECT_EQ(report.firmware_version, "1.5");
  EXPECT_EQ(report.report_data_hex, to_hex(spec.td.report_data));
  EXPECT_TRUE(report.certificate_chain.empty());
  const auto quote = tdx::parse_quote(report.evidence);
  ASSERT_TRUE(quote);
  EXPECT_EQ(report.signature_hex, to_hex(quote->signature));
  const auto bundle = collateral::parse_bundle(report.collateral, "enclosed");
  ASSERT_TRUE(bundle) << bundle.error().message();
  ASSERT_EQ(bundle->documents.size(), 4U);
  for (const CollateralDocument& document : bundle->documents) {
    EXPECT_EQ(document.issuer_chain.back(), maker.hierarchy().root().certificate);
  }
}

TEST(SimulatedReport, OfAnEnclaveSaysSo) {
  const AttestationReport report = TdxEvidenceMaker().report(sgx_quote_spec(), kJudged);
  EXPECT_EQ(report.platform, Platform::intel_sgx);
  EXPECT_EQ(report.firmware_version, "8");
}

}  // namespace
}  // namespace tenzro::tee::simulated
