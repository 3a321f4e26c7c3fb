// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/messages.hpp"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/encoded_text.hpp"

namespace tenzro::tee::kbs {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

const std::string kNonce = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=";
const crypto::RsaNumbers kKey{.modulus = {0xfb, 0xff, 0xbf}, .exponent = {1, 0, 1}};

Result<Challenge> parsed(std::string_view text) { return parse_challenge(as_bytes(text)); }
std::string challenge(const std::string& nonce, const std::string& parameters = R"("")") {
  return R"({"nonce":")" + nonce + R"(","extra-params":)" + parameters + "}";
}

TEST(KbsMessages, RequestIsOfVersion040) {
  EXPECT_EQ(auth_request("tdx"),
            R"({"extra-params":{"supported-hash-algorithms":["sha384","sha512"]},"tee":"tdx","version":"0.4.0"})");
}

TEST(KbsMessages, ChallengeIsANonceAndAHash) {
  EXPECT_EQ(parsed(challenge(kNonce))->nonce, kNonce);
  for (const char* parameters :
       {R"("")", "{}", "null", R"({"selected-hash-algorithm":"sha384"})", R"({"other":[1]})"}) {
    EXPECT_EQ(parsed(challenge(kNonce, parameters))->hash, crypto::Hash::sha384) << parameters;
  }
  EXPECT_EQ(parsed(R"({"nonce":")" + kNonce + "\"}")->hash, crypto::Hash::sha384);
  EXPECT_EQ(parsed(challenge(kNonce, R"({"selected-hash-algorithm":"sha512"})"))->hash, crypto::Hash::sha512);
  for (const char* name : {"sha256", "SHA384", "", "sha1", "md5"}) {
    const auto refused = parsed(challenge(kNonce, R"({"selected-hash-algorithm":")" + std::string(name) + "\"}"));
    EXPECT_EQ(refused.error().code(), ErrorCode::unsupported) << name;
  }
  for (const char* parameters :
       {R"({"selected-hash-algorithm":384})", R"({"selected-hash-algorithm":null})", "[]", "true", "1"}) {
    EXPECT_EQ(parsed(challenge(kNonce, parameters)).error().code(), ErrorCode::malformed_input) << parameters;
  }
}

TEST(KbsMessages, NonceIsBoundedBase64) {
  for (const std::size_t size : {22U, 44U, 1024U}) {
    EXPECT_TRUE(parsed(challenge(std::string(size, 'A')))) << size;
  }
  for (const std::size_t size : {0U, 21U, 1025U, 20'000U}) {
    EXPECT_EQ(parsed(challenge(std::string(size, 'A'))).error().code(), ErrorCode::malformed_input) << size;
  }
  for (const char* inside : {" ", "\\n", "\\u0000", "\\\"", ".", "\\u00e9", "\\\\"}) {
    EXPECT_EQ(parsed(challenge(kNonce + inside)).error().code(), ErrorCode::malformed_input) << inside;
  }
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"), std::string(R"({"nonce":1})"),
        std::string(R"({"nonce":null})"), challenge(kNonce) + "x", challenge(kNonce).substr(1),
        R"({"nonce":")" + kNonce + R"(","nonce":")" + kNonce + "\"}"}) {
    EXPECT_EQ(parsed(text).error().code(), ErrorCode::malformed_input) << text;
  }
}

TEST(KbsMessages, CookieComesBackAsItIs) {
  const Headers headers{{"content-type", "application/json"},
                        {"set-cookie", "other=1; Path=/"},
                        {"set-cookie", "kbs-session-id=0123abcdEF; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly"}};
  EXPECT_EQ(session_cookie(headers).value(), "kbs-session-id=0123abcdEF");
  EXPECT_EQ(session_cookie(Headers{{"set-cookie", "kbs-session-id=a=b=="}}).value(), "kbs-session-id=a=b==");
  EXPECT_EQ(session_cookie(Headers{{"set-cookie", "kbs-session-id=" + std::string(256, 'x')}})->size(), 271U);
}

