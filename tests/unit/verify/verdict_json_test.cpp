// SPDX-License-Identifier: Apache-2.0
// The verdict's JSON form: names and order are a contract.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/verify/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> out;
  for (const auto& item : object.items()) {
    out.push_back(item.key());
  }
  return out;
}

TEST(VerdictJson, HasTheAgreedMembersInTheirOrder) {
  const Json good = Json::parse(to_json(IntelStage().judge()));
  EXPECT_EQ(keys(good), (std::vector<std::string>{"valid",
                                                  "platform",
                                                  "simulated",
                                                  "firmware_version",
                                                  "platform_verified",
                                                  "signature_verified",
                                                  "certificate_chain_verified",
                                                  "freshness_verified",
                                                  "user_data_verified",
                                                  "nonce_verified",
                                                  "policy_verified",
                                                  "tcb",
                                                  "claims",
                                                  "certificates",
                                                  "checks",
                                                  "unpinned",
                                                  "policy",
                                                  "collateral",
                                                  "devices",
                                                  "failures",
                                                  "warnings",
                                                  "verified_at",
                                                  "valid_until",
                                                  "trust_anchors"}));
  EXPECT_EQ(keys(good["tcb"]), (std::vector<std::string>{"status", "advisory_ids", "date", "collateral_expires",
                                                         "evaluation_data_number", "launch_status", "current_status"}));
  EXPECT_EQ(keys(good["certificates"][0]),
            (std::vector<std::string>{"subject", "issuer", "not_before", "not_after", "sha256"}));
  EXPECT_EQ(keys(good["checks"][0]), (std::vector<std::string>{"id", "status", "expected", "actual", "source"}));
  EXPECT_EQ(keys(good["collateral"][0]), (std::vector<std::string>{"kind", "sha256", "next_update"}));
  EXPECT_EQ(keys(good["warnings"][0]), (std::vector<std::string>{"check", "code", "message"}));
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
  EXPECT_EQ(keys(td),
            (std::vector<std::string>{
                "quote_version", "tee_tcb_svn", "tee_tcb_svn2", "mr_seam",      "mr_signer_seam", "seam_attributes",
                "td_attributes", "xfam",        "mr_td",        "mr_config_id", "mr_owner",       "mr_owner_config",
                "mr_service_td", "rtmr0",       "rtmr1",        "rtmr2",        "rtmr3",          "report_data",
                "fmspc",         "pce_id",      "qe_vendor_id", "debug",        "trailing_bytes"}));
  IntelStage enclave;
  enclave.quote = simulated::sgx_quote_spec();
  const Json sgx = Json::parse(to_json(enclave.judge()))["claims"];
  EXPECT_EQ(keys(sgx), (std::vector<std::string>{"mr_enclave", "mr_signer", "isv_prod_id", "isv_svn", "attributes",
                                                 "misc_select", "cpu_svn", "report_data", "fmspc", "debug"}));
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
