// SPDX-License-Identifier: Apache-2.0
// OCSP responses, shown in every form that they come in.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/pem.hpp"
#include "made/ocsp_pki.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

Json inspected(ByteView input) {
  const auto result = inspect(input);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message());
  EXPECT_EQ(result ? result->kind : "", "ocsp");
  return result ? Json::parse(result->json) : Json();
}

TEST(InspectOcsp, ShowsWhatItSaysOfWhom) {
  const test::OcspPki pki;
  test::MadeOcsp spec = pki.by_responder();
  spec.answers[0].status = V_OCSP_CERTSTATUS_REVOKED;
  spec.answers[0].reason = 6;
  spec.extensions = {test::ocsp_nonce(Bytes(32, 0x5a))};
  const Bytes der = test::made_ocsp_response(spec);
  const Json shown = inspected(der);
  EXPECT_EQ(shown["verified"], false);
  EXPECT_EQ(shown["response_status"], "successful");
  EXPECT_EQ(shown["responder"], "responder");
  EXPECT_EQ(shown["produced_at"], to_rfc3339(test::kStart));
  EXPECT_EQ(shown["nonce"], to_hex(Bytes(32, 0x5a)));
  ASSERT_EQ(shown["answers"].size(), 1U);
  EXPECT_EQ(shown["answers"][0]["serial"], "33");
  EXPECT_EQ(shown["answers"][0]["id_hash"], "sha384");
  EXPECT_EQ(shown["answers"][0]["status"], "revoked");
  EXPECT_EQ(shown["answers"][0]["reason"], "certificateHold");
  EXPECT_EQ(shown["answers"][0]["next_update"], to_rfc3339(test::kEnd));
  ASSERT_EQ(shown["certificates"].size(), 1U);
  EXPECT_NE(shown["certificates"][0]["subject"].get<std::string>().find("responder"), std::string::npos);
  for (const std::string& text : {to_hex(der), to_base64(der), pem::encode("OCSP RESPONSE", der)}) {
    EXPECT_EQ(inspected(test::view(text)), shown);
  }
}

TEST(InspectOcsp, ShowsARefusal) {
  EXPECT_EQ(inspected(test::made_ocsp_refusal(OCSP_RESPONSE_STATUS_UNAUTHORIZED))["response_status"], "unauthorized");
}

}  // namespace
}  // namespace tenzro::tee
