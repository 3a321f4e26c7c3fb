// SPDX-License-Identifier: Apache-2.0
// What of a certificate must be the report's.
#include "verify/snp/leaf.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tenzro::tee::snp {
namespace {

TEST(SnpLeaf, IsOfAChipOnlyWhereItNamesOne) {
  std::array<std::uint8_t, 64> chip{};
  LeafExtensions leaf;
  EXPECT_FALSE(matches_chip(leaf, chip)) << "a VLEK's names none";
  leaf.hwid = Bytes(64, 0);
  EXPECT_TRUE(matches_chip(leaf, chip));
  leaf.hwid = Bytes(8, 0);
  EXPECT_TRUE(matches_chip(leaf, chip));
  chip[8] = 1;
  EXPECT_FALSE(matches_chip(leaf, chip));
}

TEST(SnpLeaf, HasTheTcbOfTheReportsLayout) {
  LeafExtensions leaf;
  Tcb reported;
  std::string why;
  EXPECT_TRUE(matches_tcb(leaf, reported, why));
  leaf.tcb.fmc = 0;  // as Turin has one
  EXPECT_FALSE(matches_tcb(leaf, reported, why));
  leaf.tcb = {};
  leaf.tcb.microcode = 1;
  EXPECT_FALSE(matches_tcb(leaf, reported, why));
  EXPECT_EQ(why, "microcode 1 in the certificate and 0 in the report");
}

}  // namespace
}  // namespace tenzro::tee::snp
