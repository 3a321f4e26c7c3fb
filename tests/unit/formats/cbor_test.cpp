// SPDX-License-Identifier: Apache-2.0
#include "formats/cbor.hpp"

#include <gtest/gtest.h>

#include <string>

#include "made/cbor.hpp"

namespace tenzro::tee::cbor {
namespace {

using test::cbor_bytes;
using test::cbor_head;
using test::cbor_map;
using test::cbor_text;
using test::cbor_unsigned;
using test::joined;

constexpr Form kLoose = {.shortest_heads = false, .indefinite_containers = true};

Bytes hex(std::string_view text) { return *from_hex(text); }

/// Reads the whole input as one item. Empty when that went well, else the message.
std::string problem(const Bytes& input, Form form = kLoose) {
  Reader in("item", input, form);
  if (const auto skipped = in.skip("value"); !skipped) {
    EXPECT_EQ(skipped.error().code(), ErrorCode::malformed_input);
    return skipped.error().message();
  }
  const auto end = in.expect_end();
  return end ? "" : end.error().message();
}
std::string problem(std::string_view text, Form form = kLoose) { return problem(hex(text), form); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// ATTACK(N8)
TEST(Cbor, RefusesWhatIsNotWhole) {
  for (const std::string_view text :
       {"", "18", "1901", "1a010203", "1b01020304050607", "42aa", "62aa", "8101ff", "8201", "a1", "a101", "9f", "9f01",
        "bf", "bf01", "bf0102", "58", "5bffffffffffffffff"}) {
    EXPECT_NE(problem(text), "") << text;
  }
}

// ATTACK(N8)
TEST(Cbor, RefusesWhatComesAfterTheItem) {
  EXPECT_TRUE(contains(problem("0102"), "1 unexpected bytes at offset 1"));
  EXPECT_TRUE(contains(problem("a0f6"), "1 unexpected bytes"));
}

// ATTACK(N8)
TEST(Cbor, RefusesTypesThatHaveNoPlaceInADocument) {
  EXPECT_TRUE(contains(problem("c101"), "a tag"));
  EXPECT_TRUE(contains(problem("d8184100"), "a tag"));
  EXPECT_TRUE(contains(problem("81d201"), "a tag"));
  for (const std::string_view text :
       {"f97e00", "fa7fc00000", "fb7ff8000000000000", "f7", "e0", "f0", "f3", "f814", "f8ff", "f818"}) {
    EXPECT_TRUE(contains(problem(text), "float or simple value")) << text;
  }
}

TEST(Cbor, RefusesReservedAndMisplacedHeads) {
  for (const std::string_view text : {"1c", "3d", "5e", "7c", "9d", "be", "dc", "fd"}) {
    EXPECT_TRUE(contains(problem(text), "reserved additional information")) << text;
  }
  EXPECT_TRUE(contains(problem("ff"), "a break where an item is due"));
  EXPECT_TRUE(contains(problem("81ff"), "a break"));
  EXPECT_TRUE(contains(problem("a1ff01"), "a break"));
  EXPECT_TRUE(contains(problem("bf01ff"), "a break")) << "a key without a value";
  EXPECT_TRUE(contains(problem("1f"), "without a value"));
  EXPECT_TRUE(contains(problem("3f"), "without a value"));
  EXPECT_TRUE(contains(problem("df"), "without a value"));
}

// ATTACK(N8)
TEST(Cbor, RefusesStringsInChunks) {
  for (const std::string_view text : {"5fff", "5f4100ff", "7f6161ff", "bf7f6161ff01ff"}) {
    EXPECT_TRUE(contains(problem(text), "in chunks")) << text;
  }
}

// ATTACK(N8)
TEST(Cbor, RefusesCountsThatTheInputCannotHold) {
  for (const std::string_view text :
       {"9a08000000", "9bffffffffffffffff", "ba08000000", "bb8000000000000000", "bbffffffffffffffff", "8201"}) {
    EXPECT_TRUE(contains(problem(text), "bytes are left")) << text;
  }
  EXPECT_EQ(problem("a10102"), "");
  EXPECT_TRUE(contains(problem("a20102"), "states 2 pairs, 2 bytes are left"));
  EXPECT_TRUE(contains(problem("5b8000000000000000"), "a string of 9223372036854775808 bytes, 0 are left"));
  EXPECT_TRUE(contains(problem("7a00000002aa"), "a string of 2 bytes, 1 are left"));
}

// ATTACK(N8)
TEST(Cbor, RefusesNestingBeyondItsLimit) {
  for (const Bytes& open : {Bytes{0x81}, Bytes{0x9f}, Bytes{0xa1, 0x00}, Bytes{0xbf, 0x00}}) {
    Bytes within, beyond;
    for (std::size_t depth = 0; depth < kMaxDepth; ++depth) {
      within = joined({within, open});
    }
    for (std::size_t depth = 0; depth < 10'000; ++depth) {
      beyond = joined({beyond, open});
    }
    const bool breaks = (open[0] & 0x1f) == 0x1f;
    EXPECT_EQ(problem(joined({within, {0x00}, breaks ? Bytes(kMaxDepth, 0xff) : Bytes{}})), "");
    EXPECT_TRUE(contains(problem(beyond), "more than 8 arrays and maps inside each other"));
  }
}

// ATTACK(N8)
TEST(Cbor, RefusesAKeyThatStandsTwice) {
  for (const std::string_view text :
       {"a200010001", "a20001180002", "a2000119000002", "a2616101616102", "a2410102410103", "a220012001", "a2f601f602",
        "a2f501f502", "bf616101616102ff", "81a200010002", "a101a200010002"}) {
    EXPECT_TRUE(contains(problem(text), "a key stands in the map twice")) << text;
  }
  // Alike, but of another type or value.
  for (const std::string_view text : {"a200012002", "a2416101616102", "a20001f402", "a2f401f502", "a2616101616202"}) {
    EXPECT_EQ(problem(text), "") << text;
  }
  EXPECT_TRUE(contains(problem("a18001"), "as the key of a map"));
  EXPECT_TRUE(contains(problem("a1a001"), "as the key of a map"));
}

TEST(Cbor, RefusesMapsOfMorePairsThanItCompares) {
  test::CborPairs pairs;
  for (std::uint64_t i = 0; i < kMaxPairs; ++i) {
    pairs.emplace_back(cbor_unsigned(i), cbor_unsigned(0));
  }
  EXPECT_EQ(problem(cbor_map(pairs)), "");
  pairs.emplace_back(cbor_unsigned(kMaxPairs), cbor_unsigned(0));
  EXPECT_TRUE(contains(problem(cbor_map(pairs)), "more than 64 pairs"));
}

// ATTACK(N8)
TEST(Cbor, DemandsTheShortestSpellingWhereAsked) {
  for (std::uint8_t major = 0; major <= 5; ++major) {
    for (const int width : {1, 2, 4, 8}) {
      const Bytes spelled = cbor_head(major, 0, width);
      EXPECT_EQ(problem(spelled), "");
      EXPECT_TRUE(contains(problem(spelled, Form{}), "not the shortest spelling of 0"))
          << unsigned{major} << " " << width;
    }
    EXPECT_EQ(problem(cbor_head(major, 0), Form{}), "");
  }
  for (const auto& [value, width] : {std::pair<std::uint64_t, int>{23, 1}, {0xff, 2}, {0xffff, 4}, {0xffffffff, 8}}) {
    EXPECT_NE(problem(cbor_head(0, value, width), Form{}), "") << value;
    EXPECT_EQ(problem(cbor_head(0, value + 1, width), Form{}), "") << value;
  }
}

TEST(Cbor, RefusesContainersWithoutAStatedSizeWhereAsked) {
  for (const std::string_view text : {"9fff", "bfff", "819fff", "9f01ff", "bf0102ff"}) {
    EXPECT_TRUE(contains(problem(text, Form{}), "without a stated size")) << text;
    EXPECT_EQ(problem(text), "") << text;
  }
}

TEST(Cbor, RefusesTextThatIsNoUtf8) {
  for (const std::string_view text : {"61ff", "6180", "62c328", "62c080", "63e08080", "63eda080", "64f0808080",
                                      "64f4908080", "64f5808080", "61c3", "62e282", "63f09f98", "63e28228"}) {
    EXPECT_TRUE(contains(problem(text), "no UTF-8")) << text;
  }
  for (const std::string_view text :
       {"60", "6100", "62c3a9", "63e282ac", "63ed9fbf", "63efbfbf", "64f09f9880", "64f48fbfbf"}) {
    EXPECT_EQ(problem(text), "") << text;
  }
}

TEST(CborReader, ReadsEachTypeAsItIs) {
  const Bytes input = joined({cbor_unsigned(0),
                              cbor_unsigned(~std::uint64_t{0}),
                              cbor_bytes({1, 2, 3}),
                              cbor_text("abc"),
                              {0xf6},
                              hex("18ff")});
  Reader in("item", input);
  EXPECT_EQ(in.unsigned_integer("zero").value(), 0U);
  EXPECT_EQ(in.unsigned_integer("most").value(), ~std::uint64_t{0});
  const ByteView bytes = in.byte_string("bytes").value();
  EXPECT_EQ(to_hex(bytes), "010203");
  EXPECT_GE(bytes.data(), input.data()) << "a view into the input";
  EXPECT_EQ(in.text_string("text").value(), "abc");
  EXPECT_TRUE(in.null("null").has_value());
  EXPECT_EQ(in.offset(), input.size() - 2);
  EXPECT_EQ(in.peek("last").value(), Type::unsigned_integer);
  EXPECT_EQ(in.unsigned_integer("last").value(), 255U);
  EXPECT_TRUE(in.expect_end().has_value());
}

TEST(CborReader, NeverTakesOneTypeForAnother) {
  const Bytes unsigned_one = {0x01}, negative = {0x20}, bytes = {0x41, 0x61}, text = {0x61, 0x61}, array = {0x80},
              map = {0xa0}, null = {0xf6}, truth = {0xf5};
  for (const Bytes& item : {unsigned_one, negative, bytes, text, array, map, null, truth}) {
    const auto reads = [&item](auto read) {
      Reader in("item", item);
      const auto result = read(in);
      EXPECT_TRUE(result || contains(result.error().message(), "expected a value of type"));
      return result.has_value();
    };
    EXPECT_EQ(reads([](Reader& in) { return in.unsigned_integer("it"); }), item == unsigned_one);
    EXPECT_EQ(reads([](Reader& in) { return in.byte_string("it"); }), item == bytes);
    EXPECT_EQ(reads([](Reader& in) { return in.text_string("it"); }), item == text);
    EXPECT_EQ(reads([](Reader& in) { return in.null("it"); }), item == null);
    EXPECT_EQ(reads([](Reader& in) { return in.enter_array("it"); }), item == array);
    EXPECT_EQ(reads([](Reader& in) { return in.enter_map("it"); }), item == map);
  }
}

TEST(CborReader, WalksContainersOfBothForms) {
  for (const bool indefinite : {false, true}) {
    const Bytes input =
        cbor_map({{cbor_unsigned(7), test::cbor_array({cbor_unsigned(1), cbor_unsigned(2)}, indefinite)}}, indefinite);
    Reader in("item", input, kLoose);
    ASSERT_TRUE(in.enter_map("map"));
    EXPECT_EQ(in.stated_size(), indefinite ? std::nullopt : std::optional<std::uint64_t>(1));
    EXPECT_EQ(in.next("map").value(), Step::item);
    EXPECT_EQ(in.key("key").value(), (Key{Type::unsigned_integer, 7, {}}));
    ASSERT_TRUE(in.enter_array("array"));
    EXPECT_FALSE(in.expect_end()) << "two containers are open";
    EXPECT_EQ(in.next("array").value(), Step::item);
    EXPECT_EQ(in.unsigned_integer("array").value(), 1U);
    EXPECT_EQ(in.next("array").value(), Step::item);
    EXPECT_EQ(in.unsigned_integer("array").value(), 2U);
    EXPECT_EQ(in.next("array").value(), Step::end);
    EXPECT_EQ(in.next("map").value(), Step::end);
    EXPECT_TRUE(in.expect_end());
    EXPECT_FALSE(in.next("map")) << "nothing is open any more";
    EXPECT_EQ(in.stated_size(), std::nullopt);
  }
}

TEST(CborReader, IsAtTheEndOnlyOutsideAllContainers) {
  const Bytes empty = hex("80");
  Reader in("item", empty);
  ASSERT_TRUE(in.enter_array("list"));
  const auto inside = in.expect_end();
  ASSERT_FALSE(inside);
  EXPECT_EQ(inside.error().message(), "item: an array or map is not read to its end");
  EXPECT_EQ(*in.next("list"), Step::end);
  EXPECT_TRUE(in.expect_end());
}

TEST(CborReader, ReadsBooleansAsZeroAndOne) {
  const Bytes input = {0xf4, 0xf5};
  Reader in("flags", input);
  EXPECT_EQ(in.key("no").value(), (Key{Type::boolean, 0, {}}));
  EXPECT_EQ(in.key("yes").value(), (Key{Type::boolean, 1, {}}));
  EXPECT_TRUE(in.expect_end());
}

TEST(CborReader, NamesTheFieldAndItsOffset) {
  const Bytes input = {0x01, 0x02};
  Reader in("document", input);
  ASSERT_TRUE(in.unsigned_integer("first"));
  const auto wrong = in.byte_string("second");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(),
            "document.second at offset 1: expected a value of type byte string, found unsigned integer");
}

}  // namespace
}  // namespace tenzro::tee::cbor
