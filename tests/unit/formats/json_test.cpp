// SPDX-License-Identifier: Apache-2.0
#include "formats/json.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "support/vectors.hpp"

namespace tenzro::tee::json {
namespace {

using test::view;
using namespace std::literals;

std::string refusal(std::string_view text, const Limits& limits = {}) {
  const auto value = parse(view(text), limits);
  if (value) {
    return "accepted";
  }
  EXPECT_EQ(value.error().code(), ErrorCode::malformed_input);
  EXPECT_LT(value.error().message().size(), 400U);
  EXPECT_EQ(value.error().message().find('\n'), std::string::npos);
  return value.error().message();
}
bool accepts(std::string_view text, const Limits& limits = {}) { return parse(view(text), limits).has_value(); }

constexpr std::string_view kNotAnInteger = "expected an integer of 64 bits without fraction or exponent";
std::string at(std::string_view place, std::string_view problem) {
  return "json: " + std::string(place) + ": " + std::string(problem);
}

// ATTACK(P4)
TEST(Json, RefusesDuplicateNamesAtEveryDepth) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), R"(json: line 1, column 10: duplicate member "a")");
  EXPECT_EQ(refusal(R"({"a":1,"b":2,"a":1})"), R"(json: line 1, column 16: duplicate member "a")");
  EXPECT_EQ(refusal("{\"x\":[0,{\"y\":{\"a\":{},\n  \"a\":{}}}]}"), R"(json: line 2, column 5: duplicate member "a")");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), R"(json: line 1, column 15: duplicate member "a")");
  EXPECT_EQ(refusal(R"({"":1,"":2})"), R"(json: line 1, column 8: duplicate member "")");
  EXPECT_EQ(refusal(R"({"a":null,"a":null})"), R"(json: line 1, column 13: duplicate member "a")");
  EXPECT_TRUE(accepts(R"({"a":{"a":{"a":[{"a":1},{"a":2}]}},"A":1})"));
}

