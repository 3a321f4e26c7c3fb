// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/tcb.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

using snp::Product;

TEST(SnpProduct, FollowsTheSignedProcessor) {
  EXPECT_EQ(snp::product_of({0x19, 0x01, 1}), Product::milan);
  EXPECT_EQ(snp::product_of({0x19, 0x0f, 0}), Product::milan);
  EXPECT_EQ(snp::product_of({0x19, 0x10, 0}), Product::genoa);
  EXPECT_EQ(snp::product_of({0x19, 0x1f, 0}), Product::genoa);
  EXPECT_EQ(snp::product_of({0x19, 0xa0, 2}), Product::genoa);
  EXPECT_EQ(snp::product_of({0x19, 0xaf, 2}), Product::genoa);
  EXPECT_EQ(snp::product_of({0x1a, 0x00, 0}), Product::turin);
  EXPECT_EQ(snp::product_of({0x1a, 0x11, 0}), Product::turin);
}

// ATTACK(X3)
TEST(SnpProduct, IsNothingForProcessorsWithoutAPinnedRoot) {
  for (const snp::CpuId cpu : {snp::CpuId{0x19, 0x20, 0},
                               {0x19, 0x9f, 0},
                               {0x19, 0xb0, 0},
                               {0x1a, 0x12, 0},
                               {0x1a, 0x50, 0},  // Venice
                               {0x17, 0x31, 0},
                               {0x00, 0x00, 0},
                               {0xff, 0xff, 0xff}}) {
    EXPECT_EQ(snp::product_of(cpu), std::nullopt) << int{cpu.family} << " " << int{cpu.model};
  }
}

TEST(SnpProduct, HasOneName) {
  for (const Product product : {Product::milan, Product::genoa, Product::turin}) {
    EXPECT_EQ(snp::parse_product(to_string(product)), product);
  }
  for (const char* name : {"", "milan", "Milan-B0", "Venice", "Genoa "}) {
    EXPECT_EQ(snp::parse_product(name), std::nullopt) << name;
  }
}

// ATTACK(S2)
TEST(SnpTcb, HasTheLayoutOfItsProduct) {
  const snp::Tcb milan = snp::read_tcb({4, 1, 0, 0, 0, 0, 0x18, 0xdb}, Product::milan);
  EXPECT_EQ(milan, (snp::Tcb{std::nullopt, 4, 1, 0x18, 0xdb, {}}));
  EXPECT_EQ(snp::read_tcb({4, 1, 0, 0, 0, 0, 0x18, 0xdb}, Product::genoa), milan);
  EXPECT_EQ(snp::read_tcb({1, 3, 2, 5, 0, 0, 0, 0x61}, Product::turin), (snp::Tcb{1, 3, 2, 5, 0x61, {}}));
  EXPECT_EQ(snp::read_tcb({0, 0, 1, 2, 3, 4, 0, 0}, Product::milan).reserved,
            (std::array<std::uint8_t, 4>{1, 2, 3, 4}));
  EXPECT_EQ(snp::read_tcb({0, 0, 0, 0, 1, 2, 3, 0}, Product::turin).reserved,
            (std::array<std::uint8_t, 4>{1, 2, 3, 0}));
}

TEST(SnpTcb, IsComparedByComponent) {
  constexpr ByteArray<8> kBase = {5, 5, 5, 5, 5, 5, 5, 5};
  for (const Product product : {Product::milan, Product::turin}) {
    const snp::Tcb base = snp::read_tcb(kBase, product);
    EXPECT_TRUE(snp::at_most(base, base));
    for (std::size_t i = 0; i < kBase.size(); ++i) {
      ByteArray<8> higher = kBase;
      higher.at(i) = 6;
      EXPECT_TRUE(snp::at_most(base, snp::read_tcb(higher, product))) << i;
      EXPECT_FALSE(snp::at_most(snp::read_tcb(higher, product), base)) << i;
    }
  }
}

}  // namespace
}  // namespace tenzro::tee
