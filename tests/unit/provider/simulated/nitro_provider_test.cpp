// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/nitro/claims.hpp"
#include "evidence/nitro/document.hpp"
#include "made_provider.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "provider/simulated/platform_providers.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::hex_of;
using test::user_data;

NitroClaims claims_of(const AttestationReport& report) {
  const auto document = nitro::parse_document(report.evidence);
  EXPECT_TRUE(document);
  return nitro::nitro_claims(*document);
}
NitroClaims with(const SimulatedClaims& claims) { return claims_of(test::report_of(Platform::aws_nitro, claims)); }

TEST(NitroImitation, IsAnEnclaveOfToday) {
  test::expect_imitation(Platform::aws_nitro, "AWS Nitro Enclave (simulated)");
  const NitroClaims claims = with({});
  EXPECT_EQ(claims.pcrs, NitroDocumentSpec::default_pcrs());
  EXPECT_EQ(claims.digest, "SHA384");
  EXPECT_EQ(claims.timestamp.time_since_epoch(), std::chrono::seconds{1'790'000'000});
  EXPECT_FALSE(claims.debug);
}

TEST(NitroImitation, IsAcceptedWithPermission) {
  for (const SimulatedClaims& claims : {SimulatedClaims{}, {{"pcr0", hex_of(48, 1)}, {"pcr31", hex_of(48, 2)}}}) {
    test::expect_accepted_with_permission(test::report_of(Platform::aws_nitro, claims), test::bound_to_user_data(),
                                          test::bound_to_other_data());
  }
  const auto nonce = test::nonce_of_size(1024);
  test::expect_accepted_with_permission(test::report_of(Platform::aws_nitro, {}, {nonce}),
                                        VerifyOptions::bound_to_nonce(nonce),
                                        VerifyOptions::bound_to_nonce(test::nonce_of_size(1023)));
}

TEST(NitroImitation, SaysWhatItIsToldToSay) {
  std::size_t said = 0;
  for (unsigned index = 0; index < 32; ++index) {
    const auto byte = static_cast<std::uint8_t>(index + 1);
    const NitroClaims claims = with({{"pcr" + std::to_string(index), hex_of(48, byte)}});
    auto expected = NitroDocumentSpec::default_pcrs();
    expected[index] = Bytes(48, byte);
    EXPECT_EQ(claims.pcrs, expected) << index;
    ++said;
  }
  EXPECT_EQ(with({{"module_id", "i-00000000000000001-enc1"}}).module_id, "i-00000000000000001-enc1");
  ++said;
  EXPECT_EQ(said, nitro_claim_names().size()) << "every claim that is taken";
}

TEST(NitroImitation, IsInDebugModeWhereItsImageMeasuresNothing) {
  const AttestationReport report =
      test::report_of(Platform::aws_nitro, {{"pcr0", hex_of(48, 0)}, {"pcr1", hex_of(48, 0)}, {"pcr2", hex_of(48, 0)}});
  EXPECT_TRUE(claims_of(report).debug);
  EXPECT_FALSE(test::judge(report, test::bound_to_user_data()).valid());
}

TEST(NitroImitation, RefusesClaimsOfWrongForm) {
  const auto refused = [](const std::string& name, const std::string& value) {
    test::expect_claims_refused(Platform::aws_nitro, {{name, value}}, name);
  };
  for (const std::size_t size : {0U, 32U, 47U, 49U}) {
    refused("pcr0", hex_of(size, 1));
  }
  for (const auto* const name : {"pcr32", "pcr", "pcr00", "PCR0", "mr_td", "user_data"}) {
    refused(name, hex_of(48, 1));
  }
  for (const std::string& id : {std::string(), std::string(257, 'i'), std::string("a\nb"), std::string("\xff")}) {
    refused("module_id", id);
  }
}

TEST(NitroImitation, SignsTheThreeFields) {
  const auto nonce = test::nonce_of_size(17);
  const AttestationReport report =
      test::report_of(Platform::aws_nitro, {}, test::with_public_key({user_data(), nonce}, 1024));
  const auto document = nitro::parse_document(report.evidence);
  ASSERT_TRUE(document);
  EXPECT_TRUE(std::ranges::equal(*document->user_data, user_data().bytes()));
  EXPECT_TRUE(std::ranges::equal(*document->nonce, nonce.bytes()));
  EXPECT_EQ(document->public_key->size(), 1024U);
  EXPECT_EQ(report.report_data_hex, to_hex(user_data().bytes()));
  EXPECT_EQ(report.signature_hex, to_hex(document->envelope.signature));

  const AttestationReport bare = test::report_of(Platform::aws_nitro, {}, {nonce});
  const auto other = nitro::parse_document(bare.evidence);
  ASSERT_TRUE(other);
  EXPECT_TRUE(!other->user_data && other->nonce && !other->public_key);
}

TEST(NitroImitation, RefusesWhatAnEnclaveDoesNotSign) {
  test::expect_request_refused(Platform::aws_nitro, test::with_event_log({user_data()}));
  test::expect_request_refused(Platform::aws_nitro, test::with_public_key({user_data()}, 0));
  test::expect_request_refused(Platform::aws_nitro, test::with_public_key({user_data()}, 1025));
}

}  // namespace
}  // namespace tenzro::tee::simulated
