// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "formats/json.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::json {
namespace {

class JsonNode : public ::testing::Test {
 protected:
  Value value_ = Value::parse(R"({"levels":[{"svn":65535},{"svn":65536}],"text":"abcd","none":null,"negative":-1,
                                 "fmspc":"00906eD50000","short":"00","time":"2026-11-22T07:00:00Z","flag":true})");
  Node node_{value_, "tcbInfo"};

  Node at(std::string_view name) const { return node_.member(name).value(); }
};

template <class T>
void expect_wrong(const Result<T>& result, std::string_view message) {
  ASSERT_FALSE(result.has_value()) << message;
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(result.error().message(), message);
}

TEST_F(JsonNode, NamesThePathOfWhatIsWrong) {
  const auto levels = at("levels").array(2).value();
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[1].path(), "tcbInfo.levels[1]");
  EXPECT_EQ(levels[0].member("svn").value().unsigned_integer(65535).value(), 65535U);
  expect_wrong(levels[1].member("svn").value().unsigned_integer(65535),
               "tcbInfo.levels[1].svn: expected an unsigned integer up to 65535");
}

TEST_F(JsonNode, RefusesAbsentMembersAndMembersOfWhatIsNoObject) {
  expect_wrong(node_.member("absent"), "tcbInfo: expected a member \"absent\"");
  expect_wrong(at("text").member("x"), "tcbInfo.text: expected an object");
  expect_wrong(at("levels").optional_member("x"), "tcbInfo.levels: expected an object");
  EXPECT_FALSE(at("none").has("x"));
  EXPECT_FALSE(node_.has("absent"));
  EXPECT_TRUE(node_.has("none"));
}

TEST_F(JsonNode, TellsAbsentFromNull) {
  EXPECT_FALSE(node_.optional_member("absent").value().has_value());
  const auto none = node_.optional_member("none").value();
  ASSERT_TRUE(none.has_value());
  expect_wrong(none->string(), "tcbInfo.none: expected a string");
}

TEST_F(JsonNode, BoundsStringsAndArrays) {
  EXPECT_EQ(at("text").string(4).value(), "abcd");
  expect_wrong(at("text").string(3), "tcbInfo.text: expected a string of at most 3 bytes");
  expect_wrong(at("flag").string(), "tcbInfo.flag: expected a string");
  expect_wrong(at("levels").array(1), "tcbInfo.levels: expected an array of at most 1 elements");
  expect_wrong(at("text").array(1), "tcbInfo.text: expected an array");
}

TEST_F(JsonNode, ReadsUnsignedIntegersOnly) {
  expect_wrong(at("negative").unsigned_integer(9), "tcbInfo.negative: expected an unsigned integer up to 9");
  expect_wrong(at("text").unsigned_integer(9), "tcbInfo.text: expected an unsigned integer up to 9");
  expect_wrong(at("flag").unsigned_integer(9), "tcbInfo.flag: expected an unsigned integer up to 9");
}

// ATTACK(P5)
TEST_F(JsonNode, ReadsHexOfTheExactLength) {
  EXPECT_EQ(at("fmspc").hex<6>().value(), (ByteArray<6>{0x00, 0x90, 0x6e, 0xd5, 0x00, 0x00}));
  expect_wrong(at("fmspc").hex<5>(), "tcbInfo.fmspc: expected 5 bytes in hex");
  expect_wrong(at("fmspc").hex<7>(), "tcbInfo.fmspc: expected 7 bytes in hex");
  expect_wrong(at("flag").hex<1>(), "tcbInfo.flag: expected 1 bytes in hex");
  for (const std::string_view bad : {"0", "000", "0g", " 0", "0x", "", "0 ", "\xc3\xa9"}) {
    const Value value(bad);
    expect_wrong(Node(value, "x").hex<1>(), "x: expected 1 bytes in hex");
  }
}

TEST_F(JsonNode, ReadsTimes) {
  EXPECT_EQ(to_rfc3339(at("time").time().value()), "2026-11-22T07:00:00Z");
  expect_wrong(at("text").time(), "tcbInfo.text: expected an RFC 3339 time");
  expect_wrong(at("negative").time(), "tcbInfo.negative: expected an RFC 3339 time");
}

TEST_F(JsonNode, PrintsHostilePathsSafely) {
  expect_wrong(Node(value_, "a\nb").string(), "a\\x0ab: expected a string");
  EXPECT_LT(Node(value_, std::string(100'000, 'p')).wrong("x").message().size(), 300U);
  EXPECT_EQ(Node(value_, "").wrong("an object").message(), "json: expected an object");
  EXPECT_EQ(Node(value_, "").member("text").value().path(), "text");
}

}  // namespace
}  // namespace tenzro::tee::json
