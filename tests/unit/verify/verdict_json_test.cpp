// SPDX-License-Identifier: Apache-2.0
// The verdict's JSON form: names and order are a contract.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "made/simulated_intel.hpp"
#include "support/verdict_keys.hpp"

namespace tenzro::tee::test {
namespace {

using Json = nlohmann::ordered_json;

Keys keys(const Json& object) {
  Keys out;
  for (const auto& item : object.items()) {
    out.push_back(item.key());
  }
  return out;
}

TEST(VerdictJson, HasTheAgreedMembersInTheirOrder) {
  const Json good = Json::parse(to_json(IntelStage().judge()));
  EXPECT_EQ(keys(good), kVerdictKeys);
  EXPECT_EQ(keys(good["tcb"]), kTcbKeys);
  EXPECT_EQ(keys(good["certificates"][0]), kCertificateKeys);
  EXPECT_EQ(keys(good["checks"][0]), kCheckKeys);
  EXPECT_EQ(keys(good["collateral"][0]), kCollateralKeys);
  EXPECT_EQ(keys(good["warnings"][0]), kFindingKeys);
  EXPECT_EQ(good["valid"], true);
  EXPECT_TRUE(good["failures"].empty());
  EXPECT_TRUE(good["user_data_verified"].is_null());
  EXPECT_EQ(good["verified_at"], "2026-06-01T12:00:00Z");
  EXPECT_EQ(good["trust_anchors"], "custom");
}

TEST(VerdictJson, HasTheAgreedClaims) {
  IntelStage stage;
  stage.quote.version = 5;
  stage.quote.body_type = tdx::BodyType::td_report_15;
  stage.quote.td.tee_tcb_svn2 = stage.quote.td.tee_tcb_svn;
  stage.quote.td.mr_service_td = ByteArray<48>{};
  const Json td = Json::parse(to_json(stage.judge()))["claims"];
  EXPECT_EQ(keys(td), kTd15ClaimKeys);
  IntelStage enclave;
  enclave.quote = simulated::sgx_quote_spec();
  const Json sgx = Json::parse(to_json(enclave.judge()))["claims"];
  EXPECT_EQ(keys(sgx), kSgxClaimKeys);
}

TEST(VerdictJson, FailuresAreEmptyExactlyWhenValid) {
  IntelStage bad;
  bad.collateral.tcb_status = "OutOfDate";
  const Json json = Json::parse(to_json(bad.judge()));
  EXPECT_EQ(json["valid"], false);
  ASSERT_EQ(json["failures"].size(), 1U);
  EXPECT_EQ(json["failures"][0]["code"], "tcb_out_of_date");
  IntelStage broken;
  broken.evidence = Bytes(2000, 0);
  const Json nothing = Json::parse(to_json(broken.judge()));
  EXPECT_EQ(nothing["valid"], false);
  EXPECT_TRUE(nothing["claims"].is_object());
  EXPECT_TRUE(nothing["tcb"].is_null());
}

TEST(VerdictJson, IsDeterministic) {
  const IntelStage stage;
  const AttestationVerifier verifier(std::make_shared<FixedSource>(stage.made_documents()));
  const AttestationReport report = stage.report();
  EXPECT_EQ(to_json(verifier.verify(report, stage.options())), to_json(verifier.verify(report, stage.options())));
}

}  // namespace
}  // namespace tenzro::tee::test
