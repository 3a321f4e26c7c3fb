// SPDX-License-Identifier: Apache-2.0
#include "core/encoded_text.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

void expect_refused(std::string_view text, std::string_view message) {
  const auto decoded = decode_text(text);
  ASSERT_FALSE(decoded) << text;
  EXPECT_EQ(decoded.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(decoded.error().message(), message);
}

TEST(EncodedText, TellsWhatIsWrongInTheEncodingThatWasMeant) {
  expect_refused("abc", "hex: odd number of digits");
  expect_refused("0x0g", "hex: \"g\" at offset 1 is no hex digit");
  expect_refused("0400 02zz", "hex: \"z\" at offset 6 is no hex digit");
  expect_refused("AwACAAAA*", "base64: length is not a multiple of 4");
  expect_refused("AwACAAA*", "base64: \"*\" at offset 7 is no base64 digit");
  expect_refused("0X04\v", "hex: odd number of digits");
}

TEST(EncodedText, ReadsHexAndBase64WithWhiteSpaceAnywhere) {
  const Bytes bytes = {0x04, 0x00, 0x02};
  for (const std::string_view text : {"040002", "0x040002", " 0X04\r\n00\t02 ", "BAAC", "BA\nAC\n"}) {
    const auto decoded = decode_text(text);
    ASSERT_TRUE(decoded) << text << ": " << decoded.error().message();
    // Hex digits alone are hex: "BAAC" is two bytes.
    EXPECT_EQ(*decoded, text.starts_with("BA") ? (Bytes{0xba, 0xac}) : bytes) << text;
  }
  EXPECT_EQ(decode_text("AwACAAAA").value(), (Bytes{3, 0, 2, 0, 0, 0}));
  EXPECT_EQ(decode_text("+/AA").value(), (Bytes{0xfb, 0xf0, 0x00})) << "no hex, though all the rest would be";
  EXPECT_TRUE(decode_text("").value().empty());
  // The one base64 that may begin with a digit: a tagged COSE message.
  EXPECT_EQ(decode_text("0oRE").value(), (Bytes{0xd2, 0x84, 0x44}));
  EXPECT_EQ(decode_text("d28444").value(), (Bytes{0xd2, 0x84, 0x44}));
}

TEST(EncodedText, KnowsUtf8) {
  const auto is = [](std::string_view text) { return is_utf8(as_bytes(text)); };
  EXPECT_TRUE(is(""));
  EXPECT_TRUE(is("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"));
  EXPECT_TRUE(is("\xf4\x8f\xbf\xbf"));
  EXPECT_TRUE(is(std::string_view("a\0b", 3)));
  for (const std::string_view wrong : {"\x80", "a\xe4", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1", "\xff"}) {
    EXPECT_FALSE(is(wrong)) << to_hex(as_bytes(wrong));
  }
}

TEST(EncodedText, KnowsFourKindsOfWhiteSpace) {
  EXPECT_EQ(trimmed(" \t\r\n x y\n"), "x y");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed("\vx\f"), "\vx\f");
  EXPECT_TRUE(is_text("a b\t\r\n~"));
  for (const char c : {'\0', '\v', '\f', '\x1f', '\x7f', '\x80'}) {
    EXPECT_FALSE(is_white_space(c));
    EXPECT_FALSE(is_text(std::string_view(&c, 1)));
  }
}

// ATTACK(P5)
TEST(Base64Url, RefusesPaddingForeignDigitsAndStrayBits) {
  for (const auto& [text, message] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"Zg==", R"(base64url: "=" at offset 2 is no base64url digit)"},
           {"+_8", R"(base64url: "+" at offset 0 is no base64url digit)"},
           {"_-/8", R"(base64url: "/" at offset 2 is no base64url digit)"},
           {"Zg Z", R"(base64: " " at offset 2 is no base64 digit)"},
           {"Zm9vY", R"(base64: "=" at offset 5 is no base64 digit)"},
           {"Zh", "base64: the unused bits of the last digit are not zero"},
           {"Zm9", "base64: the unused bits of the last digit are not zero"}}) {
    const auto decoded = from_base64url(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code(), ErrorCode::malformed_input);
    EXPECT_EQ(decoded.error().message(), message);
  }
}

TEST(Base64Url, ReadsItsOwnDigits) {
  EXPECT_EQ(*from_base64url(""), Bytes{});
  EXPECT_EQ(*from_base64url("Zg"), (Bytes{'f'}));
  EXPECT_EQ(*from_base64url("-_-_"), (Bytes{0xfb, 0xff, 0xbf}));
  EXPECT_EQ(*from_base64url("_w"), Bytes{0xff});
  for (std::size_t size = 0; size <= 70; ++size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<std::uint8_t>(0xff - 5 * i);
    }
    EXPECT_EQ(*from_base64url(to_base64url(bytes)), bytes);
  }
  EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff, 0xbf, 'f'}), "-_-_Zg");
}

}  // namespace
}  // namespace tenzro::tee
