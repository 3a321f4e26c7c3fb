// SPDX-License-Identifier: Apache-2.0
#include "formats/der_fields.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::der {
namespace {

Bytes bytes(std::string_view hex) { return from_hex(hex).value(); }

template <class T>
void expect_malformed(const Result<T>& result, std::string_view message, std::string_view what) {
  ASSERT_FALSE(result.has_value()) << what;
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input) << what;
  EXPECT_EQ(result.error().message(), message) << what;
}

// ATTACK(X14)
TEST(CheckDer, LooksAtEveryPrimitiveElement) {
  for (const std::string_view good : {"0101ff", "020100", "06032a8648", "0603813403", "0500", "030100",
                                      "030207"
                                      "80",
                                      "0400", "0c0161", ""}) {
    EXPECT_TRUE(check_der("thing", bytes(good))) << good;
  }
  for (const auto& [hex, message] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"010101", "thing.boolean: expected a boolean of one byte, 00 or ff"},
           {"0600", "thing: an object identifier that ends inside an arc"},
           {"06032a8680", "thing: an object identifier that ends inside an arc"},
           {"06028001", "thing: an object identifier with a needless leading 80"},
           {"06032a8001", "thing: an object identifier with a needless leading 80"},
           {"050100", "thing: a NULL with content"},
           {"0300", "thing: a bit string without its bit count"},
           {"03020800", "thing: a bit string without its bit count"},
           {"030101", "thing: a bit string with stray bits"},
           {"03020701", "thing: a bit string with stray bits"},
           {"310602010202"
            "0101",
            "thing: a set out of order"}}) {
    expect_malformed(check_der("thing", bytes(hex)), message, hex);
    Bytes inside = bytes(hex);
    inside.insert(inside.begin(), {0x30, static_cast<std::uint8_t>(inside.size())});
    expect_malformed(check_der("thing", inside), message, hex);
  }
  EXPECT_TRUE(check_der("thing", bytes("3106020101020102")));
  EXPECT_TRUE(check_der("thing", bytes("3106020101020101"))) << "the same twice";
  EXPECT_FALSE(check_der("thing", bytes("020200ff02020001")));
}

// ATTACK(X14): sixteen levels, and no recursion before they are counted.
TEST(CheckDer, BoundsTheDepth) {
  Bytes nested;
  for (int level = 1; level <= 17; ++level) {
    nested.insert(nested.begin(), {0x30, static_cast<std::uint8_t>(nested.size())});
    if (level <= 16) {
      EXPECT_TRUE(check_der("thing", nested)) << level;
    } else {
      expect_malformed(check_der("thing", nested), "thing: nested more than 16 levels deep", "17");
    }
  }
}

Result<UtcTime> time_of(std::uint8_t tag, std::string_view text) {
  Bytes in{tag, static_cast<std::uint8_t>(text.size())};
  in.insert(in.end(), text.begin(), text.end());
  Reader reader("thing", in);
  return read_time(reader, "when");
}

TEST(DerTime, HasOneFormAndIsADateAndTimeOfDay) {
  EXPECT_EQ(to_rfc3339(*time_of(kUtcTime, "490228235959Z")), "2049-02-28T23:59:59Z");
  EXPECT_EQ(to_rfc3339(*time_of(kUtcTime, "700101000000Z")), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(*time_of(kGeneralizedTime, "20510228235959Z")), "2051-02-28T23:59:59Z");
  for (const std::string_view text :
       {"490228236000Z", "490228235960Z", "490228240000Z", "490229000000Z", "491328000000Z", "490200000000Z"}) {
    expect_malformed(time_of(kUtcTime, text), "when: no such date or time of day", text);
    const std::string general = "20" + std::string(text);
    expect_malformed(time_of(kGeneralizedTime, general), "when: no such date or time of day", general);
  }
  constexpr std::string_view kForm = "when: a time must have seconds, end in Z and have no fraction";
  for (const std::string_view text : {"4902282359Z", "490228235959", "490228235959.5Z", "490228235959+00"}) {
    expect_malformed(time_of(kUtcTime, text), kForm, text);
  }
  for (const auto& [tag, good] : {std::pair(kUtcTime, std::string("490228235959Z")),
                                  std::pair(kGeneralizedTime, std::string("20490228235959Z"))}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const char other : {':', '/'}) {
        std::string text = good;
        text[at] = other;
        expect_malformed(time_of(tag, text), kForm, text);
      }
    }
  }
}

TEST(DerBitString, IsOfWholeBytesWhereItMustBe) {
  const auto read = [](std::string_view hex) {
    const Bytes in = bytes(hex);
    Reader reader("thing", in);
    const auto found = read_whole_bit_string(reader, "key");
    return found ? Result<std::string>(to_hex(*found)) : found.error();
  };
  EXPECT_EQ(*read("030300abcd"), "abcd");
  EXPECT_EQ(*read("030100"), "");
  for (const std::string_view hex : {"0300", "03020180", "030201ff"}) {
    expect_malformed(read(hex), "key: a bit string of whole bytes is expected", hex);
  }
}

TEST(DerExtensions, LeaveTheirDefaultOutAndStandOnce) {
  const auto read = [](std::string_view items) {
    Bytes in = bytes(items);
    in.insert(in.begin(), {0x30, static_cast<std::uint8_t>(in.size())});
    Reader reader("thing", in);
    const auto found = read_extensions(reader, "extensions");
    return found ? Result<std::size_t>(found->size()) : found.error();
  };
  EXPECT_EQ(*read("30060602"
                  "2a03"
                  "0400"),
            1U);
  EXPECT_EQ(*read("30090602"
                  "2a03"
                  "0101ff"
                  "0400"),
            1U);
  EXPECT_EQ(*read("30060602"
                  "2a03"
                  "0400"
                  "30060602"
                  "2a04"
                  "0400"),
            2U);
  expect_malformed(read("30090602"
                        "2a03"
                        "010100"
                        "0400"),
                   "extensions: 1.2.3: critical FALSE written out", "FALSE");
  expect_malformed(read("30060602"
                        "2a03"
                        "0400"
                        "30060602"
                        "2a03"
                        "0400"),
                   "extensions: 1.2.3 twice", "twice");
  expect_malformed(read(""), "extensions: an empty list of extensions", "none");
}

TEST(DerExtensions, AreNotMoreThan64) {
  for (const std::size_t count : {64U, 65U}) {
    Bytes in;
    for (std::size_t i = 0; i < count; ++i) {
      in.insert(in.end(), {0x30, 0x06, 0x06, 0x02, 0x2a, static_cast<std::uint8_t>(i), 0x04, 0x00});
    }
    in.insert(in.begin(),
              {0x30, 0x82, static_cast<std::uint8_t>(in.size() >> 8U), static_cast<std::uint8_t>(in.size())});
    Reader reader("thing", in);
    const auto found = read_extensions(reader, "extensions");
    if (count == 64) {
      EXPECT_EQ(found->size(), count);
    } else {
      expect_malformed(found, "extensions: more than 64 extensions", "65");
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::der
