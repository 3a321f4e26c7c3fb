// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "formats/json.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::json {
namespace {

using test::view;

std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

using Slices = std::vector<std::pair<std::string, std::string>>;
Slices slices(std::string_view text) {
  const auto members = raw_members(view(text));
  if (!members) {
    ADD_FAILURE() << members.error().message();
    return {};
  }
  Slices out;
  for (const auto& [name, value] : *members) {
    out.emplace_back(name, text_of(value));
  }
  return out;
}

TEST(JsonRawMembers, AreTheExactBytesOfEachValueInOrder) {
  EXPECT_EQ(slices(R"({"b":{"x":[1,{"y":"}"}]},"a":"s","n":-12,"t":true,"z":null,"e":[],"o":{}})"),
            (Slices{{"b", R"({"x":[1,{"y":"}"}]})"},
                    {"a", R"("s")"},
                    {"n", "-12"},
                    {"t", "true"},
                    {"z", "null"},
                    {"e", "[]"},
                    {"o", "{}"}}));
}

TEST(JsonRawMembers, KeepInnerAndDropOuterWhiteSpace) {
  EXPECT_EQ(slices(" \n{ \"a\" :\t{ \"b\" : [ 1 , 2 ] }\r\n, \"c\"\n:\n 7 \n, \"d\" : \" x \" } \n"),
            (Slices{{"a", "{ \"b\" : [ 1 , 2 ] }"}, {"c", "7"}, {"d", "\" x \""}}));
}

// ATTACK(P4)
TEST(JsonRawMembers, AreNotMisledByQuotesBracketsAndEscapesInStrings) {
  EXPECT_EQ(slices(R"({"a":"\"}","b":"\\","c":{"\"]}":"{[\\\""},"d":["]","\\\\",":,"],"e":"\u0022}"})"),
            (Slices{{"a", R"("\"}")"},
                    {"b", R"("\\")"},
                    {"c", R"({"\"]}":"{[\\\""})"},
                    {"d", R"(["]","\\\\",":,"])"},
                    {"e", R"("\u0022}")"}}));
}

TEST(JsonRawMembers, UnescapeNamesButNotValues) {
  EXPECT_EQ(slices(R"({"tcb\u0049nfo":"\u0041","\ud83d\udca9":1,"q\"\\":2,"":3})"),
            (Slices{{"tcbInfo", R"("\u0041")"}, {"\xf0\x9f\x92\xa9", "1"}, {"q\"\\", "2"}, {"", "3"}}));
  EXPECT_EQ(slices("{\"\xf0\x9f\x92\xa9\":\"\xc3\xa9\"}"), (Slices{{"\xf0\x9f\x92\xa9", "\"\xc3\xa9\""}}));
}

TEST(JsonRawMembers, AreViewsIntoTheText) {
  const std::string text = R"({"a":{"b":1}})";
  const auto members = raw_members(view(text)).value();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].second.data(), view(text).data() + 5);
  EXPECT_EQ(members[0].second.size(), 7U);
}

TEST(JsonRawMembers, OfAnEmptyObjectAreNone) {
  EXPECT_TRUE(slices("{}").empty());
  EXPECT_TRUE(slices(" { } ").empty());
}

TEST(JsonRawMembers, RefuseWhatIsNoObject) {
  for (const std::string_view text : {"[]", "1", "\"{}\"", "null", "true"}) {
    const auto members = raw_members(view(text));
    ASSERT_FALSE(members.has_value()) << text;
    EXPECT_EQ(members.error().code(), ErrorCode::malformed_input);
    EXPECT_EQ(members.error().message(), "json: expected an object");
  }
}

// ATTACK(P4)
TEST(JsonRawMembers, RefuseWhatParseRefuses) {
  for (const std::string_view text :
       {"", "{", "{\"a\":1,\"a\":1}", "{\"a\":1}x", "{\"a\":1.5}", "{\"a\":1,}", "{\"a\":[}"}) {
    EXPECT_FALSE(raw_members(view(text)).has_value()) << text;
  }
  EXPECT_FALSE(raw_members(view("{\"a\":1}"), {.max_size = 6}).has_value());
}

TEST(JsonRawMembers, ComeWithTheValueFromParseObject) {
  const std::string text = R"({"a":[1],"b":2})";
  const auto object = parse_object(view(text)).value();
  EXPECT_EQ(object.value, Value::parse(text));
  ASSERT_EQ(object.members.size(), 2U);
  EXPECT_EQ(text_of(object.members[0].second), "[1]");
}

TEST(JsonRawMembers, ReadNamesAsLongAsTheText) {
  const std::string name(std::size_t{5} << 20, 'n');
  const std::string text = "{\"" + name + "\":1}";
  const auto members = raw_members(view(text), {.max_size = text.size()}).value();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].first, name);
}

}  // namespace
}  // namespace tenzro::tee::json
