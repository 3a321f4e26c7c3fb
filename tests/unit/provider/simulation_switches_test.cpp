// SPDX-License-Identifier: Apache-2.0
#include "provider/simulation_switches.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tenzro::tee {
namespace {

TEST(SimulationSwitches, AreOfTheFourPlatformsInTheirOrder) {
  std::vector<std::pair<std::string, Platform>> there;
  for (const SimulationVariable& variable : simulation_variables()) {
    there.emplace_back(variable.name, variable.platform);
  }
  EXPECT_EQ(there, (std::vector<std::pair<std::string, Platform>>{{"TENZRO_SIMULATE_TDX", Platform::intel_tdx},
                                                                  {"TENZRO_SIMULATE_SEV", Platform::amd_sev_snp},
                                                                  {"TENZRO_SIMULATE_SEV_SNP", Platform::amd_sev_snp},
                                                                  {"TENZRO_SIMULATE_NITRO", Platform::aws_nitro},
                                                                  {"TENZRO_SIMULATE_NVIDIA", Platform::nvidia_gpu},
                                                                  {"TENZRO_SIMULATE_GPU", Platform::nvidia_gpu}}));
}

// ATTACK(D5)
TEST(SimulationSwitches, AreOnByTwoWordsOnly) {
  EXPECT_TRUE(is_switched_on("true"));
  EXPECT_TRUE(is_switched_on("1"));
  for (const auto* const value : {"", "0", "false", "True", "TRUE", "yes", "on", "2", "01", "1 ", " 1", "true ", "\n",
                                  "true\n", "1\n", "truetrue", "t"}) {
    EXPECT_FALSE(is_switched_on(value)) << value;
  }
  using namespace std::string_view_literals;
  EXPECT_FALSE(is_switched_on("1\0"sv));
}

}  // namespace
}  // namespace tenzro::tee
