// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/platform.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

// ATTACK(X3)
TEST(Platform, RefusesNamesThatAreNotExactlyOneOfTheSix) {
  for (const std::string_view name : {"", "unknown", "Intel-TDX", "intel_tdx", "tdx", " intel-tdx", "intel-tdx ",
                                      "intel-td", "intel-tdxx", "simulated"}) {
    const auto platform = parse_platform(name);
    ASSERT_FALSE(platform) << name;
    EXPECT_EQ(platform.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(Platform, NamesTheChoicesAndEscapesTheGuess) {
  EXPECT_EQ(parse_platform("td\nx").error().message(),
            "unknown platform \"td\\x0ax\"; use intel-tdx, amd-sev-snp, aws-nitro, nvidia-gpu, intel-sgx or "
            "aws-nitro-tpm");
}

TEST(Platform, ReadsBackEachName) {
  for (const Platform platform : {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu,
                                  Platform::intel_sgx, Platform::aws_nitro_tpm}) {
    EXPECT_EQ(*parse_platform(to_string(platform)), platform);
  }
  EXPECT_EQ(to_string(Platform::unknown), "unknown");
  EXPECT_EQ(to_string(Platform::intel_tdx), "intel-tdx");
  EXPECT_EQ(to_string(Platform::amd_sev_snp), "amd-sev-snp");
  EXPECT_EQ(to_string(Platform::aws_nitro), "aws-nitro");
  EXPECT_EQ(to_string(Platform::nvidia_gpu), "nvidia-gpu");
  EXPECT_EQ(to_string(Platform::intel_sgx), "intel-sgx");
  EXPECT_EQ(to_string(Platform::aws_nitro_tpm), "aws-nitro-tpm");
}

}  // namespace
}  // namespace tenzro::tee
