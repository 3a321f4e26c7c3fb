// SPDX-License-Identifier: Apache-2.0
// Simulated collateral: signed as Intel's is, and saying what was asked for.
#include <gtest/gtest.h>

#include <algorithm>

#include "collateral/bundle.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/vectors.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::simulated {
namespace {

using std::chrono::days;
using test::kJudged;

const CollateralDocument& of_kind(const std::vector<CollateralDocument>& documents, CollateralKind kind) {
  return *std::ranges::find(documents, kind, &CollateralDocument::kind);
}

TEST(SimulatedCollateral, IsSignedByTheTcbSigner) {
  const TdxEvidenceMaker maker;
  const auto documents = maker.collateral(tdx_quote_spec(), {.issued = kJudged});
  const auto key =
      crypto::EcPublicKey::from_point(crypto::Curve::p256, public_point(maker.hierarchy().tcb_signer().key.get()));
  const auto info = intel::parse_tcb_info(of_kind(documents, CollateralKind::tcb_info).body);
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_TRUE(key->verify(crypto::Hash::sha256, info->signed_bytes, info->signature));
  const auto identity = intel::parse_qe_identity(of_kind(documents, CollateralKind::qe_identity).body);
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_TRUE(key->verify(crypto::Hash::sha256, identity->signed_bytes, identity->signature));
}

TEST(SimulatedCollateral, CallsTheQuotesOwnSvnsUpToDateAndOneBelowOutOfDate) {
  const QuoteSpec quote = tdx_quote_spec();
  const auto documents = TdxEvidenceMaker().collateral(quote, {.issued = kJudged, .evaluation_data_number = 21});
  const auto info = intel::parse_tcb_info(of_kind(documents, CollateralKind::tcb_info).body);
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_TRUE(info->tdx);
  EXPECT_EQ(info->fmspc, quote.pck.fmspc);
  EXPECT_EQ(info->pce_id, quote.pck.pce_id);
  EXPECT_EQ(info->issue_date, kJudged);
  EXPECT_EQ(info->next_update, kJudged + days(30));
  EXPECT_EQ(info->evaluation_data_number, 21U);
  ASSERT_EQ(info->levels.size(), 2U);
  EXPECT_EQ(info->levels[0].status, TcbStatus::up_to_date);
  EXPECT_EQ(info->levels[0].sgx_components, quote.pck.tcb_components);
  EXPECT_EQ(info->levels[0].pce_svn, quote.pck.pce_svn);
  EXPECT_TRUE(info->levels[0].advisory_ids.empty());
  EXPECT_EQ(info->levels[1].status, TcbStatus::out_of_date);
  EXPECT_EQ(info->levels[1].pce_svn, quote.pck.pce_svn - 1);
  EXPECT_EQ(info->levels[1].advisory_ids, std::vector<std::string>{"INTEL-SA-00001"});
  ASSERT_EQ(info->tdx_module_identities.size(), 1U);
  EXPECT_EQ(info->tdx_module_identities[0].version, 1);
  EXPECT_EQ(info->tdx_module_identities[0].levels.front().isv_svn, 5);
  EXPECT_EQ(info->tdx_module_identities[0].levels.back().status, TcbStatus::out_of_date);
}

TEST(SimulatedCollateral, IdentityFitsTheDefaultQuotingEnclaves) {
  for (const QuoteSpec& quote : {tdx_quote_spec(), sgx_quote_spec()}) {
    const auto documents = TdxEvidenceMaker().collateral(quote, {.issued = kJudged});
    const auto identity = intel::parse_qe_identity(of_kind(documents, CollateralKind::qe_identity).body);
    ASSERT_TRUE(identity) << identity.error().message();
    EXPECT_EQ(identity->id, quote.version == 3 ? "QE" : "TD_QE");
    EXPECT_EQ(identity->mr_signer, quote.qe.mr_signer);
    EXPECT_EQ(identity->isv_prod_id, quote.qe.isv_prod_id);
    EXPECT_EQ(identity->levels.front().isv_svn, quote.qe.isv_svn);
    for (std::size_t i = 0; i < identity->attributes.size(); ++i) {
      EXPECT_EQ(quote.qe.attributes[i] & identity->attributes_mask[i], identity->attributes[i]);
    }
  }
}

TEST(SimulatedCollateral, DoesNotFollowAnotherQuotingEnclave) {
  QuoteSpec quote = tdx_quote_spec();
  quote.qe.mr_signer.fill(0xee);
  quote.qe.isv_prod_id = 1;
  EXPECT_EQ(qe_identity_json(quote, {.issued = kJudged}), qe_identity_json(tdx_quote_spec(), {.issued = kJudged}));
}

TEST(SimulatedCollateral, SgxInfoKnowsNothingOfTdx) {
  const auto documents = TdxEvidenceMaker().collateral(sgx_quote_spec(), {.issued = kJudged});
  const auto info = intel::parse_tcb_info(of_kind(documents, CollateralKind::tcb_info).body);
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_FALSE(info->tdx);
  EXPECT_FALSE(info->tdx_module);
  EXPECT_TRUE(info->tdx_module_identities.empty());
}

TEST(SimulatedCollateral, SaysEveryStatusThatItIsAskedFor) {
  for (const auto& [word, status] :
       {std::pair<const char*, TcbStatus>{"UpToDate", TcbStatus::up_to_date},
        {"SWHardeningNeeded", TcbStatus::sw_hardening_needed},
        {"ConfigurationNeeded", TcbStatus::configuration_needed},
        {"ConfigurationAndSWHardeningNeeded", TcbStatus::configuration_and_sw_hardening_needed},
        {"OutOfDate", TcbStatus::out_of_date},
        {"OutOfDateConfigurationNeeded", TcbStatus::out_of_date_configuration_needed},
        {"Revoked", TcbStatus::revoked}}) {
    CollateralSpec spec{.issued = kJudged};
    spec.tcb_status = word;
    spec.advisory_ids = {"INTEL-SA-00002", "INTEL-SA-00003"};
    const auto documents = TdxEvidenceMaker().collateral(tdx_quote_spec(), spec);
    const auto info = intel::parse_tcb_info(of_kind(documents, CollateralKind::tcb_info).body);
    ASSERT_TRUE(info) << info.error().message();
    EXPECT_EQ(info->levels.front().status, status);
    EXPECT_EQ(info->levels.front().advisory_ids, spec.advisory_ids);
  }
}

TEST(SimulatedCollateral, SignsAReplacedTextAsItStands) {
  CollateralSpec spec{.issued = kJudged};
  spec.tcb_info = "{ \"id\" : \"nonsense\" }";
  const auto documents = TdxEvidenceMaker().collateral(tdx_quote_spec(), spec);
  const Bytes& body = of_kind(documents, CollateralKind::tcb_info).body;
  const std::string text(body.begin(), body.end());
  EXPECT_TRUE(text.starts_with("{\"tcbInfo\":{ \"id\" : \"nonsense\" },\"signature\":\"")) << text;
}

TEST(SimulatedCollateral, RevocationListsAreThoseOfTheRootAndTheIssuingCa) {
  const TdxEvidenceMaker maker;
  for (const QuoteSpec& quote : {tdx_quote_spec(), sgx_quote_spec()}) {
    const auto documents = maker.collateral(quote, {.issued = kJudged});
    const Bytes& root_crl = of_kind(documents, CollateralKind::root_crl).body;
    const Bytes& pck_crl = of_kind(documents, CollateralKind::pck_crl).body;
    EXPECT_EQ(test::path_verdict(maker.hierarchy().root().certificate,
                                 {maker.hierarchy().pck_ca(quote.platform_ca).certificate},
                                 maker.pck_certificate(quote), kJudged, {root_crl, pck_crl}),
              X509_V_OK);
    const auto parsed = x509::RevocationList::parse(pck_crl);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ((*parsed)->this_update(), kJudged);
    EXPECT_EQ((*parsed)->next_update(), kJudged + days(30));
  }
}

TEST(SimulatedCollateral, KeepsDatesThatACallerGivesItsLists) {
  CollateralSpec spec{.issued = kJudged};
  spec.root_crl.next_update = kJudged + days(2);
  spec.pck_crl.this_update = kJudged - days(9);
  const auto documents = TdxEvidenceMaker().collateral(tdx_quote_spec(), spec);
  const auto root_crl = x509::RevocationList::parse(of_kind(documents, CollateralKind::root_crl).body);
  const auto pck_crl = x509::RevocationList::parse(of_kind(documents, CollateralKind::pck_crl).body);
  ASSERT_TRUE(root_crl && pck_crl);
  EXPECT_EQ((*root_crl)->this_update(), kJudged);
  EXPECT_EQ((*root_crl)->next_update(), kJudged + days(2));
  EXPECT_EQ((*pck_crl)->this_update(), kJudged - days(9));
  EXPECT_FALSE((*pck_crl)->next_update());
}

TEST(SimulatedCollateral, HasMembersInTheOrderOfIntels) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "compares with genuine documents";
  }
  const auto names = [](std::string_view text) {
    const auto object = nlohmann::ordered_json::parse(text);
    std::vector<std::string> out;
    for (const auto& member : object.items()) {
      out.push_back(member.key());
    }
    return out;
  };
  const auto genuine = [](const std::string& path, const char* member) {
    const Bytes text = test::read_vector(path);
    return nlohmann::ordered_json::parse(text.begin(), text.end())[member].dump();
  };
  EXPECT_EQ(names(tcb_info_json(tdx_quote_spec(), {.issued = kJudged})),
            names(genuine("tdx/collateral/tcb_tdx_90c06f_2025-06.json", "tcbInfo")));
  EXPECT_EQ(names(tcb_info_json(sgx_quote_spec(), {.issued = kJudged})),
            names(genuine("tdx/collateral/tcb_sgx_00606a_2025-08.json", "tcbInfo")));
  EXPECT_EQ(names(qe_identity_json(tdx_quote_spec(), {.issued = kJudged})),
            names(genuine("tdx/collateral/qe_td_2025-10.json", "enclaveIdentity")));
}

}  // namespace
}  // namespace tenzro::tee::simulated
