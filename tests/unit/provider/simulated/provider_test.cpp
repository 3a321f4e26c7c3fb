// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/provider.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "made_provider.hpp"

namespace tenzro::tee::simulated {
namespace {

constexpr Platform kImitated[] = {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro,
                                  Platform::nvidia_gpu};
constexpr Platform kNotImitated[] = {Platform::unknown, Platform::intel_sgx, Platform::aws_nitro_tpm};

TEST(SimulatedProvider, ImitatesFourPlatforms) {
  for (const Platform platform : kImitated) {
    const auto provider = make_simulated_provider(platform, InsecureSimulation::for_development_only());
    ASSERT_TRUE(provider) << provider.error().message();
    EXPECT_EQ((*provider)->tee_type(), platform);
    EXPECT_TRUE((*provider)->simulated());
    EXPECT_TRUE((*provider)->provider_name().ends_with("(simulated)"));
  }
}

TEST(SimulatedProvider, IsLeftWhenTheCallerLeaves) {
  std::stop_source stopped;
  stopped.request_stop();
  for (const Platform platform : kImitated) {
    const auto provider = test::imitation(platform);
    const auto cancelled = provider->generate_attestation({test::user_data()}, {.stop = stopped.get_token()});
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code(), ErrorCode::cancelled);
    for (const int at_most : {0, -1}) {
      const auto late =
          provider->generate_attestation({test::user_data()}, {.at_most = std::chrono::milliseconds(at_most)});
      ASSERT_FALSE(late);
      EXPECT_EQ(late.error().code(), ErrorCode::timed_out);
    }
  }
}

TEST(SimulatedProvider, ImitatesNoOther) {
  for (const Platform platform : kNotImitated) {
    EXPECT_TRUE(simulated_claim_names(platform).empty());
    const auto provider = make_simulated_provider(platform, InsecureSimulation::for_development_only());
    ASSERT_FALSE(provider);
    EXPECT_EQ(provider.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(provider.error().message().find("is not simulated"), std::string::npos);
  }
}

TEST(SimulatedProvider, NamesTheClaimsThatItTakes) {
  for (const Platform platform : kImitated) {
    const auto names = simulated_claim_names(platform);
    EXPECT_EQ(names, claim_names(platform));
    EXPECT_FALSE(names.empty());
    EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), names.size());
    for (const std::string_view name : names) {
      // Known, and not of any form.
      const auto made =
          make_simulated_provider(platform, InsecureSimulation::for_development_only(), {{std::string(name), "\x01"}});
      ASSERT_FALSE(made) << name;
      EXPECT_EQ(made.error().code(), ErrorCode::invalid_argument);
      EXPECT_TRUE(made.error().message().starts_with("simulated claim " + std::string(name) + ": ")) << name;
      EXPECT_EQ(made.error().message().find("there is none of this name"), std::string::npos) << name;
    }
    const auto made =
        make_simulated_provider(platform, InsecureSimulation::for_development_only(), {{"no_such_claim", "00"}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(SimulatedProvider, EveryPlatformsEvidenceIsItsOwn) {
  std::set<Bytes> evidence;
  for (const Platform platform : kImitated) {
    evidence.insert(test::report_of(platform).evidence);
  }
  EXPECT_EQ(evidence.size(), 4U);
}

}  // namespace
}  // namespace tenzro::tee::simulated
