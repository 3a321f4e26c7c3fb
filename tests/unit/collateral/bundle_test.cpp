// SPDX-License-Identifier: Apache-2.0
#include "collateral/bundle.hpp"

#include <gtest/gtest.h>

#include "made_documents.hpp"

namespace tenzro::tee::collateral {
namespace {

using test::Json;

Json root_crl_entry() { return {{"kind", "root_crl"}, {"body", to_base64(test::kRootCrl)}}; }
Json bundle(const Json& entry) { return {{"format", "tenzro-collateral/1"}, {"documents", Json::array({entry})}}; }

void expect_refused(const Json& value, std::string_view part) {
  const std::string text = value.dump();
  const auto contents = parse_bundle(test::view(text), "b.json");
  ASSERT_FALSE(contents.has_value()) << part;
  EXPECT_EQ(contents.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(contents.error().message().find(part), std::string::npos) << contents.error().message();
}
void expect_refused_with(const char* member, const Json& value, std::string_view part) {
  Json entry = root_crl_entry();
  entry[member] = value;
  expect_refused(bundle(entry), part);
}

TEST(CollateralBundle, RejectsOtherFormats) {
  expect_refused(Json::array(), "bundle: expected an object");
  expect_refused(Json::object(), "bundle: expected a member \"format\"");
  Json other = bundle(root_crl_entry());
  other["format"] = "tenzro-collateral/2";
  expect_refused(other, "bundle.format: expected \"tenzro-collateral/1\"");
  other = bundle(root_crl_entry());
  other["note"] = 1;
  expect_refused(other, "bundle: unknown member \"note\"");
  other = bundle(root_crl_entry());
  other.erase("documents");
  expect_refused(other, "bundle: expected a member \"documents\"");
}

TEST(CollateralBundle, RejectsUnknownKindsAndMembers) {
  for (const char* kind : {"", "unknown", "tcbInfo", "rims", "nitrocrl"}) {
    expect_refused_with("kind", kind, "bundle.documents[0].kind: expected tcb_info");
  }
  expect_refused_with("kind", 1, "bundle.documents[0].kind");
  expect_refused_with("expires", "2026-11-22T07:00:00Z", "bundle.documents[0]: unknown member \"expires\"");
  expect_refused(bundle(Json("x")), "bundle.documents[0]: expected an object");
}

TEST(CollateralBundle, RejectsBodiesThatAreNotOfTheirKind) {
  expect_refused_with("body", to_base64(test::certificate(1)),
                      "bundle.documents[0].body: expected a DER revocation list");
  expect_refused_with("body", "", "bundle.documents[0].body");
  expect_refused(bundle({{"kind", "amd_chain"}, {"body", to_base64(test::kRootCrl)}}),
                 "bundle.documents[0].body: expected a DER certificate");
  expect_refused(bundle({{"kind", "ocsp"}, {"body", to_base64(test::certificate(1))}}),
                 "bundle.documents[0].body: expected a DER OCSP response");
  expect_refused_with("body", to_base64(Bytes(kMaxCollateralDocument + 1)),
                      "bundle.documents[0].body: expected base64 of at most 4194304 bytes");
  for (const char* kind :
       {"tcb_info", "qe_identity", "root_crl", "pck_crl", "amd_chain", "amd_crl", "nitro_crl", "rim", "ocsp", "jwks"}) {
    expect_refused(bundle({{"kind", kind}, {"body", ""}}),
                   "bundle.documents[0].body: expected base64 of at least one byte");
  }
  expect_refused_with("body", to_base64(test::kRootCrl) + "\n", "bundle.documents[0].body: base64");
  const std::string identity = test::response("enclaveIdentity", test::qe_identity());
  expect_refused(bundle({{"kind", "tcb_info"}, {"body", to_base64(test::view(identity))}}), "tcbInfo");
  expect_refused(bundle({{"kind", "qe_identity"}, {"body", to_base64(test::view("{"))}}), "bundle.documents[0].body");
  expect_refused(bundle({{"kind", "jwks"}, {"body", to_base64(test::view(R"({"keys":{}})"))}}),
                 "bundle.documents[0].body: key set.keys: expected an array");
  expect_refused(bundle({{"kind", "rim"}, {"body", to_base64(test::view("<r/>"))}}), "no SoftwareIdentity");
  expect_refused(bundle({{"kind", "rim"}, {"body", to_base64(test::kRootCrl)}}), "bundle.documents[0].body");
}

TEST(CollateralBundle, RejectsChainsAndTimesThatAreNone) {
  expect_refused_with("issuer_chain", "MAA=", "bundle.documents[0].issuer_chain");
  expect_refused_with("issuer_chain", Json::array({"MAA="}), "bundle.documents[0].issuer_chain[0]: expected a DER");
  expect_refused_with("issuer_chain", Json::array({1}), "bundle.documents[0].issuer_chain[0]");
  expect_refused_with("issuer_chain", Json::array({""}), "bundle.documents[0].issuer_chain[0]");
  expect_refused_with("issuer_chain", Json(std::vector<std::string>(9, to_base64(test::certificate(1)))),
                      "bundle.documents[0].issuer_chain");
  expect_refused_with("fetched_at", "now", "bundle.documents[0].fetched_at");
  expect_refused_with("source", 1, "bundle.documents[0].source");
}

TEST(CollateralBundle, ComesBackAsItWasWritten) {
  const std::string info = test::response("tcbInfo", test::tcb_info());
  CollateralDocument first;
  first.kind = CollateralKind::tcb_info;
  first.body.assign(info.begin(), info.end());
  first.issuer_chain = {test::certificate(1), test::certificate(2)};
  first.source = "https://example.com/tcb?fmspc=\xff";
  CollateralDocument second;
  second.kind = CollateralKind::pck_crl;
  second.body = test::kPckCrl;
  const std::string text = bundle_to_json({first, second});
  const auto contents = parse_bundle(test::view(text), "");
  ASSERT_TRUE(contents.has_value()) << contents.error().message();
  EXPECT_EQ(contents->form, "collateral_bundle");
  ASSERT_EQ(contents->documents.size(), 2U);
  EXPECT_EQ(contents->documents[0].kind, first.kind);
  EXPECT_EQ(contents->documents[0].body, first.body);
  EXPECT_EQ(contents->documents[0].issuer_chain, first.issuer_chain);
  EXPECT_EQ(contents->documents[0].source, "https://example.com/tcb?fmspc=\xef\xbf\xbd");
  EXPECT_FALSE(contents->documents[0].from_dcap_json);
  EXPECT_EQ(contents->documents[1].body, second.body);
  EXPECT_TRUE(contents->documents[1].source.empty());
  // As a file among others it is recognised by its format.
  const auto sniffed = read_contents(test::view(text), "b.json");
  ASSERT_TRUE(sniffed.has_value());
  EXPECT_EQ(sniffed->form, "collateral_bundle");
  EXPECT_EQ(sniffed->documents[1].source, "b.json");
}

TEST(CollateralBundle, MayBeEmptyOrCarryATime) {
  const auto empty = parse_bundle(test::view(bundle_to_json({})), "");
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE(empty->documents.empty());
  Json entry = root_crl_entry();
  entry["fetched_at"] = "2026-11-22T07:00:00Z";
  EXPECT_TRUE(parse_bundle(test::view(bundle(entry).dump()), "").has_value());
}

}  // namespace
}  // namespace tenzro::tee::collateral
