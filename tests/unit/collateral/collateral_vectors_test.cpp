// SPDX-License-Identifier: Apache-2.0
// Every real collateral file, against what its manifest says of it.
#include <gtest/gtest.h>

#include <map>

#include "collateral/bundle.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "core/text.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::collateral {
namespace {

using nlohmann::json;

Contents read(const std::string& file) {
  auto contents = read_contents(test::read_vector("tdx/" + file), file);
  EXPECT_TRUE(contents.has_value()) << contents.error().message();
  return contents ? *std::move(contents) : Contents();
}
std::string text(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

void expect_tcb_info(const json& entry, const CollateralDocument& document) {
  const auto info = intel::parse_tcb_info(document.body);
  ASSERT_TRUE(info.has_value()) << info.error().message();
  EXPECT_EQ(info->tdx, entry.at("tee") == "TDX");
  EXPECT_EQ(entry.at("fmspc"), to_hex(info->fmspc));
  EXPECT_EQ(entry.at("issue_date"), to_rfc3339(info->issue_date));
  EXPECT_EQ(entry.at("next_update"), to_rfc3339(info->next_update));
  EXPECT_EQ(entry.at("tcb_evaluation_data_number"), info->evaluation_data_number);
  EXPECT_EQ(info->tdx, info->tdx_module.has_value());
  EXPECT_FALSE(info->levels.empty());
  const std::string served =
      concat("{\"tcbInfo\":", text(info->signed_bytes), ",\"signature\":\"", to_hex(info->signature), "\"}");
  EXPECT_TRUE(text(document.body).starts_with(served)) << "Intel serves these two members and nothing else";
}
void expect_qe_identity(const json& entry, const CollateralDocument& document) {
  const auto identity = intel::parse_qe_identity(document.body);
  ASSERT_TRUE(identity.has_value()) << identity.error().message();
  EXPECT_EQ(entry.at("id"), identity->id);
  EXPECT_EQ(entry.at("issue_date"), to_rfc3339(identity->issue_date));
  EXPECT_EQ(entry.at("next_update"), to_rfc3339(identity->next_update));
  EXPECT_EQ(entry.at("tcb_evaluation_data_number"), identity->evaluation_data_number);
  EXPECT_EQ(to_hex(identity->misc_select_mask), "ffffffff");
  EXPECT_EQ(identity->isv_prod_id, identity->id == "TD_QE" ? 2 : 1);
}

TEST(CollateralVectors, AreReadAsTheirManifestSays) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const auto& manifest = test::vector_manifest("tdx/manifest.json");
  std::map<std::string, int> seen;
  for (const json& entry : manifest.at("files")) {
    const auto kind = entry.at("kind").get<std::string>();
    const auto file = entry.at("file").get<std::string>();
    SCOPED_TRACE(file);
    ++seen[kind];
    if (kind == "collateral-bundle") {
      const Contents contents = read(file);
      EXPECT_EQ(contents.form, "dcap_collateral");
      ASSERT_EQ(contents.documents.size(), 4U);
      const auto quoted = test::read_vector_json("tdx/" + file);
      const auto info = intel::parse_tcb_info(contents.documents[0].body);
      ASSERT_TRUE(info.has_value()) << info.error().message();
      EXPECT_EQ(text(info->signed_bytes), quoted.at("tcb_info").get<std::string>());
      expect_tcb_info(entry, contents.documents[0]);
      const auto identity = intel::parse_qe_identity(contents.documents[1].body);
      ASSERT_TRUE(identity.has_value()) << identity.error().message();
      EXPECT_EQ(text(identity->signed_bytes), quoted.at("qe_identity").get<std::string>());
      EXPECT_EQ(identity->id, info->tdx ? "TD_QE" : "QE");
      EXPECT_EQ(contents.documents[0].issuer_chain.size(), 2U);
      EXPECT_EQ(contents.documents[1].issuer_chain.size(), 2U);
      EXPECT_EQ(contents.documents[2].kind, CollateralKind::root_crl);
      EXPECT_EQ(contents.documents[3].kind, CollateralKind::pck_crl);
    } else if (kind == "tcb-info-v3-api-response") {
      const Contents contents = read(file);
      ASSERT_EQ(contents.form, "tcb_info");
      expect_tcb_info(entry, contents.documents.at(0));
    } else if (kind == "qe-identity-v2-api-response") {
      const Contents contents = read(file);
      ASSERT_EQ(contents.form, "qe_identity");
      expect_qe_identity(entry, contents.documents.at(0));
    } else if (kind == "crl-der") {
      const Contents contents = read(file);
      ASSERT_EQ(contents.form, "crl");
      EXPECT_EQ(contents.documents.at(0).kind,
                entry.at("issuer_cn") == "Intel SGX Root CA" ? CollateralKind::root_crl : CollateralKind::pck_crl);
    } else if (kind == "pcs-header-issuer-chain-urlencoded" || kind == "pck-chain-pem-synthetic") {
      EXPECT_EQ(read(file).certificates.size(), 2U);
    } else if (kind.ends_with("-certificate-der") || kind == "pck-certificate-pem-synthetic") {
      EXPECT_EQ(read(file).certificates.size(), 1U);
    } else if (kind == "tcb-evaluation-data-numbers" || kind == "pcs-response-with-issuer-chain") {
      EXPECT_FALSE(read_contents(test::read_vector("tdx/" + file), file).has_value()) << "not a form of collateral";
    }
  }
  EXPECT_EQ(seen["collateral-bundle"], 3);
  EXPECT_EQ(seen["tcb-info-v3-api-response"], 6);
  EXPECT_EQ(seen["qe-identity-v2-api-response"], 5);
  EXPECT_EQ(seen["crl-der"], 6);
}

TEST(CollateralVectors, ReadsTheMembersOfRecordedServiceAnswers) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const json tcb = test::read_vector_json("tdx/collateral/pcs_tdx_tcb_00806f05_2025-05.json");
  const auto info = read_contents(test::view(tcb.at("tcb_info_json").get<std::string>()), "answer");
  ASSERT_TRUE(info.has_value()) << info.error().message();
  EXPECT_TRUE(intel::parse_tcb_info(info->documents.at(0).body).has_value());
  const auto chain = read_contents(test::view(tcb.at("issuer_chain").get<std::string>()), "chain");
  ASSERT_TRUE(chain.has_value()) << chain.error().message();
  EXPECT_EQ(chain->certificates.size(), 2U);
  const json crl = test::read_vector_json("tdx/collateral/pcs_pckcrl_processor_der_2025-05.json");
  const auto list = read_contents(test::view(crl.at("crl_data_base64").get<std::string>()), "list");
  ASSERT_TRUE(list.has_value()) << list.error().message();
  EXPECT_EQ(list->documents.at(0).kind, CollateralKind::pck_crl);
}

TEST(CollateralVectors, AreOfferedFromTheirFolder) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const auto source = offline_collateral({test::vectors_dir() / "tdx" / "collateral"});
  ASSERT_TRUE(source.has_value()) << source.error().message();
  CollateralRequest request;
  const std::map<CollateralKind, std::size_t> expected = {{CollateralKind::tcb_info, 9},
                                                          {CollateralKind::qe_identity, 8},
                                                          {CollateralKind::root_crl, 5},
                                                          {CollateralKind::pck_crl, 7}};
  for (const auto& [kind, count] : expected) {
    request.kind = kind;
    const auto found = (*source)->find(request);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->size(), count) << to_string(kind);
  }
  EXPECT_EQ((*source)->warnings().size(), 3U) << "two recorded answers and the evaluation data numbers";
  EXPECT_FALSE((*source)->loose_certificates().empty());
}

}  // namespace
}  // namespace tenzro::tee::collateral
