// SPDX-License-Identifier: Apache-2.0
#include "device/hyper_v.hpp"

#include <gtest/gtest.h>

#include "fakes/hyper_v.hpp"

namespace tenzro::tee::device {
namespace {

TEST(HyperVIsolation, IsOfConfidentialGuestsOnly) {
  test::FakeSystem system;
  EXPECT_EQ(hyper_v_isolation(system), HyperVIsolation::none);
  test::add_hyper_v(system, 2);
  EXPECT_EQ(hyper_v_isolation(system), HyperVIsolation::sev_snp);
  test::add_hyper_v(system, 3);
  EXPECT_EQ(hyper_v_isolation(system), HyperVIsolation::tdx);
  for (const std::uint32_t other : {0U, 1U, 4U, 15U}) {
    test::add_hyper_v(system, other);
    EXPECT_EQ(hyper_v_isolation(system), HyperVIsolation::none) << other;
  }
  test::add_hyper_v(system, 2, true);
  EXPECT_EQ(hyper_v_isolation(system), HyperVIsolation::none) << "a host";
}

}  // namespace
}  // namespace tenzro::tee::device
