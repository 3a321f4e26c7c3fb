// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tenzro::tee::collateral
