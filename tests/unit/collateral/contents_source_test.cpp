// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <gtest/gtest.h>

#include "made_documents.hpp"
#include "unit/x509/ocsp_pki.hpp"

namespace tenzro::tee::collateral {
namespace {

CollateralDocument document_of(CollateralKind kind, Bytes body) {
  CollateralDocument out;
  out.kind = kind;
  out.body = std::move(body);
  return out;
}

CollateralDocument tcb_info_for(std::string_view fmspc, bool tdx) {
  auto value = test::tcb_info(tdx);
  value["fmspc"] = fmspc;
  const std::string body = test::response("tcbInfo", value);
  return document_of(CollateralKind::tcb_info, Bytes(body.begin(), body.end()));
}

CollateralRequest request_for(const ByteArray<6>& fmspc, Platform platform = Platform::intel_tdx) {
  CollateralRequest out;
  out.kind = CollateralKind::tcb_info;
  out.platform = platform;
  out.fmspc = fmspc;
  return out;
}

class ManyPlatforms : public testing::Test {
 protected:
  ManyPlatforms() {
    Contents contents;
    contents.documents = {tcb_info_for("000000000001", true), tcb_info_for("000000000002", true),
                          tcb_info_for("000000000001", false), tcb_info_for("000000000002", true)};
    contents.documents.push_back(document_of(CollateralKind::tcb_info, {'{'}));
    contents.documents.push_back(document_of(CollateralKind::root_crl, test::kRootCrl));
    source_.keep(std::move(contents));
  }
  std::size_t offered(const CollateralRequest& request) { return source_.find(request)->size(); }

  struct Source : ContentsSource {
    using ContentsSource::keep;
  } source_;
};

TEST_F(ManyPlatforms, OffersTheTcbInfosOfTheWantedOne) {
  EXPECT_EQ(offered(request_for({0, 0, 0, 0, 0, 1})), 1U);
  EXPECT_EQ(offered(request_for({0, 0, 0, 0, 0, 2})), 2U);
  EXPECT_EQ(offered(request_for({0, 0, 0, 0, 0, 1}, Platform::intel_sgx)), 1U);
}

TEST_F(ManyPlatforms, OffersAllWhenNoneFitsSoThatTheVerdictCanSayWhatIsThere) {
  EXPECT_EQ(offered(request_for({0, 0, 0, 0, 0, 9})), 5U);
  EXPECT_EQ(offered(request_for({0, 0, 0, 0, 0, 2}, Platform::intel_sgx)), 5U);
}

TEST_F(ManyPlatforms, OffersOtherKindsWhole) {
  CollateralRequest request = request_for({0, 0, 0, 0, 0, 9});
  request.kind = CollateralKind::root_crl;
  EXPECT_EQ(offered(request), 1U);
}

// Reading all responses of a fleet for each certificate would cost more than judging one.
TEST(ManyOcspResponses, AreOfferedToWhoAsksAboutTheirCertificate) {
  const test::OcspPki pki;
  test::MadeOcsp about_responder = pki.by_issuer(), about_both = pki.by_issuer();
  about_responder.answers[0].certificate = pki.responder.der;
  about_both.answers.push_back(about_responder.answers[0]);
  Contents contents;
  for (const Bytes& body :
       {test::made_ocsp_response(pki.by_issuer()), test::made_ocsp_response(about_responder),
        test::made_ocsp_response(about_both), test::made_ocsp_refusal(OCSP_RESPONSE_STATUS_TRYLATER), Bytes{0x30}}) {
    contents.documents.push_back(document_of(CollateralKind::ocsp, body));
  }
  ContentsSource source(contents);
  CollateralRequest request;
  request.kind = CollateralKind::ocsp;
  const auto offered = [&](ByteView certificate) {
    request.certificate = certificate;
    std::vector<Bytes> out;
    const auto found = source.find(request).value();
    for (const CollateralDocumentPtr& document : found) {
      out.push_back(document->body);
    }
    return out;
  };
  const auto at = [&](std::size_t i) { return contents.documents[i].body; };
  EXPECT_EQ(offered(pki.chain.leaf.der), (std::vector{at(0), at(2), at(3), at(4)}));
  EXPECT_EQ(offered(pki.responder.der), (std::vector{at(1), at(2), at(3), at(4)}));
  EXPECT_EQ(offered(pki.chain.ca.der), (std::vector{at(3), at(4)}));
  EXPECT_EQ(offered({}), (std::vector{at(3), at(4)}));
}

}  // namespace
}  // namespace tenzro::tee::collateral
