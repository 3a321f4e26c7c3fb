// SPDX-License-Identifier: Apache-2.0
#include "formats/cose.hpp"

#include <gtest/gtest.h>

#include "made/cbor.hpp"

namespace tenzro::tee::cose {
namespace {

using test::cbor_bytes;
using test::cbor_head;
using test::joined;
using test::MadeSign1;

ErrorCode refusal(const Bytes& bytes) {
  const auto parsed = parse_sign1(bytes);
  EXPECT_FALSE(parsed.has_value());
  return parsed ? ErrorCode::internal : parsed.error().code();
}

// ATTACK(N1)
TEST(CoseSign1, RefusesEveryOtherProtectedHeader) {
  for (const std::string_view header :
       {"a10126", "a1013823", "a10139ffff", "a10105", "a1010f", "a101382200", "a101654553333834", "a0", "",
        "a20138220400", "a201382202810a", "a2013822013822", "a101390022", "bf013822ff", "a1183822", "a118013822"}) {
    MadeSign1 made;
    made.protected_header = cbor_bytes(*from_hex(header));
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::unsupported) << header;
  }
  MadeSign1 made;
  made.protected_header = {0xa1, 0x01, 0x38, 0x22};
  EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input) << "a map instead of a byte string that holds one";
}

// ATTACK(N1)
TEST(CoseSign1, RefusesAnythingInTheUnprotectedHeader) {
  for (const Bytes& header : {Bytes{0xa1, 0x01, 0x38, 0x22}, Bytes{0xa1, 0x04, 0x41, 0x00}}) {
    MadeSign1 made;
    made.unprotected = header;
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::unsupported);
  }
  for (const Bytes& header : {Bytes{0xbf, 0xff}, Bytes{0x80}, Bytes{0xf6}, Bytes{0x40}, Bytes{0xb8, 0x00}}) {
    MadeSign1 made;
    made.unprotected = header;
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input);
  }
}

// ATTACK(N2)
TEST(CoseSign1, RefusesSignaturesOfAnotherSize) {
  for (const std::size_t size : {0U, 48U, 64U, 95U, 97U, 102U, 103U, 104U, 192U}) {
    MadeSign1 made;
    made.signature = cbor_bytes(Bytes(size, 1));
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input) << size;
  }
}

TEST(CoseSign1, RefusesPayloadsOfNoneOrTooManyBytes) {
  for (const std::size_t size : {std::size_t{0}, kMaxPayload + 1}) {
    MadeSign1 made;
    made.payload = cbor_bytes(Bytes(size, 1));
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input) << size;
  }
  for (const std::size_t size : {std::size_t{1}, kMaxPayload}) {
    MadeSign1 made;
    made.payload = cbor_bytes(Bytes(size, 1));
    EXPECT_EQ(parse_sign1(made.bytes()).value().payload.size(), size);
  }
  for (const Bytes& payload : {Bytes{0xf6}, Bytes{0xa0}, Bytes{0x61, 0x61}, Bytes{0x5f, 0x41, 0x00, 0xff}}) {
    MadeSign1 made;
    made.payload = payload;
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input) << "detached, or of another type";
  }
}

// What is not signed has one spelling, so that a document has one.
// ATTACK(N8)
TEST(CoseSign1, RefusesOtherSpellingsOfItsUnsignedParts) {
  const MadeSign1 good;
  const Bytes items = joined({good.protected_header, good.unprotected, good.payload, good.signature});
  EXPECT_TRUE(parse_sign1(joined({{0x84}, items})));
  EXPECT_EQ(refusal(joined({cbor_head(4, 4, 1), items})), ErrorCode::malformed_input);
  EXPECT_EQ(refusal(joined({{0x9f}, items, {0xff}})), ErrorCode::malformed_input);
  EXPECT_EQ(refusal(joined({{0x83}, good.protected_header, good.unprotected, good.payload})),
            ErrorCode::malformed_input);
  EXPECT_EQ(refusal(joined({{0x85}, items, {0x00}})), ErrorCode::malformed_input);
  EXPECT_EQ(refusal(joined({{0x84}, items, {0x00}})), ErrorCode::malformed_input);
  for (const Bytes& other : {Bytes{0x80}, joined({{0x85}, items, {0x00}})}) {
    EXPECT_EQ(parse_sign1(other).error().message(), "COSE_Sign1: the array must have four items");
  }
  for (const int width : {1, 2, 4, 8}) {
    MadeSign1 made;
    made.payload = joined({cbor_head(2, 1, width), {0xa0}});
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input) << width;
    made = {};
    made.protected_header = joined({cbor_head(2, 4, width), {0xa1, 0x01, 0x38, 0x22}});
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input) << width;
  }
  MadeSign1 made;
  made.signature = joined({cbor_head(2, 96, 2), Bytes(96, 1)});
  EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input);
}

TEST(CoseSign1, TakesTheOneTagInItsOneSpelling) {
  MadeSign1 made;
  EXPECT_FALSE(parse_sign1(made.bytes()).value().tagged);
  made.tag = {0xd2};
  EXPECT_TRUE(parse_sign1(made.bytes()).value().tagged);
  for (const Bytes& tag : {Bytes{0xd1}, Bytes{0xd3}, Bytes{0xd8, 0x12}, Bytes{0xd2, 0xd2}, Bytes{0xd9, 0x00, 0x12},
                           Bytes{0xd9, 0xd9, 0xf7}}) {
    made.tag = tag;
    EXPECT_EQ(refusal(made.bytes()), ErrorCode::malformed_input);
  }
}

TEST(CoseSign1, GivesViewsIntoTheInput) {
  const MadeSign1 made;
  const Bytes bytes = made.bytes();
  const Sign1 parsed = parse_sign1(bytes).value();
  EXPECT_EQ(to_hex(parsed.payload), "a0");
  EXPECT_EQ(parsed.signature.size(), kEs384SignatureSize);
  EXPECT_EQ(parsed.signature.data() + parsed.signature.size(), bytes.data() + bytes.size());
}

TEST(CoseSign1, IsToldFromOtherInputs) {
  MadeSign1 made;
  EXPECT_TRUE(looks_like_sign1(made.bytes()));
  made.tag = {0xd2};
  EXPECT_TRUE(looks_like_sign1(made.bytes()));
  for (const std::string_view text : {"d2d28440", "d8128440", "9f40", "8340", "845901"}) {
    EXPECT_TRUE(looks_like_sign1(*from_hex(text))) << text << ": malformed, but of this kind";
  }
  for (const std::string_view text : {"", "84", "d2", "d8", "d2d2", "8401", "a040", "3082", "0300020000000000", "7b7d",
                                      "0400020081000000", "0200000000000000"}) {
    EXPECT_FALSE(looks_like_sign1(*from_hex(text))) << text;
  }
}

TEST(SigStructure, BeginsAsRfc9052Says) {
  constexpr std::string_view kBegin = "846a5369676e61747572653144a101382240";
  for (const auto& [size, head] : {std::pair<std::size_t, std::string_view>{1, "41"},
                                   {23, "57"},
                                   {24, "5818"},
                                   {255, "58ff"},
                                   {256, "590100"},
                                   {65535, "59ffff"},
                                   {65536, "5a00010000"},
                                   {std::size_t{1} << 32, "5b0000000100000000"}}) {
    EXPECT_EQ(to_hex(SigStructureHead(size).view()), std::string(kBegin) + std::string(head)) << size;
  }
}

}  // namespace
}  // namespace tenzro::tee::cose
