// SPDX-License-Identifier: Apache-2.0
// Real evidence and collateral, against the fields that their manifest states.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "support/snp_vectors.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

Json inspected(ByteView input) {
  const auto result = inspect(input);
  EXPECT_TRUE(result) << result.error().message();
  return result ? Json::parse(result->json) : Json();
}

TEST(InspectVectors, QuoteFieldsAreThoseOfTheManifest) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const std::map<std::string, std::string> names = {{"tee_tcb_svn", "tee_tcb_svn"},
                                                    {"mrseam", "mr_seam"},
                                                    {"mrsignerseam", "mr_signer_seam"},
                                                    {"seamattr", "seam_attributes"},
                                                    {"tdattr", "td_attributes"},
                                                    {"xfam", "xfam"},
                                                    {"mrtd", "mr_td"},
                                                    {"mrconfigid", "mr_config_id"},
                                                    {"mrowner", "mr_owner"},
                                                    {"mrownerconfig", "mr_owner_config"},
                                                    {"rtmr0", "rtmr0"},
                                                    {"rtmr1", "rtmr1"},
                                                    {"rtmr2", "rtmr2"},
                                                    {"rtmr3", "rtmr3"},
                                                    {"reportdata", "report_data"},
                                                    {"fmspc", "fmspc"},
                                                    {"trailing_bytes", "trailing_bytes"}};
  std::size_t compared = 0;
  const auto& manifest = test::vector_manifest("tdx/manifest.json");
  for (const auto& entry : manifest["cases"]) {
    if (!entry.contains("quote") || entry.contains("quote_json_field") || !entry.contains("fields")) {
      continue;
    }
    SCOPED_TRACE(entry["id"].get<std::string>());
    const Json document = inspected(test::read_vector("tdx/" + entry["quote"].get<std::string>()));
    const auto& fields = entry["fields"];
    EXPECT_EQ(document["header"]["version"], fields["version"]);
    EXPECT_EQ(document["header"]["user_data"], fields["user_data"]);
    EXPECT_EQ(document["certification_data_type"], fields["certification_data_type"]);
    for (const auto& [theirs, ours] : names) {
      if (!fields.contains(theirs) || !document["claims"].contains(ours)) {
        continue;
      }
      EXPECT_EQ(document["claims"][ours], Json(fields[theirs])) << ours;
      ++compared;
    }
    if (!fields.contains("ppid")) {
      continue;
    }
    const Json& pck = document["certificates"][0]["sgx_extension"];
    EXPECT_EQ(pck["ppid"], Json(fields["ppid"]));
    EXPECT_EQ(pck["pce_svn"], Json(fields["pcesvn"]));
    EXPECT_EQ(pck["sgx_type"], Json(fields["sgx_type"]));
    EXPECT_EQ(pck["cpu_svn"], Json(fields["pck_cpusvn"]));
  }
  EXPECT_GT(compared, 150U);
}

TEST(InspectVectors, SnpFieldsAreThoseOfTheManifest) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  std::size_t compared = 0;
  for (const auto& one : test::snp_entries("cases")) {
    SCOPED_TRACE(one["id"].get<std::string>());
    const Json document = inspected(test::snp_evidence(one));
    EXPECT_EQ(document["kind"], one.contains("hcl") ? "hcl_report" : "snp_report");
    const auto& fields = one["fields"];
    for (const char* name : {"guest_svn", "vmpl", "family_id", "image_id", "current_tcb", "reported_tcb",
                             "committed_tcb", "launch_tcb", "measurement", "host_data", "id_key_digest",
                             "author_key_digest", "report_id", "report_id_ma", "chip_id", "report_data"}) {
      EXPECT_EQ(document["claims"][name], Json(fields[name])) << name;
      ++compared;
    }
    if (fields.contains("current_version")) {
      EXPECT_EQ(document["firmware_version"]["current"], Json(fields["current_version"]));
    }
    if (one.contains("hcl")) {
      EXPECT_EQ(document["runtime_data"]["sha256"], Json(one["hcl"]["sha256_of_runtime_claims"]));
    }
    if (one.contains("certificate_table")) {
      for (const char* name : {"vcek", "ask", "ark"}) {
        EXPECT_TRUE(document["certificate_table"][name].contains("sha256")) << name;
      }
    }
    EXPECT_EQ(document.dump().find("\"error\""), std::string::npos);
  }
  EXPECT_EQ(compared, 16U * 16U);
}

TEST(InspectVectors, EveryDocumentIsRecognised) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const std::map<std::string, std::string> kinds = {{"collateral-bundle", "dcap_collateral"},
                                                    {"crl-der", "crl"},
                                                    {"pcs-header-issuer-chain-urlencoded", "certificates"},
                                                    {"qe-identity-v2-api-response", "qe_identity"},
                                                    {"tcb-info-v3-api-response", "tcb_info"},
                                                    {"quote-v3-sgx", "sgx_quote"},
                                                    {"quote-v3-sgx-hex", "sgx_quote"},
                                                    {"quote-v4-tdx", "tdx_quote"},
                                                    {"quote-v4-tdx-hex", "tdx_quote"},
                                                    {"quote-v5-tdx15", "tdx_quote"},
                                                    {"root-certificate-der", "certificates"},
                                                    {"intermediate-certificate-der", "certificates"},
                                                    {"tcb-signing-certificate-der", "certificates"},
                                                    {"pck-chain-pem-synthetic", "certificates"}};
  std::size_t recognised = 0;
  const auto& manifest = test::vector_manifest("tdx/manifest.json");
  for (const auto& file : manifest["files"]) {
    const auto kind = kinds.find(file["kind"].get<std::string>());
    if (kind == kinds.end()) {
      continue;
    }
    SCOPED_TRACE(file["file"].get<std::string>());
    const Json document = inspected(test::read_vector("tdx/" + file["file"].get<std::string>()));
    EXPECT_EQ(document["kind"], kind->second);
    EXPECT_EQ(document.dump().find("\"error\""), std::string::npos) << document.dump(1);
    ++recognised;
  }
  EXPECT_GE(recognised, 36U);
}

}  // namespace
}  // namespace tenzro::tee