// ATTACK(K9): a cookie that would end our header line and begin one of the broker's.
TEST(KbsMessages, CookieThatCouldEndALineIsRefused) {
  using namespace std::string_literals;
  for (const std::string& value : {""s, " "s, "a b"s, "a\r\nX-Evil: 1"s, "a\nb"s, "a\rb"s, "a\0b"s, "a\tb"s, "\"a\""s,
                                   "a,b"s, "a\\b"s, "a\x7f"s, "\xc3\xa9"s, std::string(257, 'x')}) {
    const auto cookie = session_cookie(Headers{{"set-cookie", "kbs-session-id=" + value + "; Path=/"}});
    ASSERT_FALSE(cookie) << value;
    EXPECT_EQ(cookie.error().code(), ErrorCode::malformed_input);
    EXPECT_TRUE(is_text(cookie.error().message()));
  }
  EXPECT_FALSE(session_cookie({}));
  EXPECT_FALSE(session_cookie(Headers{{"set-cookie", "kbs-session-id"}}));
  EXPECT_FALSE(session_cookie(Headers{{"set-cookie", "; kbs-session-id=1"}}));
  EXPECT_FALSE(session_cookie(Headers{{"set-cookie", "KBS-session-id=1"}}));
  EXPECT_FALSE(session_cookie(Headers{{"x-set-cookie", "kbs-session-id=1"}}));
  EXPECT_FALSE(session_cookie(Headers{{"set-cookie", "kbs-session-id=1"}, {"set-cookie", "kbs-session-id=1"}}));
}

TEST(KbsMessages, BindsKeyAndNonce) {
  const std::string text = R"({"additional-evidence":"","nonce":")" + kNonce +
                           R"(","tee-pubkey":{"alg":"RSA-OAEP-256","e":"AQAB","kty":"RSA","n":"-_-_"}})";
  ByteArray<64> expected{};
  SHA384(as_bytes(text).data(), text.size(), expected.data());
  EXPECT_EQ(bound_data({.nonce = kNonce}, kKey), expected);
  EXPECT_TRUE(std::all_of(expected.begin() + 48, expected.end(), [](std::uint8_t byte) { return byte == 0; }));
  SHA512(as_bytes(text).data(), text.size(), expected.data());
  EXPECT_EQ(bound_data({.nonce = kNonce, .hash = crypto::Hash::sha512}, kKey), expected);
}

TEST(KbsMessages, AttestationHoldsWhatWasBound) {
  EXPECT_EQ(attest_request({.nonce = kNonce}, kKey, {{"quote", "AQ=="}}),
            R"({"runtime-data":{"nonce":")" + kNonce +
                R"(","tee-pubkey":{"alg":"RSA-OAEP-256","e":"AQAB","kty":"RSA","n":"-_-_"}},)" +
                R"("tee-evidence":{"additional_evidence":"","primary_evidence":{"quote":"AQ=="}}})");
}

TEST(KbsMessages, ResultHoldsAToken) {
  EXPECT_TRUE(check_token(as_bytes(R"({"token":"a.b.c"})")));
  for (const char* text : {"", "{}", R"({"token":""})", R"({"token":1})", R"({"token":null})", "[]", "\"a.b.c\"",
                           R"({"token":"a","token":"b"})", R"({"token":"a.b.c")"}) {
    EXPECT_EQ(check_token(as_bytes(text)).error().code(), ErrorCode::malformed_input) << text;
  }
}

TEST(KbsMessages, ReasonsArePrintableAndShort) {
  EXPECT_EQ(reason_of({}), "it gives no reason");
  EXPECT_EQ(reason_of(as_bytes(R"({"type":"https://x/errors/PolicyDeny","detail":"Access denied by policy"})")),
            "Access denied by policy");
  EXPECT_EQ(reason_of(as_bytes("plain words")), "plain words");
  EXPECT_EQ(reason_of(as_bytes(R"({"detail":7})")), R"({"detail":7})");
  EXPECT_EQ(reason_of(as_bytes(R"({"detail":"a\u001b[31m\r\nb"})")), R"(a\x1b[31m\x0d\x0ab)");
  for (const std::string& text : {std::string(20'000, '\x07'), R"({"detail":")" + std::string(10'000, '~') + "\"}",
                                  std::string(3, '\0'), std::string("\xff\xfe")}) {
    const std::string reason = reason_of(as_bytes(text));
    EXPECT_TRUE(is_text(reason));
    EXPECT_LT(reason.size(), 1300U);
  }
}

}  // namespace
}  // namespace tenzro::tee::kbs
