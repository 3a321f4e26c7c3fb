// SPDX-License-Identifier: Apache-2.0
#include "collateral/nvidia/key_set.hpp"

#include <gtest/gtest.h>

#include "unit/collateral/made_documents.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::Json;

const std::string kX = "AQ" + std::string(62, 'A');
const std::string kY = std::string(62, 'A') + "AC";

Json key(std::string_view key_id = "one") {
  return {{"kty", "EC"}, {"crv", "P-384"}, {"kid", key_id}, {"x", kX}, {"y", kY}};
}
Json with_member(const char* name, const Json& value) {
  Json out = key();
  out[name] = value;
  return out;
}

Result<KeySet> parse(const Json& keys) { return parse_key_set(test::view(Json{{"keys", keys}}.dump())); }

void expect_refused(const Json& one, std::string_view message) {
  const auto parsed = parse(Json::array({one}));
  ASSERT_FALSE(parsed) << message;
  EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(parsed.error().message(), message);
}

TEST(KeySet, RejectsWhatIsNone) {
  for (const std::string_view text : {"", "[]", "null", "{}", R"({"keys":{}})", R"({"keys":[null]})",
                                      R"({"keys":[{"kty":"EC"}],"keys":[]})", R"({"keys":[{}]})"}) {
    EXPECT_FALSE(parse_key_set(test::view(text))) << text;
  }
  EXPECT_FALSE(parse_key_set(test::view(R"({"keys":[]})" + std::string(kMaxKeySet, ' '))));
}

TEST(KeySet, RejectsMoreKeysThanItsLimit) {
  Json keys = Json::array();
  for (std::size_t i = 0; i < kMaxKeys; ++i) {
    keys.push_back(key("key-" + std::to_string(i)));
  }
  EXPECT_EQ(parse(keys).value().keys.size(), kMaxKeys);
  keys.push_back(key("one too many"));
  EXPECT_FALSE(parse(keys));
}

TEST(KeySet, RejectsKeysThatAreNotWhole) {
  expect_refused(with_member("x", kX + "A"), "key set.keys[0].x: expected a string of at most 64 bytes");
  expect_refused(with_member("x", kX.substr(1)), "key set.keys[0].x: expected base64url of 48 bytes");
  expect_refused(with_member("y", kY.substr(4)), "key set.keys[0].y: expected base64url of 48 bytes");
  expect_refused(with_member("y", std::string(63, 'A') + "+"), "key set.keys[0].y: expected base64url of 48 bytes");
  expect_refused(with_member("y", 7), "key set.keys[0].y: expected a string");
  expect_refused(with_member("kid", ""), "key set.keys[0].kid: expected a string of at least one byte");
  expect_refused(with_member("kid", 1), "key set.keys[0].kid: expected a string");
  expect_refused(with_member("kid", std::string(257, 'k')),
                 "key set.keys[0].kid: expected a string of at most 256 bytes");
  expect_refused(with_member("kty", 7), "key set.keys[0].kty: expected a string");
  expect_refused(with_member("use", nullptr), "key set.keys[0].use: expected a string");
  Json without_y = key();
  without_y.erase("y");
  expect_refused(without_y, R"(key set.keys[0]: expected a member "y")");
}

TEST(KeySet, RejectsCertificatesThatAreNone) {
  expect_refused(with_member("x5c", "AA"), "key set.keys[0].x5c: expected an array");
  expect_refused(with_member("x5c", Json::array({"AA=="})),
                 "key set.keys[0].x5c[0]: expected base64 of a DER certificate");
  const std::string good = to_base64(test::certificate(1));
  expect_refused(with_member("x5c", Json::array({good, good + "\n"})),
                 "key set.keys[0].x5c[1]: expected base64 of a DER certificate");
  expect_refused(with_member("x5c", Json::array({good, good, good, good, good})),
                 "key set.keys[0].x5c: expected an array of at most 4 elements");
}

// ATTACK(V7): which of two keys of one name is used would be the reader's choice.
TEST(KeySet, RejectsOneNameForTwoKeys) {
  const auto parsed = parse(Json::array({key("one"), key("two"), key("one")}));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message(), R"(key set.keys[2]: expected a kid of its own, not "one" again)");
}

// ATTACK(V7): no key of another kind, and none that is for something else, is ever handed out.
TEST(KeySet, PassesOverOtherKeys) {
  Json nameless = key();
  nameless.erase("kid");
  Json curveless = key();
  curveless.erase("crv");
  const auto parsed = parse(Json::array({
      {{"kty", "RSA"}, {"kid", "one"}, {"n", "AQAB"}, {"e", "AQAB"}},
      {{"kty", "oct"}, {"kid", "one"}, {"k", "AQAB"}},
      with_member("crv", "P-256"),
      with_member("crv", "secp384r1"),
      with_member("use", "enc"),
      with_member("alg", "ES256"),
      with_member("key_ops", Json::array({"sign", "deriveKey"})),
      with_member("key_ops", Json::array()),
      nameless,
      curveless,
  }));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_TRUE(parsed->keys.empty());
  EXPECT_EQ(parsed->other_keys, 10U);
  EXPECT_EQ(parsed->find("one"), nullptr);
  EXPECT_EQ(parsed->find(""), nullptr);
}

TEST(KeySet, ReadsKeysWithAndWithoutCertificates) {
  Json signing = key("two");
  signing["use"] = "sig";
  signing["alg"] = "ES384";
  signing["key_ops"] = Json::array({"verify"});
  signing["later"] = Json::object();
  signing["x5c"] = Json::array({to_base64(test::certificate(1)), to_base64(test::certificate(2))});
  const auto parsed = parse(Json::array({key("one"), signing}));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->other_keys, 0U);
  ASSERT_EQ(parsed->keys.size(), 2U);
  const TokenKey* one = parsed->find("one");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->x_y.front(), 0x01);
  EXPECT_EQ(one->x_y.back(), 0x02);
  EXPECT_TRUE(one->certificates.empty());
  const TokenKey* two = parsed->find("two");
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(two->certificates, (std::vector<Bytes>{test::certificate(1), test::certificate(2)}));
  EXPECT_EQ(parsed->find("on"), nullptr);
}

TEST(KeySet, ReadsTheGenuineOnes) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  for (const auto& [name, count] :
       {std::pair{"one-gpu-pass", 32U}, std::pair{"eight-gpu-pass", 32U}, std::pair{"eight-gpu-nonce-mismatch", 36U}}) {
    const auto parsed = parse_key_set(test::read_vector("nvidia/nras/" + std::string(name) + "/jwks.json"));
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(parsed->keys.size(), count) << name;
    EXPECT_EQ(parsed->other_keys, 0U) << name;
    for (const TokenKey& one : parsed->keys) {
      EXPECT_EQ(one.certificates.size(), 2U) << one.key_id;
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::nvidia
