// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/silicon_line.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

using snp::SiliconLine;

TEST(SiliconLines, AreToldByModelAndStepping) {
  EXPECT_EQ(snp::silicon_line_of({0x19, 0x01, 1}), SiliconLine::milan);
  EXPECT_EQ(snp::silicon_line_of({0x19, 0x01, 2}), SiliconLine::milan_x);
  EXPECT_EQ(snp::silicon_line_of({0x19, 0x11, 1}), SiliconLine::genoa);
  EXPECT_EQ(snp::silicon_line_of({0x19, 0x11, 2}), SiliconLine::genoa_x);
  EXPECT_EQ(snp::silicon_line_of({0x19, 0xa0, 2}), SiliconLine::bergamo);
  EXPECT_EQ(snp::silicon_line_of({0x1a, 0x02, 1}), SiliconLine::turin);
  EXPECT_EQ(snp::silicon_line_of({0x1a, 0x11, 0}), SiliconLine::turin_dense);
  for (const snp::CpuId cpu :
       {snp::CpuId{0x19, 0x01, 0}, {0x19, 0x01, 3}, {0x19, 0xa0, 1}, {0x1a, 0x02, 0}, {0, 0, 0}}) {
    EXPECT_EQ(snp::silicon_line_of(cpu), std::nullopt);
  }
}

TEST(SiliconLines, HaveNames) {
  EXPECT_TRUE(snp::is_silicon_line("Genoa-X"));
  EXPECT_TRUE(snp::is_silicon_line(to_string(SiliconLine::bergamo)));
  EXPECT_FALSE(snp::is_silicon_line("Siena"));
  EXPECT_FALSE(snp::is_silicon_line(""));
}

}  // namespace
}  // namespace tenzro::tee
