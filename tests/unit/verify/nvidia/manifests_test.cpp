// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/manifests.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::nvidia {
namespace {

NvidiaClaims gpu() {
  NvidiaClaims out;
  out.device_type = "gpu";
  out.hwmodel = "GH100";
  out.driver_version = "550.90.07";
  out.vbios_version = "96.00.9F.00.01";
  out.project = "1010";
  out.project_sku = "0200";
  out.chip_sku = "882";
  return out;
}

TEST(ManifestsNeeded, OfAHopper) {
  const auto needs = manifests_needed(gpu(), "");
  ASSERT_TRUE(needs);
  ASSERT_EQ(needs->size(), 2U);
  EXPECT_EQ((*needs)[0].id, "NV_GPU_DRIVER_GH100_550.90.07");
  EXPECT_EQ((*needs)[0].version, "550.90.07");
  EXPECT_EQ((*needs)[1].id, "NV_GPU_VBIOS_1010_0200_882_96009F0001");
  EXPECT_EQ((*needs)[1].version, "96.00.9F.00.01");
  for (const ManifestNeed& need : *needs) {
    EXPECT_EQ(need.product, "GH100");
    EXPECT_EQ(need.edition, "GPU");
  }
}

TEST(ManifestsNeeded, OfABlackwell) {
  NvidiaClaims claims = gpu();
  claims.hwmodel = "GB100";
  claims.driver_version = "575.32";
  claims.project = "G525";
  claims.project_sku = "0220";
  claims.chip_sku = "886";
  claims.vbios_version = "97.00.e4.00.1E";
  EXPECT_EQ((*manifests_needed(claims, ""))[0].id, "NV_GPU_CC_DRIVER_GB100_575.32") << "which does not name its chip";
  EXPECT_EQ((*manifests_needed(claims, "GB202"))[0].id, "NV_GPU_CC_DRIVER_GB202_575.32");
  EXPECT_EQ((*manifests_needed(claims, "GB202"))[0].product, "GB100") << "the certificates have the last word";
  EXPECT_EQ((*manifests_needed(claims, ""))[1].id, "NV_GPU_VBIOS_G525_0220_886_9700E4001E");
}

TEST(ManifestsNeeded, OfASwitch) {
  NvidiaClaims claims;
  claims.device_type = "nvswitch";
  claims.hwmodel = "LS10";
  claims.vbios_version = "96.10.55.00.0a";
  const auto needs = manifests_needed(claims, "");
  ASSERT_TRUE(needs);
  ASSERT_EQ(needs->size(), 1U);
  EXPECT_EQ(needs->front().id, "NV_SWITCH_BIOS_5612_0002_890_961055000A");
  EXPECT_EQ(needs->front().edition, "SWITCH");
  EXPECT_EQ(needs->front().product, "LS10");
}

TEST(ManifestsNeeded, NothingInAnIdLeadsElsewhere) {
  for (std::string NvidiaClaims::* const member :
       {&NvidiaClaims::driver_version, &NvidiaClaims::vbios_version, &NvidiaClaims::project, &NvidiaClaims::project_sku,
        &NvidiaClaims::chip_sku}) {
    for (const char* value : {"", "../x", "a/b", "a b", "a_b", "a\r\nHost: x", "a%2f", "a?b", "a#b", "\xc3\xa4",
                              "123456789012345678901234567890123"}) {
      NvidiaClaims claims = gpu();
      claims.*member = value;
      EXPECT_FALSE(manifests_needed(claims, "")) << value;
    }
  }
  NvidiaClaims blackwell = gpu();
  blackwell.hwmodel = "GB100";
  EXPECT_FALSE(manifests_needed(blackwell, "GB/../100"));
}

}  // namespace
}  // namespace tenzro::tee::nvidia
