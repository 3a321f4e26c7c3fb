// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/versions.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::nvidia {
namespace {

TEST(NvidiaVersions, AreNumbersWithDotsBetween) {
  EXPECT_EQ(parse_driver_version("550.90.07"), (Version{550, 90, 7}));
  EXPECT_EQ(parse_vbios_version("96.00.9F.00.01"), (Version{0x96, 0, 0x9f, 0, 1}));
  EXPECT_EQ(parse_vbios_version("96.00.9f.00.01"), (Version{0x96, 0, 0x9f, 0, 1}));
  EXPECT_EQ(parse_driver_version("1.2.3.4.5.6.7.8")->size(), 8U);
  for (const char* text : {"", ".", "550.", ".550", "550..1", "550.9f", " 550", "+550", "-550", "550.90.07 ",
                           "1.2.3.4.5.6.7.8.9", "1234567890"}) {
    EXPECT_EQ(parse_driver_version(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_vbios_version("96.0G"), std::nullopt);
  EXPECT_FALSE(reaches_vbios_floor("anything", "96.00"));
  EXPECT_EQ(parse_vbios_version("123456789"), std::nullopt);
}

TEST(NvidiaVersions, AreComparedAsNumbers) {
  EXPECT_TRUE(reaches_driver_floor("550.144.03", {"550.90.07"}));
  EXPECT_FALSE(reaches_driver_floor("550.90.07", {"550.144.03"}));
  EXPECT_TRUE(reaches_driver_floor("550.90.07", {"550.90.07"}));
  EXPECT_FALSE(reaches_driver_floor("550.90", {"550.90.07"}));
  EXPECT_TRUE(reaches_driver_floor("anything", {}));
  EXPECT_FALSE(reaches_driver_floor("anything", {"550"}));
  EXPECT_FALSE(reaches_driver_floor("550.1", {"anything"}));
}

TEST(NvidiaVersions, EachBranchHasItsFloor) {
  const std::vector<std::string> floors = {"535.309.01", "580.159.03", "595.71.05"};
  EXPECT_TRUE(reaches_driver_floor("535.309.01", floors));
  EXPECT_FALSE(reaches_driver_floor("535.308", floors));
  EXPECT_FALSE(reaches_driver_floor("550.144.03", floors)) << "a branch without a floor, older than the newest one";
  EXPECT_TRUE(reaches_driver_floor("580.200", floors));
  EXPECT_TRUE(reaches_driver_floor("600.0", floors));
}

TEST(NvidiaVersions, VbiosesAreComparedWithinOneFamily) {
  EXPECT_TRUE(reaches_vbios_floor("96.00.9F.00.01", "96.00.9e.ff.ff"));
  EXPECT_FALSE(reaches_vbios_floor("96.00.9F.00.01", "96.00.a0.00.00"));
  EXPECT_FALSE(reaches_vbios_floor("97.00.88.00.0F", "96.00.9F.00.01"));
  EXPECT_FALSE(reaches_vbios_floor("96.00", "anything"));
}

TEST(NvidiaVersions, UpperAndLowerCaseAreOne) {
  EXPECT_TRUE(same_version("96.00.9F", "96.00.9f"));
  EXPECT_FALSE(same_version("96.00.9F", "96.00.9"));
}

}  // namespace
}  // namespace tenzro::tee::nvidia
