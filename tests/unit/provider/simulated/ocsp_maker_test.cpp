// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/ocsp_maker.hpp"

#include <gtest/gtest.h>

#include "provider/simulated/nvidia_hierarchy.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee::simulated {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::kJudged;

x509::CertificatePtr parsed(const Identity& identity) { return x509::Certificate::parse(identity.certificate).value(); }

TEST(OcspMaker, SaysThatACertificateIsGoodForItsTime) {
  const NvidiaHierarchy hierarchy("another");
  const OcspSpec spec{
      .certificate = hierarchy.rim_l3().certificate, .this_update = kJudged, .next_update = kJudged + hours{24}};
  const Bytes der = make_ocsp_response(spec, hierarchy.rim_ca());
  const auto response = x509::OcspResponse::parse(der);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ((*response)->produced_at(), kJudged);
  EXPECT_EQ((*response)->responder(), "NVIDIA Reference Value GH100 CA");
  const auto certificate = parsed(hierarchy.rim_l3());
  const auto issuer = parsed(hierarchy.rim_ca());
  const auto codes_at = [&](UtcTime at) {
    const auto judged = (*response)->judge(*certificate, *issuer, at, seconds{0});
    EXPECT_EQ(judged.status, x509::CertificateStatus::good);
    return judged.failures.empty() ? std::string() : judged.failures.front().code;
  };
  EXPECT_EQ(codes_at(kJudged), "");
  EXPECT_EQ(codes_at(kJudged + hours{24} - seconds{1}), "");
  EXPECT_EQ(codes_at(kJudged + hours{24}), "collateral_expired");
  EXPECT_EQ(codes_at(kJudged - seconds{1}), "collateral_not_yet_valid");
  EXPECT_EQ((*response)->answer_about(*parsed(hierarchy.rim_signer()), *certificate), nullptr);
}

TEST(OcspMaker, IsSignedByTheIssuerItself) {
  const NvidiaHierarchy hierarchy("another");
  const OcspSpec spec{
      .certificate = hierarchy.rim_l3().certificate, .this_update = kJudged, .next_update = kJudged + hours{24}};
  const auto response = x509::OcspResponse::parse(make_ocsp_response(spec, hierarchy.rim_ca())).value();
  EXPECT_TRUE(response->check_signature(*parsed(hierarchy.rim_ca())).empty());
  EXPECT_FALSE(response->check_signature(*parsed(hierarchy.rim_root())).empty());
}

}  // namespace
}  // namespace tenzro::tee::simulated
