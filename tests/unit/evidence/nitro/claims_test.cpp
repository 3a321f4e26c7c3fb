// SPDX-License-Identifier: Apache-2.0
#include "evidence/nitro/claims.hpp"

#include <gtest/gtest.h>

#include "made/document.hpp"

namespace tenzro::tee::nitro {
namespace {

using test::cbor_bytes;
using test::cbor_map;
using test::MadeDocument;

TEST(NitroClaims, AreWhatTheDocumentSays) {
  MadeDocument made;
  made.set("user_data", cbor_bytes({1, 2})).set("nonce", cbor_bytes({}));
  const Bytes bytes = made.bytes();
  const NitroClaims claims = nitro_claims(parse_document(bytes).value());
  EXPECT_EQ(claims.module_id, "i-0123456789abcdef0-enc0123456789abcdef");
  EXPECT_EQ(claims.digest, "SHA384");
  EXPECT_EQ(to_rfc3339(claims.timestamp), "2025-12-25T13:15:37.578Z");
  ASSERT_EQ(claims.pcrs.size(), 16U);
  EXPECT_EQ(claims.pcrs.at(15), Bytes(48, 0x20));
  EXPECT_EQ(claims.user_data.value().value, (Bytes{1, 2}));
  EXPECT_EQ(claims.nonce.value().value, Bytes());
  EXPECT_FALSE(claims.public_key.has_value()) << "null is not empty";
  EXPECT_FALSE(claims.debug);
}

TEST(NitroClaims, OfATpmAreATypeOfTheirOwn) {
  MadeDocument made;
  made.without("pcrs").set("nitrotpm_pcrs", cbor_map(MadeDocument::pcrs_of(24)));
  const Bytes bytes = made.bytes();
  const NitroTpmClaims claims = nitro_tpm_claims(parse_document(bytes).value());
  EXPECT_EQ(claims.nitrotpm_pcrs.size(), 24U);
  EXPECT_EQ(claims.nitrotpm_pcrs.at(0), Bytes(48, 0x11));
}

}  // namespace
}  // namespace tenzro::tee::nitro
