// SPDX-License-Identifier: Apache-2.0
#include "formats/cbor_writer.hpp"

#include <gtest/gtest.h>

#include <new>

#include "formats/cbor.hpp"

namespace tenzro::tee::cbor {
namespace {

std::string hex(const Item& item) { return to_hex(item.encode()); }

// RFC 8949, appendix A, and the heads around each width.
TEST(CborWriter, WritesShortestHeads) {
  for (const auto& [value, text] : {std::pair<std::uint64_t, std::string_view>{0, "00"},
                                    {23, "17"},
                                    {24, "1818"},
                                    {255, "18ff"},
                                    {256, "190100"},
                                    {65535, "19ffff"},
                                    {65536, "1a00010000"},
                                    {4294967295, "1affffffff"},
                                    {4294967296, "1b0000000100000000"}}) {
    EXPECT_EQ(hex(Item::unsigned_integer(value)), text);
  }
  EXPECT_EQ(hex(Item::negative_integer(34)), "3822");
  EXPECT_EQ(hex(Item::bytes(Bytes(256, 0xab))).substr(0, 8), "590100ab");
  EXPECT_EQ(hex(Item::bytes({})), "40");
  EXPECT_EQ(hex(Item::text("IETF")), "6449455446");
  EXPECT_EQ(hex(Item::null()), "f6");
}

// A sanitizer takes so large a request for a mistake.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(CborWriter, ThrowsWhereThereIsNoMemory) {
  const std::uint8_t byte = 0;
  EXPECT_THROW(Item::bytes(ByteView(&byte, std::size_t{1} << 62U)), std::bad_alloc);
}
#endif

TEST(CborWriter, WritesContainersOfBothForms) {
  for (const bool indefinite : {false, true}) {
    std::vector<Item> items;
    items.push_back(Item::unsigned_integer(1));
    items.push_back(Item::null());
    EXPECT_EQ(hex(Item::array(std::move(items), indefinite)), indefinite ? "9f01f6ff" : "8201f6");
    std::vector<std::pair<Item, Item>> pairs;
    pairs.emplace_back(Item::text("a"), Item::bytes(Bytes{1}));
    const Item map = Item::map(std::move(pairs), indefinite);
    EXPECT_EQ(hex(map), indefinite ? "bf61614101ff" : "a161614101");
    const Bytes encoded = map.encode();
    cbor::Reader in("map", encoded, {.shortest_heads = true, .indefinite_containers = true});
    EXPECT_TRUE(in.skip("map") && in.expect_end()) << "what we write we read";
  }
  EXPECT_EQ(hex(Item::map({})), "a0");
  EXPECT_EQ(hex(Item::tagged(18, Item::array({}))), "d280");
}

}  // namespace
}  // namespace tenzro::tee::cbor
