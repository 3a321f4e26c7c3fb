// SPDX-License-Identifier: Apache-2.0
// What inspect shows of Nitro documents.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "made/document.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;
using test::MadeDocument;

Json shown(const Bytes& input) {
  const auto inspection = inspect(input);
  EXPECT_TRUE(inspection.has_value()) << (inspection ? "" : inspection.error().message());
  return inspection ? Json::parse(inspection->json) : Json();
}

TEST(InspectNitro, NamesTheKindByThePcrs) {
  MadeDocument made;
  EXPECT_EQ(shown(made.bytes())["kind"], "nitro_document");
  made.without("pcrs").set("nitrotpm_pcrs", test::cbor_map(MadeDocument::pcrs_of(24)));
  const Json tpm = shown(made.bytes());
  EXPECT_EQ(tpm["kind"], "nitrotpm_document");
  EXPECT_EQ(tpm["claims"]["nitrotpm_pcrs"].size(), 24U);
  EXPECT_EQ(tpm["pcrs_set"][0], "PCR0") << "an enclave's names would be wrong here";
}

TEST(InspectNitro, ShowsClaimsAsVerdictsDo) {
  MadeDocument made;
  made.set("user_data", test::cbor_bytes({0xab})).set("nonce", test::cbor_bytes({}));
  made.set("later", test::cbor_unsigned(1));
  auto pcrs = MadeDocument::pcrs_of(9);
  pcrs[3].second = test::cbor_bytes(Bytes(48));
  made.set("pcrs", test::cbor_map(pcrs));
  const Json document = shown(made.bytes());
  EXPECT_EQ(document["verified"], false);
  const Json& claims = document["claims"];
  EXPECT_EQ(claims["timestamp"], "2025-12-25T13:15:37.578Z");
  EXPECT_EQ(claims["pcrs"]["1"], to_hex(Bytes(48, 0x12)));
  EXPECT_EQ(claims["user_data"], "ab");
  EXPECT_EQ(claims["nonce"], "");
  EXPECT_TRUE(claims["public_key"].is_null());
  EXPECT_EQ(document["unknown_fields"], 1);
  const std::vector<std::string> set = {"PCR0 (image)",
                                        "PCR1 (kernel and boot ramdisk)",
                                        "PCR2 (application)",
                                        "PCR4 (id of the parent instance)",
                                        "PCR5",
                                        "PCR6",
                                        "PCR7",
                                        "PCR8 (signer of the image)"};
  EXPECT_EQ(document["pcrs_set"].get<std::vector<std::string>>(), set) << "PCR3 is zero";
}

TEST(InspectNitro, ShowsTheLeafFirstAndWhatCannotBeRead) {
  const Json document = shown(MadeDocument().bytes());
  ASSERT_EQ(document["certificates"].size(), 3U);
  for (const auto& [index, size] : {std::pair<std::size_t, int>{0, 3}, {1, 2}, {2, 1}}) {
    EXPECT_EQ(document["certificates"][index]["size"], size) << "the bundle turned round";
    EXPECT_TRUE(document["certificates"][index].contains("error"));
  }
}

TEST(InspectNitro, RefusesWhatIsMalformed) {
  Bytes document = MadeDocument().bytes();
  document.pop_back();
  const auto inspection = inspect(document);
  ASSERT_FALSE(inspection.has_value());
  EXPECT_EQ(inspection.error().code(), ErrorCode::malformed_input);
}

}  // namespace
}  // namespace tenzro::tee
