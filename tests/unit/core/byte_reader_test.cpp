// SPDX-License-Identifier: Apache-2.0
#include "core/byte_reader.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tenzro::tee {
namespace {

const Bytes kFive = {0x01, 0x02, 0x03, 0x04, 0x05};

TEST(ByteReader, SaysWhichFieldNeedsMoreThanIsLeft) {
  ByteReader reader("quote", kFive);
  ASSERT_TRUE(reader.take("header", 3));
  const auto body = reader.take("body", 3);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(body.error().message(), "quote.body: needs 3 bytes at offset 3, 2 left");
}

TEST(ByteReader, KeepsItsPlaceAfterARefusedRead) {
  ByteReader reader("quote", kFive);
  EXPECT_FALSE(reader.take("body", 6));
  EXPECT_EQ(reader.remaining(), 5U);
  EXPECT_TRUE(reader.take("body", 5));
}

// ATTACK(P3)
TEST(ByteReader, RefusesLengthsThatWouldWrapAround) {
  ByteReader reader("quote", kFive);
  ASSERT_TRUE(reader.take("header", 2));
  for (const std::size_t length :
       {std::size_t{4}, std::size_t{1} << 31, std::size_t{0xffffffff}, std::size_t{1} << 63,
        std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max() - 1}) {
    EXPECT_FALSE(reader.take("body", length)) << length;
    EXPECT_FALSE(reader.sub("body", length)) << length;
  }
  EXPECT_EQ(reader.remaining(), 3U);
}

TEST(ByteReader, RefusesIntegersThatAreCutOff) {
  ByteReader reader("header", ByteView(kFive).first(3));
  EXPECT_FALSE(reader.le<std::uint32_t>("tee_type"));
  EXPECT_FALSE(reader.take<4>("tee_type"));
  EXPECT_EQ(*reader.le<std::uint16_t>("version"), 0x0201);
  EXPECT_EQ(*reader.le<std::uint8_t>("reserved"), 0x03);
  EXPECT_FALSE(reader.le<std::uint8_t>("one_more"));
}

TEST(ByteReader, ReadsLittleEndianIntegersOfEachWidth) {
  const Bytes bytes = {0xff, 0x01, 0x80, 0x78, 0x56, 0x34, 0x92, 0xf8, 0xe7, 0xd6, 0xc5, 0xb4, 0xa3, 0x92, 0x81};
  ByteReader reader("x", bytes);
  EXPECT_EQ(*reader.le<std::uint8_t>("a"), 0xff);
  EXPECT_EQ(*reader.le<std::uint16_t>("b"), 0x8001);
  EXPECT_EQ(*reader.le<std::uint32_t>("c"), 0x92345678U);
  EXPECT_EQ(*reader.le<std::uint64_t>("d"), 0x8192a3b4c5d6e7f8U);
  EXPECT_TRUE(reader.expect_end());
}

TEST(ByteReader, CountsBytesThatNobodyAskedFor) {
  ByteReader reader("quote", kFive);
  ASSERT_TRUE(reader.take("header", 3));
  const auto end = reader.expect_end();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(end.error().message(), "quote: 2 unexpected bytes at offset 3");
}

TEST(ByteReader, ConfinesASubReaderToItsOwnBytes) {
  ByteReader reader("quote", kFive);
  auto inner = reader.sub("certification_data", 2);
  ASSERT_TRUE(inner);
  const auto beyond = inner->take("size", 3);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().message(), "certification_data.size: needs 3 bytes at offset 0, 2 left");
  EXPECT_EQ(reader.remaining(), 3U);
}

TEST(ByteReader, TakesNothingFromNothing) {
  ByteReader reader("quote", {});
  EXPECT_TRUE(reader.take("body", 0));
  EXPECT_TRUE(reader.expect_end());
  EXPECT_FALSE(reader.take("body", 1));
}

TEST(ByteReader, ReturnsViewsIntoTheCallersBytes) {
  ByteReader reader("quote", kFive);
  const auto first = reader.take<2>("header");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data(), kFive.data());
  EXPECT_EQ(reader.rest().data(), kFive.data() + 2);
}

}  // namespace
}  // namespace tenzro::tee
