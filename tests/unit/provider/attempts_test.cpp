// SPDX-License-Identifier: Apache-2.0
#include "provider/attempts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenzro::tee::provider {
namespace {

TEST(Attempts, AreOfThisPlatformAndUsableAndInTheOrderOfPreference) {
  const auto row = [](Platform platform, std::string path, bool usable) {
    return ProbeFinding{.platform = platform, .interface_path = std::move(path), .usable = usable};
  };
  const std::vector<ProbeFinding> findings = {
      row(Platform::intel_tdx, "/dev/c", true), row(Platform::intel_tdx, "/dev/b", false),
      row(Platform::amd_sev_snp, "/dev/b", true), row(Platform::intel_tdx, "/dev/a", true),
      row(Platform::intel_tdx, "/dev/unknown", true)};
  constexpr std::array<std::string_view, 3> kKnown = {"/dev/a", "/dev/b", "/dev/c"};
  EXPECT_EQ(usable_ways(findings, Platform::intel_tdx, kKnown), (std::vector<std::string>{"/dev/a", "/dev/c"}));
  EXPECT_TRUE(usable_ways(findings, Platform::aws_nitro, kKnown).empty());
}

TEST(Attempts, GiveTheCodeOfTheFirstAndTheWordsOfAll) {
  const std::vector<Error> failures = {{ErrorCode::hardware_failure, "a: broken"},
                                       {ErrorCode::not_available, "b: gone"}};
  EXPECT_EQ(no_way_left("Intel TDX", failures).code(), ErrorCode::hardware_failure);
  EXPECT_EQ(no_way_left("Intel TDX", failures).message(), "Intel TDX: a: broken; then b: gone");
  EXPECT_EQ(no_way_left("Intel TDX", {}).code(), ErrorCode::not_available);
}

TEST(Attempts, NameTheirWayOnce) {
  EXPECT_EQ(of_way("/dev/x", Error(ErrorCode::io_failure, "broken")).message(), "/dev/x: broken");
  EXPECT_EQ(of_way("/dev/x", Error(ErrorCode::io_failure, "/dev/x: broken")).message(), "/dev/x: broken");
}

}  // namespace
}  // namespace tenzro::tee::provider
