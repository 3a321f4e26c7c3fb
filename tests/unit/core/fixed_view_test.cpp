// SPDX-License-Identifier: Apache-2.0
#include "core/fixed_view.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

constexpr ByteArray<8> kEight = {0x01, 0x02, 0x03, 0x84, 0x05, 0x06, 0x07, 0x88};

TEST(FixedView, ExistsForTheExactSizeOnly) {
  EXPECT_FALSE(FixedView<8>::exactly(ByteView(kEight).first(7)));
  EXPECT_FALSE(FixedView<7>::exactly(kEight));
  EXPECT_FALSE(FixedView<8>::exactly({}));
  EXPECT_TRUE(FixedView<8>::exactly(kEight));
}

TEST(FixedView, ReadsFieldsAtTheirOffsets) {
  constexpr FixedView<8> kView(kEight);
  static_assert(kView.le<std::uint8_t, 7>() == 0x88);
  static_assert(kView.le<std::uint16_t, 0>() == 0x0201);
  static_assert(kView.le<std::uint32_t, 0>() == 0x84030201);
  static_assert(kView.le<std::uint64_t, 0>() == 0x8807060584030201);
  static_assert(kView.array<6, 2>() == ByteArray<2>{0x07, 0x88});
  EXPECT_EQ((kView.bytes<4, 4>().data()), kEight.data() + 4);
  EXPECT_EQ(kView.all().data(), kEight.data());
}

TEST(FixedView, ReadsAFieldThatEndsWithTheStructure) {
  constexpr FixedView<8> kView(kEight);
  EXPECT_EQ((kView.bytes<8, 0>().size()), 0U);
  EXPECT_EQ((kView.array<0, 8>()), kEight);
}

}  // namespace
}  // namespace tenzro::tee
