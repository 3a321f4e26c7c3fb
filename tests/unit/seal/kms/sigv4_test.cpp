// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/sigv4.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::kms::sigv4 {
namespace {

using test::view;

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";  // AWS's own example
const std::string kToken = "FwoGZXIvYXdzEXAMPLE+/=";
constexpr std::string_view kBody = R"({"KeyId":"x"})";

SecretBytes secret(std::string_view text = kSecret) { return SecretBytes(Bytes(text.begin(), text.end())); }
Scope scope_at(const char* time, std::string region, std::string service) {
  return {.time = from_rfc3339(time).value(), .region = std::move(region), .service = std::move(service)};
}
Scope kms_scope() { return scope_at("2026-11-22T07:00:00Z", "eu-west-1", "kms"); }
Call kms_call() {
  return {.host = "kms.eu-west-1.amazonaws.com",
          .target = "TrentService.Decrypt",
          .content_type = "application/x-amz-json-1.1",
          .body = view(kBody)};
}
AwsCredentials credentials(std::string token = {}, std::string key_id = "AKIDEXAMPLE") {
  return {.access_key_id = std::move(key_id), .secret_access_key = secret(), .session_token = std::move(token)};
}

// AWS's published example of each step.
TEST(SigV4, AgreesWithTheExampleOfAws) {
  const Scope scope = scope_at("2015-08-30T12:36:00Z", "us-east-1", "iam");
  EXPECT_EQ(amz_date(scope.time), "20150830T123600Z");
  EXPECT_EQ(credential_scope(scope), "20150830/us-east-1/iam/aws4_request");
  const auto key = signing_key(secret(), scope);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->reveal()), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
  ByteArray<32> hash{};
  std::ranges::copy(*from_hex("f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"), hash.begin());
  const std::string text = string_to_sign(scope, hash);
  EXPECT_EQ(text,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  EXPECT_EQ(signature(*key, text).value(), "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SigV4, SignsTheHeadersOfACallInOrder) {
  EXPECT_EQ(canonical_request(kms_call(), kms_scope().time, {}),
            "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:kms.eu-west-1.amazonaws.com\n"
            "x-amz-date:20261122T070000Z\nx-amz-target:TrentService.Decrypt\n\n"
            "content-type;host;x-amz-date;x-amz-target\n"
            "96be43636295337ac7260535e66ec9f8411f2e88c68ed77993a89ce70b5b729f");
  EXPECT_EQ(to_hex(crypto::sha256(view(canonical_request(kms_call(), kms_scope().time, kToken)))),
            "af4f0e0be72c89c65a356bb1c0bef55d222bd5f4cd01cf048a14cfc8ef0a7920");
}

// Signatures computed with Python's hmac and hashlib.
TEST(SigV4, WritesTheHeaderLinesOfACall) {
  const auto lines = sign(kms_call(), credentials(), kms_scope());
  ASSERT_TRUE(lines);
  EXPECT_EQ(*lines,
            (std::vector<std::string>{"X-Amz-Date: 20261122T070000Z", "X-Amz-Target: TrentService.Decrypt",
                                      "Authorization: AWS4-HMAC-SHA256 "
                                      "Credential=AKIDEXAMPLE/20261122/eu-west-1/kms/aws4_request, "
                                      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
                                      "Signature=a2cfeb43e24c1e8b29329a5551038ae0de1c02c2c9f9872f0ae6555342660a38"}));
  const auto with_token = sign(kms_call(), credentials(kToken), kms_scope());
  ASSERT_TRUE(with_token);
  ASSERT_EQ(with_token->size(), 4U);
  EXPECT_EQ(with_token->at(2),
            "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-west-1/kms/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
            "Signature=20af7bf893f9de8e8ece66cfec4f9a1ad0c516df7d1765f9f703bfb46d236e75");
  EXPECT_EQ(with_token->at(3), "X-Amz-Security-Token: " + kToken);
}

TEST(SigV4, DependsOnEverythingThatItSigns) {
  const auto signature_of = [](const Call& call, const AwsCredentials& by, const Scope& scope) {
    const std::string line = sign(call, by, scope).value().at(2);
    return line.substr(line.find("Signature="));
  };
  const std::string base = signature_of(kms_call(), credentials(), kms_scope());
  Call call = kms_call();
  call.host = "kms.eu-west-2.amazonaws.com";
  EXPECT_NE(signature_of(call, credentials(), kms_scope()), base);
  call = kms_call();
  call.target = "TrentService.Encrypt";
  EXPECT_NE(signature_of(call, credentials(), kms_scope()), base);
  call = kms_call();
  call.content_type = "text/plain";
  EXPECT_NE(signature_of(call, credentials(), kms_scope()), base);
  call = kms_call();
  call.body = {};
  EXPECT_NE(signature_of(call, credentials(), kms_scope()), base);
  EXPECT_NE(signature_of(kms_call(), credentials(kToken), kms_scope()), base);
  AwsCredentials other = credentials();
  other.secret_access_key = secret("another");
  EXPECT_NE(signature_of(kms_call(), other, kms_scope()), base);
  for (const Scope& scope :
       {scope_at("2026-11-22T07:00:01Z", "eu-west-1", "kms"), scope_at("2026-11-23T07:00:00Z", "eu-west-1", "kms"),
        scope_at("2026-11-22T07:00:00Z", "eu-west-2", "kms"), scope_at("2026-11-22T07:00:00Z", "eu-west-1", "sts")}) {
    EXPECT_NE(signature_of(kms_call(), credentials(), scope), base);
  }
}

TEST(SigV4, RefusesCredentialsThatNoHeaderLineCanHold) {
  for (const std::string id : {"", "AK ID", "AKID\r\nX: y", "AKID/20261122", "AKID,", "\x80"}) {
    const auto lines = sign(kms_call(), credentials({}, id), kms_scope());
    ASSERT_FALSE(lines) << id;
    EXPECT_EQ(lines.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(lines.error().message(), "AWS credentials: the access key id must be 1 to 128 letters and digits");
  }
  EXPECT_FALSE(sign(kms_call(), credentials({}, std::string(129, 'A')), kms_scope()));
  for (const std::string& token : {std::string("two words"), std::string("line\r\nX: y"), std::string("\xc3\xa4"),
                                   std::string("nul\0", 4), std::string("del\x7f"), std::string(16385, 't')}) {
    const auto lines = sign(kms_call(), credentials(token), kms_scope());
    ASSERT_FALSE(lines);
    EXPECT_EQ(lines.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(lines.error().message(),
              "AWS credentials: the session token must be at most 16384 printable ASCII characters without spaces");
  }
}

}  // namespace
}  // namespace tenzro::tee::kms::sigv4
