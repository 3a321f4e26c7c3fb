// SPDX-License-Identifier: Apache-2.0
// Encryptions that OpenSSL made, opened by ours; everything else refused.
#include "seal/kbs/jwe.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/encoded_text.hpp"
#include "made/jwe.hpp"
#include "made/keys.hpp"

namespace tenzro::tee::kbs {
namespace {

using nlohmann::ordered_json;
using test::JweParts;
using test::made_jwe;

const Bytes kSecret(32, 0x5e);

/// One key for all tests: making them is slow.
const crypto::PkeyPtr& the_key() {
  static const crypto::PkeyPtr key = test::rsa_key(2048);
  return key;
}
const crypto::RecipientKey& recipient() {
  static const crypto::RecipientKey key = crypto::RecipientKey::from_pkey(test::share(the_key())).value();
  return key;
}
ordered_json made(const JweParts& parts = {}) { return made_jwe(the_key().get(), kSecret, parts); }
Result<Jwe> parsed(const std::string& text) { return parse_jwe(as_bytes(text)); }

ErrorCode refusal(const std::string& text) {
  const auto jwe = parsed(text);
  EXPECT_FALSE(jwe) << text;
  return jwe ? ErrorCode::internal : jwe.error().code();
}
ErrorCode refusal(const ordered_json& value) { return refusal(value.dump()); }
bool opens(const std::string& text) {
  const auto jwe = parsed(text);
  if (!jwe) {
    return false;
  }
  const auto secret = open_jwe(*jwe, recipient());
  if (!secret) {
    EXPECT_EQ(secret.error().code(), ErrorCode::authentication_failed);
    EXPECT_EQ(secret.error().message(), "the answer is not for this key, or was altered");
  }
  return secret.has_value();
}
std::string with(const char* member, const ordered_json& value) {
  ordered_json jwe = made();
  jwe[member] = value;
  return jwe.dump();
}
std::string with_header(const std::string& header) { return made({.header = header}).dump(); }

TEST(KbsJwe, OpensWhatOpensslEncrypted) {
  const Jwe jwe = parsed(made().dump()).value();
  EXPECT_EQ(jwe.protected_header, made()["protected"].get<std::string>());
  EXPECT_TRUE(std::ranges::equal(open_jwe(jwe, recipient())->reveal(), kSecret));
  EXPECT_TRUE(opens(made().dump(2)));
  EXPECT_TRUE(opens(with_header(R"({"enc":"A256GCM","alg":"RSA-OAEP-256"})")));
  EXPECT_TRUE(opens(with_header("{ \"alg\" : \"RSA-OAEP-256\",\n\"enc\":\"A256GCM\" }")));
  for (const std::size_t size : {0U, 1U, 31U, 33U, 4096U}) {
    const Bytes plain(size, 7);
    const auto secret = open_jwe(parsed(made_jwe(the_key().get(), plain).dump()).value(), recipient());
    EXPECT_TRUE(std::ranges::equal(secret->reveal(), plain)) << size;
  }
  EXPECT_EQ(refusal(made_jwe(the_key().get(), Bytes(4097))), ErrorCode::malformed_input);
}

// ATTACK(K9): the broker, or who speaks for it, chooses the algorithm.
TEST(KbsJwe, KnowsOneAlgorithmOfEachKind) {
  for (const char* algorithm : {"RSA1_5", "none", "RSA-OAEP", "RSA-OAEP-512", "dir", "A256KW", "ECDH-ES+A256KW",
                                "PBES2-HS512+A256KW", "rsa-oaep-256", "RSA-OAEP-256 ", ""}) {
    const std::string header = R"({"alg":")" + std::string(algorithm) + R"(","enc":"A256GCM"})";
    EXPECT_EQ(refusal(with_header(header)), ErrorCode::unsupported) << header;
  }
  for (const char* algorithm : {"A128GCM", "A192GCM", "A256CBC-HS512", "none", "a256gcm", ""}) {
    const std::string header = R"({"alg":"RSA-OAEP-256","enc":")" + std::string(algorithm) + R"("})";
    EXPECT_EQ(refusal(with_header(header)), ErrorCode::unsupported) << header;
  }
  EXPECT_EQ(refusal(made({.header = R"({"alg":"RSA1_5","enc":"A256GCM"})", .padding = RSA_PKCS1_PADDING})),
            ErrorCode::unsupported);
  // Said to be ours, and is not.
  EXPECT_FALSE(opens(made({.padding = RSA_PKCS1_PADDING}).dump()));
  EXPECT_FALSE(opens(made({.hash = EVP_sha1()}).dump()));
}

TEST(KbsJwe, ProtectedHeaderIsAlgAndEncAlone) {
  const std::string begin = R"({"alg":"RSA-OAEP-256","enc":"A256GCM")";
  for (const char* more :
       {R"(,"zip":"DEF"})", R"(,"crit":["exp"]})", R"(,"kid":"1"})", R"(,"epk":{}})", R"(,"typ":"JWE"})", R"(,"":1})",
        R"(,"enc":"A256GCM"})", R"(,"alg":"RSA1_5"})", "}x", "", "}}", "},{}"}) {
    EXPECT_EQ(refusal(with_header(begin + more)), ErrorCode::malformed_input) << more;
  }
  for (const char* header : {"", "[]", "null", "\"\"", "{}", R"({"alg":"RSA-OAEP-256"})", R"({"enc":"A256GCM"})",
                             R"({"alg":1,"enc":"A256GCM"})", R"({"alg":["RSA-OAEP-256"],"enc":"A256GCM"})",
                             R"({"alg":"RSA-OAEP-256","enc":null})"}) {
    EXPECT_EQ(refusal(with_header(header)), ErrorCode::malformed_input) << header;
  }
  EXPECT_EQ(refusal(with_header(begin + std::string(300, ' ') + "}")), ErrorCode::malformed_input);
}

TEST(KbsJwe, HasFiveMembersAndNoOthers) {
  for (const char* more : {"aad", "header", "unprotected", "recipients", "x", ""}) {
    EXPECT_EQ(refusal(with(more, "")), ErrorCode::malformed_input) << more;
    EXPECT_EQ(refusal(with(more, ordered_json::array())), ErrorCode::malformed_input) << more;
    EXPECT_EQ(refusal(with(more, ordered_json::object())), ErrorCode::malformed_input) << more;
  }
  const ordered_json jwe = made();
  EXPECT_EQ(refusal(ordered_json{{"recipients", {{{"encrypted_key", jwe["encrypted_key"]}}}},
                                 {"protected", jwe["protected"]},
                                 {"iv", jwe["iv"]},
                                 {"ciphertext", jwe["ciphertext"]},
                                 {"tag", jwe["tag"]}}),
            ErrorCode::malformed_input);
  for (const auto& [name, value] : jwe.items()) {
    ordered_json without = jwe;
    without.erase(name);
    EXPECT_EQ(refusal(without), ErrorCode::malformed_input) << name;
    for (const ordered_json& other :
         {ordered_json(), ordered_json(1), ordered_json(true), ordered_json::array({value}), ordered_json::object()}) {
      EXPECT_EQ(refusal(with(name.c_str(), other)), ErrorCode::malformed_input) << name;
    }
    std::string twice = jwe.dump();
    twice.insert(twice.size() - 1, ",\"" + name + "\":" + value.dump());
    EXPECT_EQ(refusal(twice), ErrorCode::malformed_input) << name;
  }
  for (const char* text : {"", "[]", "null", "{}", "\"\"", "e30.AA.AA.AA.AA"}) {
    EXPECT_EQ(refusal(std::string(text)), ErrorCode::malformed_input) << text;
  }
}

TEST(KbsJwe, LengthsAreExact) {
  for (const std::size_t size : {0U, 8U, 11U, 13U, 16U}) {
    EXPECT_EQ(refusal(with("iv", to_base64url(Bytes(size)))), ErrorCode::malformed_input) << size;
    if (size > 0) {
      EXPECT_EQ(refusal(made({.iv = Bytes(size, 1)})), ErrorCode::malformed_input) << size;
    }
  }
  const Bytes tag = from_base64url(made()["tag"].get<std::string>()).value();
  for (const std::size_t size : {0U, 4U, 12U, 15U, 17U}) {
    Bytes other = tag;
    other.resize(size);
    EXPECT_EQ(refusal(with("tag", to_base64url(other))), ErrorCode::malformed_input) << size;
  }
  EXPECT_EQ(refusal(with("encrypted_key", "")), ErrorCode::malformed_input);
  EXPECT_EQ(refusal(with("encrypted_key", to_base64url(Bytes(513)))), ErrorCode::malformed_input);
  for (const std::size_t size : {1U, 255U, 257U, 512U}) {
    EXPECT_FALSE(opens(with("encrypted_key", to_base64url(Bytes(size, 1))))) << size;
  }
  EXPECT_EQ(refusal(made().dump() + std::string(kMaxJwe, ' ')), ErrorCode::malformed_input);
}

TEST(KbsJwe, EveryTextHasOneSpelling) {
  const ordered_json jwe = made();
  for (const auto& [name, value] : jwe.items()) {
    const std::string text = value;
    for (const std::string& other : {text + "=", text + "==", text + " ", " " + text, text + "\n", text + ".",
                                     text + "+", text + "/", text + "*", text + std::string(1, '\0')}) {
      EXPECT_EQ(refusal(with(name.c_str(), other)), ErrorCode::malformed_input) << name;
    }
  }
  // 16 bytes end in a digit that has four bits to spare.
  std::string tag = jwe["tag"];
  tag.back() = tag.back() == 'B' ? 'C' : 'B';
  EXPECT_EQ(refusal(with("tag", tag)), ErrorCode::malformed_input);
}

TEST(KbsJwe, RefusesEveryTruncation) {
  const std::string text = made().dump();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(refusal(text.substr(0, size)), ErrorCode::malformed_input) << size;
  }
}

TEST(KbsJwe, RefusesEveryFlippedBit) {
  const ordered_json jwe = made();
  for (const char* name : {"encrypted_key", "iv", "ciphertext", "tag"}) {
    const Bytes bytes = from_base64url(jwe[name].get<std::string>()).value();
    const std::size_t step = bytes.size() > 64 ? 61 : 1;  // a private operation each
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += step) {
      Bytes flipped = bytes;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(opens(with(name, to_base64url(flipped)))) << name << " " << bit;
    }
  }
  const std::string header(test::kJweHeader);
  for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
    std::string flipped = header;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(opens(with("protected", to_base64url(as_bytes(flipped))))) << bit;
  }
}

TEST(KbsJwe, HeaderIsAuthenticatedAsItCame) {
  // The same header in other words, over which the tag was not made.
  EXPECT_FALSE(opens(with("protected", to_base64url(as_bytes(R"({"enc":"A256GCM","alg":"RSA-OAEP-256"})")))));
  EXPECT_FALSE(opens(made({.associated_data = "x"}).dump()));
  EXPECT_FALSE(opens(made({.associated_data = std::string(test::kJweHeader)}).dump()));
  EXPECT_FALSE(opens(made({.associated_data = made()["protected"].get<std::string>() + "."}).dump()));
}

TEST(KbsJwe, IsForOneKey) {
  const crypto::PkeyPtr other = test::rsa_key(2048);
  EXPECT_FALSE(opens(made_jwe(other.get(), kSecret).dump()));
  for (const std::size_t size : {16U, 24U, 31U}) {
    ordered_json jwe = made();
    jwe["encrypted_key"] = to_base64url(test::wrap_key(the_key().get(), Bytes(size, 0x4b)));
    EXPECT_FALSE(opens(jwe.dump())) << size;
  }
}

}  // namespace
}  // namespace tenzro::tee::kbs
