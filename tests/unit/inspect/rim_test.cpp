// SPDX-License-Identifier: Apache-2.0
// What inspect shows of reference manifests.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "made/rim_signer.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

TEST(InspectRim, ShowsWhatItIsForAndWhoSignedIt) {
  const test::MadeRimSigner signer = std::move(test::MadeRimSigner().make());
  const std::string xml = signer.signing().text();
  const std::string base64 = to_base64(test::view(xml));
  const std::string answer = Json{{"id", "NV_GPU_DRIVER_GH100_550.90.07"},
                                  {"rim", base64},
                                  {"sha256", to_hex(crypto::sha256(test::view(xml)))},
                                  {"rim_format", "TCG"}}
                                 .dump();
  for (const std::string& input : {xml, base64, answer}) {
    const auto inspection = inspect(test::view(input));
    ASSERT_TRUE(inspection.has_value()) << inspection.error().message();
    EXPECT_EQ(inspection->kind, "rim");
    const Json shown = Json::parse(inspection->json);
    EXPECT_EQ(shown["kind"], "rim");
    EXPECT_EQ(shown["verified"], false);
    EXPECT_EQ(shown["sha256"], to_hex(crypto::sha256(test::view(xml))));
    EXPECT_EQ(shown["product"], "GH100");
    EXPECT_EQ(shown["edition"], "GPU");
    EXPECT_EQ(shown["version"], "550.90.07");
    EXPECT_EQ(shown["active_count"], 1);
    EXPECT_EQ(shown["active"][0]["index"], 1);
    EXPECT_EQ(shown["active"][0]["alternatives"][1], to_hex(Bytes(48, 0x12)));
    ASSERT_EQ(shown["certificates"].size(), 4U);
    EXPECT_EQ(shown["certificates"][0]["subject"], "O=NVIDIA Corporation,CN=HCC RIM L4 Signer");
  }
}

TEST(InspectRim, SaysWhatIsWrongWithOneThatCannotBeRead) {
  const auto inspection = inspect(test::view("<SoftwareIdentity/>"));
  ASSERT_FALSE(inspection.has_value());
  EXPECT_EQ(inspection.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(inspection.error().message().find("reference manifest: "), std::string::npos);
}

}  // namespace
}  // namespace tenzro::tee