TEST(Json, ShowsHostileNamesWithoutControlCharacters) {
  EXPECT_EQ(refusal(R"({"\n\u001b[31m":1,"\n\u001b[31m":2})"),
            R"(json: line 1, column 32: duplicate member "\x0a\x1b[31m")");
  const std::string name(100000, 'n');
  EXPECT_EQ(refusal("{\"" + name + "\":1,\"" + name + "\":2}"),
            "json: line 1, column 200008: duplicate member \"" + std::string(80, 'n') + "...\"");
}

// ATTACK(P4)
TEST(Json, RefusesMoreThan64NestedContainers) {
  const auto arrays = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(accepts(arrays(64)));
  EXPECT_EQ(refusal(arrays(65)), "json: line 1, column 65: nested deeper than 64");
  EXPECT_EQ(refusal(arrays(200'000)), "json: line 1, column 65: nested deeper than 64");
  EXPECT_EQ(refusal(std::string(200'000, '[')), "json: line 1, column 65: nested deeper than 64");
  std::string objects;
  for (int i = 0; i < 200'000; ++i) {
    objects += "{\"a\":";
  }
  EXPECT_EQ(refusal(objects), "json: line 1, column 321: nested deeper than 64");
  EXPECT_TRUE(accepts("[[],[],[{}]]", {.max_depth = 3}));
  EXPECT_EQ(refusal("[[[[]]]]", {.max_depth = 3}), "json: line 1, column 4: nested deeper than 3");
  EXPECT_EQ(refusal("[]", {.max_depth = 0}), "json: line 1, column 1: nested deeper than 0");
}

TEST(Json, StandsDepthOfAnySizeIfTheCallerAllowsIt) {
  constexpr std::size_t kDeep = 200'000;
  const auto value = parse(view(std::string(kDeep, '[') + std::string(kDeep, ']')), {.max_depth = kDeep});
  EXPECT_TRUE(value.has_value());
}

// ATTACK(P4)
TEST(Json, RefusesNumbersThatAreNoExact64BitIntegers) {
  EXPECT_EQ(refusal("1e400"), at("line 1, column 5", kNotAnInteger));
  EXPECT_EQ(refusal("-1e400"), at("line 1, column 6", kNotAnInteger));
  EXPECT_EQ(refusal("1e4"), at("line 1, column 3", kNotAnInteger));
  EXPECT_EQ(refusal("1.0"), at("line 1, column 3", kNotAnInteger));
  EXPECT_EQ(refusal("[1,\n-0.0\n]"), at("line 2, column 4", kNotAnInteger));
  EXPECT_EQ(refusal("18446744073709551616"), at("line 1, column 20", kNotAnInteger));
  EXPECT_EQ(refusal("-9223372036854775809"), at("line 1, column 20", kNotAnInteger));
  EXPECT_EQ(refusal(R"({"a":184467440737095516150})"), at("line 1, column 26", kNotAnInteger));
  EXPECT_EQ(refusal(std::string(100'000, '9')), at("line 1, column 100000", kNotAnInteger));
  EXPECT_EQ(parse(view("18446744073709551615")).value().get<std::uint64_t>(), 18446744073709551615ULL);
  EXPECT_EQ(parse(view("-9223372036854775808")).value().get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  for (const std::string_view bad : {"NaN", "Infinity", "-Infinity", "+1", "01", "-01", "0x10", ".5", "1.", "1e", "-",
                                     "1_000", "--1", "0b1", "1e+", "nan"}) {
    EXPECT_FALSE(accepts(bad)) << bad;
  }
}

// ATTACK(P4)
TEST(Json, RefusesByteOrderMarksNulBytesAndTrailingText) {
  EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "json: line 1, column 1: byte-order mark");
  EXPECT_FALSE(accepts("\xef\xbb{}"));
  EXPECT_FALSE(accepts("\xfe\xff{}"));
  EXPECT_EQ(refusal("{}\n\0"s), "json: line 2, column 1: NUL byte");
  EXPECT_EQ(refusal("{}\0{\"a\":1}"s), "json: line 1, column 3: NUL byte");
  EXPECT_EQ(refusal("\0{}"s), "json: line 1, column 1: NUL byte");
  EXPECT_EQ(refusal("{\"a\0\":1}"s), "json: line 1, column 4: NUL byte");
  EXPECT_EQ(refusal("{} {}"), "json: line 1, column 4: unexpected '{'; expected end of input");
  EXPECT_EQ(refusal("1 2"), "json: line 1, column 3: unexpected number literal; expected end of input");
  EXPECT_FALSE(accepts("{}x"));
  EXPECT_FALSE(accepts("{},"));
  EXPECT_FALSE(accepts("[]]"));
  EXPECT_FALSE(accepts("{}\f"));
  EXPECT_FALSE(accepts("{}\xc2\xa0"));
  EXPECT_TRUE(accepts(" \t\r\n{ } \t\r\n"));
}

// ATTACK(P4)
TEST(Json, RefusesNulInStringsAndNames) {
  EXPECT_EQ(refusal(R"({"a":"x\u0000y"})"), "json: line 1, column 15: NUL in a string");
  EXPECT_EQ(refusal(R"({"\u0000":1})"), "json: line 1, column 9: NUL in a member name");
  EXPECT_TRUE(accepts(R"(["\u0001\b\f\n\r\t\"\\\/"])"));
}

// ATTACK(P4)
TEST(Json, RefusesInvalidUtf8AndLoneSurrogates) {
  for (const std::string_view bad :
       {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xfe", "\xe2\x82", "\xf0\x9f\x92"}) {
    EXPECT_FALSE(accepts("\"" + std::string(bad) + "\"")) << to_hex(view(bad));
    EXPECT_FALSE(accepts("{\"" + std::string(bad) + "\":1}")) << to_hex(view(bad));
  }
  EXPECT_EQ(refusal("\"\xff\""), "json: line 1, column 2: invalid string: ill-formed UTF-8 byte");
  for (const std::string_view bad :
       {R"("\ud800")", R"("\udc00")", R"("\udbff")", R"("\udfff")", R"("\ud800\ud800")", R"("\ud800x")",
        R"("\ud800\u0041")", R"("\udc00\ud800")", R"("\ud83d\n")", R"({"\ud800":1})"}) {
    EXPECT_FALSE(accepts(bad)) << bad;
  }
  EXPECT_EQ(parse(view(R"("\ud83d\udca9")")).value().get<std::string>(), "\xf0\x9f\x92\xa9");
  EXPECT_TRUE(accepts("\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\""));
}

TEST(Json, RefusesWhatOtherDialectsAllow) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{a:1}",
                                     "{'a':1}",
                                     "['a']",
                                     "[1,]",
                                     "{\"a\":1,}",
                                     "[,1]",
                                     "[1 2]",
                                     "{\"a\" 1}",
                                     "{\"a\":}",
                                     "{1:2}",
                                     "// x\n{}",
                                     "{}/* x */",
                                     "/**/{}",
                                     "{\"a\":undefined}",
                                     "True",
                                     "nul",
                                     "tru",
                                     "\"a\nb\"",
                                     "\"a\tb\"",
                                     "\"\\x41\"",
                                     "\"\\u12\"",
                                     "\"\\u123g\"",
                                     "\"\\",
                                     "\"",
                                     "{\"a\":1;\"b\":2}",
                                     "{{}}",
                                     "[}",
                                     "{]",
                                     "}",
                                     ":"}) {
    EXPECT_FALSE(accepts(bad)) << bad;
  }
}

TEST(Json, TellsLineAndColumnOfSyntaxErrors) {
  EXPECT_EQ(refusal("{\n  \"a\": 1,\n  \"b\" 2\n}"), "json: line 3, column 7: unexpected number literal; expected ':'");
  EXPECT_EQ(refusal(""), "json: line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
  EXPECT_EQ(refusal("[tru]"), "json: line 1, column 5: invalid literal");
}

// ATTACK(P8)
TEST(Json, BoundsSizeAndNumberOfValues) {
  EXPECT_TRUE(accepts("[1,2,3]", {.max_size = 7}));
  EXPECT_EQ(refusal("[1,2,3]", {.max_size = 6}), "json: 7 bytes, expected at most 6");
  EXPECT_TRUE(accepts("[1,{\"a\":2}]", {.max_values = 4}));
  EXPECT_EQ(refusal("[1,{\"a\":2}]", {.max_values = 3}), "json: line 1, column 9: more than 3 values");
  EXPECT_EQ(refusal("[[],[],[]]", {.max_values = 3}), "json: line 1, column 8: more than 3 values");
  std::string many = "[0";
  for (std::size_t i = 2; i < Limits{}.max_values; ++i) {
    many += ",0";
  }
  EXPECT_TRUE(accepts(many + "]"));
  EXPECT_FALSE(accepts(many + ",0]"));
}

TEST(Json, ParsesEveryKindOfValue) {
  const auto value = parse(view(R"({"o":{"n":null},"a":[true,false,-1,0,"s"],"e":{},"f":[]})")).value();
  EXPECT_EQ(value, Value::parse(R"({"o":{"n":null},"a":[true,false,-1,0,"s"],"e":{},"f":[]})"));
  EXPECT_TRUE(value["a"][3].is_number_unsigned());
  EXPECT_TRUE(parse(view("null")).value().is_null());
  EXPECT_EQ(parse(view("\"\"")).value().get<std::string>(), "");
}

// ATTACK(P1)
TEST(Json, RefusesEveryTruncation) {
  const std::string text =
      R"({"tcbInfo":{"id":"TDX","l":[1,-2,{"x":"\u00e9\ud83d\udca9\\"}],"t":true,"n":null},"s":"00"})";
  ASSERT_TRUE(accepts(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(accepts(text.substr(0, size))) << size;
  }
}

TEST(Json, AgreesWithNlohmannOnRealCollateral) {
  if (!test::have_vectors()) {
    return;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::vectors_dir() / "tdx" / "collateral")) {
    if (entry.path().extension() != ".json") {
      continue;
    }
    const Bytes text = test::read_file(entry.path());
    const auto value = parse(text);
    ASSERT_TRUE(value.has_value()) << entry.path() << ": " << value.error().message();
    EXPECT_EQ(*value, Value::parse(text.begin(), text.end())) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0U);
}

// The parser keeps white space for its messages, each line end as eight characters.
TEST(Json, RejectsEndlessWhiteSpace) {
  const auto with_blank = [](std::size_t count, char c) { return "{\"a\":" + std::string(count, c) + "1}"; };
  EXPECT_TRUE(parse(test::view(with_blank(4096, '\n'))).has_value());
  for (const char c : {'\n', '\t', '\r'}) {
    const auto refused = parse(test::view(with_blank(4097, c)));
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message().find("4096 characters of white space"), std::string::npos);
  }
  // Spaces alone may stand in a string, however many.
  EXPECT_TRUE(parse(test::view("[\"" + std::string(100'000, ' ') + "\"]")).has_value());
}

}  // namespace
}  // namespace tenzro::tee::json
