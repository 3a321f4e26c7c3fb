// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <gtest/gtest.h>

#include "made/ocsp_pki.hpp"
#include "made/rim.hpp"
#include "made_documents.hpp"

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

class ManyManifests : public testing::Test {
 protected:
  void add(std::string version, std::string source) {
    test::MadeRim rim;
    rim.version = std::move(version);
    rim.chain = {test::certificate(1)};
    Contents contents;
    contents.documents = {document_of(CollateralKind::rim, rim.bytes())};
    contents.documents[0].source = std::move(source);
    source_.keep(std::move(contents));
  }
  std::vector<std::string> offered(std::string id) {
    CollateralRequest request;
    request.kind = CollateralKind::rim;
    request.platform = Platform::nvidia_gpu;
    request.rim_id = std::move(id);
    std::vector<std::string> out;
    const auto found = source_.find(request);
    for (const auto& document : *found) {
      out.push_back(document->source);
    }
    return out;
  }
  using Sources = std::vector<std::string>;

  struct Source : ContentsSource {
    using ContentsSource::keep;
  } source_;
};

TEST_F(ManyManifests, OffersOneAloneWhateverItIs) {
  add("550.90.07", "driver.xml");
  EXPECT_EQ(offered("NV_GPU_DRIVER_GH100_570.0"), Sources{"driver.xml"});
  EXPECT_EQ(offered(""), Sources{"driver.xml"});
}

TEST_F(ManyManifests, OffersThoseOfTheWantedVersion) {
  add("550.90.07", "driver.xml");
  add("96.00.9f.00.01", "vbios.xml");
  add("50.90.07", "other.xml");
  EXPECT_EQ(offered("NV_GPU_DRIVER_GH100_550.90.07"), Sources{"driver.xml"});
  EXPECT_EQ(offered("NV_GPU_CC_DRIVER_GB100_50.90.07"), Sources{"other.xml"});
  EXPECT_EQ(offered("NV_GPU_VBIOS_1010_0200_882_96009F0001"), Sources{"vbios.xml"});
  EXPECT_EQ(offered("NV_GPU_DRIVER_GH100_570.0").size(), 3U) << "so that the verdict can say what is there";
  EXPECT_EQ(offered("").size(), 3U);
}

TEST_F(ManyManifests, PrefersTheWantedNameAmongThoseOfTheVersion) {
  const std::string id = "NV_GPU_VBIOS_1010_0200_882_96009F0001";
  add("96.00.9F.00.01", "a.xml");
  add("96.00.9F.00.01", "b.xml");
  EXPECT_EQ(offered(id).size(), 2U);
  add("96.00.9F.00.01", "folder/" + id + ".xml");
  EXPECT_EQ(offered(id), Sources{"folder/" + id + ".xml"});
  add("96.00.9F.00.01", "bundle.json (from https://rim.example/v1/rim/" + id + ")");
  add("96.00.9F.00.01", "answer.json (from " + id + ")");
  add("96.00.9F.00.01", id);
  EXPECT_EQ(offered(id).size(), 4U);
  add("96.00.9F.00.01", "folder/" + id + "0.xml");
  EXPECT_EQ(offered(id).size(), 4U) << "a longer id";
  // A name alone says nothing.
  add("96.00.9F.00.02", id + ".swidtag");
  EXPECT_EQ(offered(id).size(), 4U);
  EXPECT_EQ(offered("NV_GPU_VBIOS_1010_0200_882_96009F0002"), Sources{id + ".swidtag"});
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
