// SPDX-License-Identifier: Apache-2.0
#include "formats/jwt.hpp"

#include <gtest/gtest.h>

#include "support/vectors.hpp"

namespace tenzro::tee::jwt {
namespace {

std::string base64url(std::string_view bytes) {
  std::string out = to_base64(test::view(bytes));
  std::erase(out, '=');
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

const std::string kHeader = R"({"kid":"key-1","alg":"ES384"})";
const std::string kPayload = R"({"iss":"somebody"})";

std::string token(std::string_view header = kHeader, std::string_view payload = kPayload,
                  std::string_view signature = "signature") {
  return base64url(header) + "." + base64url(payload) + "." + base64url(signature);
}

void expect_refused(std::string_view text, std::string_view message, ErrorCode code = ErrorCode::malformed_input) {
  const auto parsed = parse(text);
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().code(), code) << text;
  EXPECT_EQ(parsed.error().message(), message) << text;
}

TEST(Jwt, RejectsAnythingButThreeParts) {
  expect_refused("", "token: has 0 dots, expected 2");
  expect_refused("eyJ", "token: has 0 dots, expected 2");
  expect_refused("a.b", "token: has 1 dots, expected 2");
  expect_refused("a.b.c.d", "token: has 3 dots, expected 2");
  expect_refused("a.b.c.d.e", "token: has 4 dots, expected 2");
}

// ATTACK(V7): an unsigned token has an empty third part.
TEST(Jwt, RejectsAnEmptyPart) {
  expect_refused("..", "token.header: is empty");
  expect_refused("." + base64url(kPayload) + ".AA", "token.header: is empty");
  expect_refused(base64url(kHeader) + "..AA", "token.payload: is empty");
  expect_refused(base64url(R"({"alg":"none"})") + "." + base64url(kPayload) + ".", "token.signature: is empty");
}

// ATTACK(P5)
TEST(Jwt, RejectsEveryOtherSpellingOfItsParts) {
  const std::string good = token();
  expect_refused(good + "=", R"(token.signature: base64url: "=" at offset 12 is no base64url digit)");
  expect_refused(good + " ", R"(token.signature: base64: " " at offset 12 is no base64 digit)");
  expect_refused(good + "\n", R"(token.signature: base64: "\x0a" at offset 12 is no base64 digit)");
  expect_refused(" " + good, R"(token.header: base64: " " at offset 0 is no base64 digit)");
  expect_refused(base64url(kHeader) + "." + base64url(kPayload) + ".AB",
                 "token.signature: base64: the unused bits of the last digit are not zero");
  expect_refused(base64url(kHeader) + "." + base64url(kPayload) + ".A+A/",
                 R"(token.signature: base64url: "+" at offset 1 is no base64url digit)");
}

TEST(Jwt, RejectsHeadersThatAreNoStrictJson) {
  expect_refused(token("[]"), "token.header: expected an object");
  expect_refused(token("{}"), R"(token.header: expected a member "alg")");
  expect_refused(token(R"({"alg":null})"), "token.header.alg: expected a string");
  expect_refused(token(R"({"alg":["ES384"]})"), "token.header.alg: expected a string");
  expect_refused(token(R"({"alg":"ES384","kid":7})"), "token.header.kid: expected a string");
  expect_refused(token(R"({"alg":"ES384","kid":")" + std::string(257, 'k') + "\"}"),
                 "token.header.kid: expected a string of at most 256 bytes");
  // ATTACK(V7): two algorithms, of which another reader may see the other one.
  EXPECT_FALSE(parse(token(R"({"alg":"ES384","alg":"none"})")));
  EXPECT_FALSE(parse(token(R"({"alg":"ES384"} x)")));
  EXPECT_FALSE(parse(token(R"({"alg":"ES384","x":)" + std::string(20, '[') + std::string(20, ']') + "}")));
  EXPECT_FALSE(parse(token(R"({"alg":"ES384","x":")" + std::string(kMaxHeader, 'x') + "\"}")));
}

// RFC 7515, 4.1.11 and RFC 7797: both change what a signature is over.
TEST(Jwt, RejectsHeadersThatChangeWhatIsSigned) {
  expect_refused(token(R"({"alg":"ES384","crit":["exp"]})"), R"(token.header: "crit" is not supported)",
                 ErrorCode::unsupported);
  expect_refused(token(R"({"alg":"ES384","crit":null})"), R"(token.header: "crit" is not supported)",
                 ErrorCode::unsupported);
  expect_refused(token(R"({"alg":"ES384","b64":true})"), R"(token.header: "b64" is not supported)",
                 ErrorCode::unsupported);
}

TEST(Jwt, RejectsTokensBeyondTheLimit) {
  const std::string long_one = token(kHeader, std::string(kMaxToken, 'x'));
  expect_refused(long_one, "token: has " + std::to_string(long_one.size()) + " characters, at most 262144 are read");
}

TEST(Jwt, TakesATokenApart) {
  const std::string text = token();
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->algorithm, "ES384");
  EXPECT_EQ(parsed->key_id, "key-1");
  EXPECT_EQ(parsed->payload, Bytes(kPayload.begin(), kPayload.end()));
  EXPECT_EQ(parsed->signature, (Bytes{'s', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e'}));
  EXPECT_EQ(parsed->signing_input, text.substr(0, text.rfind('.')));
  EXPECT_EQ(parsed->signing_input.data(), text.data());
}

// ATTACK(V7): keys that the sender names or carries.
TEST(Jwt, NeverLooksAtKeysInTheHeader) {
  const auto parsed = parse(token(
      R"({"alg":"ES384","typ":"JWT","jku":7,"jwk":{"kty":"EC"},"x5u":"https://host.example","x5c":["AA"],"x5t":false})"));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->algorithm, "ES384");
  EXPECT_EQ(parsed->key_id, "");
}

TEST(Jwt, IsRecognised) {
  EXPECT_TRUE(looks_like_token(token()));
  for (const std::string_view other : {"", "eyJ", "a.b.c", "eyJ.b", "eyJ.b.c.d", "[[\"JWT\",\"eyJ.b.c\"]]"}) {
    EXPECT_FALSE(looks_like_token(other)) << other;
  }
}

}  // namespace
}  // namespace tenzro::tee::jwt
