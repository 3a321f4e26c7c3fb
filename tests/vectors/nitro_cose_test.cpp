// SPDX-License-Identifier: Apache-2.0
// The COSE working group's examples: what is generic is asserted of libcbor and OpenSSL's signature check, what is ours
// is that our profile takes none of them, since their headers and keys are others.
#include <gtest/gtest.h>

#include "crypto/ecdsa.hpp"
#include "formats/cose.hpp"
#include "made/cbor.hpp"
#include "support/nitro_case.hpp"
#include "support/second_opinion.hpp"

namespace tenzro::tee::test {
namespace {

using CoseJson = nlohmann::json;

Bytes from_base64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return *from_base64(text);
}

/// A message taken apart by libcbor, for RFC 9052 without any profile.
struct GenericMessage {
  Bytes protected_header, payload, signature;
};

std::optional<GenericMessage> read_generic(const Bytes& message) {
  // libcbor 0.8 cannot read the tag. Any other one than 18 makes it another kind of message.
  if (message.front() != 0xd2) {
    return std::nullopt;
  }
  const CborPtr item = load_with_libcbor(ByteView(message).subspan(1));
  if (!item || !cbor_isa_array(item.get()) || cbor_array_size(item.get()) != 4) {
    return std::nullopt;
  }
  cbor_item_t** const parts = cbor_array_handle(item.get());
  const auto bytes = [](const cbor_item_t* part) {
    return Bytes(cbor_bytestring_handle(part), cbor_bytestring_handle(part) + cbor_bytestring_length(part));
  };
  for (const std::size_t at : {0U, 2U, 3U}) {
    if (!cbor_isa_bytestring(parts[at]) || !cbor_bytestring_is_definite(parts[at])) {
      return std::nullopt;
    }
  }
  return GenericMessage{bytes(parts[0]), bytes(parts[2]), bytes(parts[3])};
}

bool verifies(const CoseJson& example, const GenericMessage& message) {
  const CoseJson& key = example["input"]["sign0"]["key"];
  // One example writes "P-256" with a slip of the pen.
  const bool p384 = key["crv"].get<std::string>().ends_with("384");
  const auto public_key = crypto::EcPublicKey::from_point(
      p384 ? crypto::Curve::p384 : crypto::Curve::p256,
      joined({from_base64url(key["x"].get<std::string>()), from_base64url(key["y"].get<std::string>())}));
  if (!public_key) {
    ADD_FAILURE() << public_key.error().message();
    return false;
  }
  // RFC 9052, section 3: an empty header is signed as no bytes, even where it is sent as an empty map.
  const Bytes header = message.protected_header == Bytes{0xa0} ? Bytes{} : message.protected_header;
  const Bytes external = *from_hex(example["input"]["sign0"].value("external", ""));
  const Bytes signed_bytes =
      joined({{0x84}, cbor_text("Signature1"), cbor_bytes(header), cbor_bytes(external), cbor_bytes(message.payload)});
  return public_key->verify(p384 ? crypto::Hash::sha384 : crypto::Hash::sha256, signed_bytes, message.signature);
}

TEST(CoseExamples, AreJudgedAsTheManifestSays) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  std::size_t passed = 0, failed = 0;
  for (const nlohmann::json& one : nitro_entries("cose-sign1")) {
    SCOPED_TRACE(one["id"].get<std::string>());
    const Bytes text = nitro_file(one);
    const CoseJson example = CoseJson::parse(text.begin(), text.end());
    const Bytes message = *from_hex(example["output"]["cbor"].get<std::string>());
    const auto generic = read_generic(message);
    const bool passes = generic && verifies(example, *generic);
    EXPECT_EQ(passes, one["expected"]["generic_cose_result"] == "pass");
    ++(passes ? passed : failed);
    EXPECT_TRUE(one["expected"]["nitro_profile_result"].get<std::string>().starts_with("reject"));
    EXPECT_FALSE(cose::parse_sign1(message));
    AttestationReport report;
    report.evidence = message;
    EXPECT_FALSE(judge_nitro(report, VerifyOptions::unbound_replay_possible()).valid());
  }
  EXPECT_EQ(passed, 4U);
  EXPECT_EQ(failed, 4U);
}

}  // namespace
}  // namespace tenzro::tee::test
