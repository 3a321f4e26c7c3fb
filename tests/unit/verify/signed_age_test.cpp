// SPDX-License-Identifier: Apache-2.0
#include "verify/signed_age.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

using namespace std::chrono_literals;
constexpr UtcTime kNow{1'700'000'000s};

TEST(SignedAge, IsCountedInWholeSeconds) {
  const auto signed_at = std::chrono::time_point_cast<std::chrono::milliseconds>(kNow) + 999ms;
  const auto young = [&](UtcTime at, std::chrono::seconds age, std::chrono::seconds skew = 0s) {
    return is_young_enough(signed_at, {at, skew}, age);
  };
  EXPECT_TRUE(young(kNow, 0s));
  EXPECT_TRUE(young(kNow + 10s, 10s));
  EXPECT_FALSE(young(kNow + 11s, 10s));
  EXPECT_TRUE(young(kNow - 10s, 0s)) << "of the future is for another check";
  EXPECT_TRUE(young(kNow + 130s, 10s, 120s));
  EXPECT_FALSE(young(kNow + 131s, 10s, 120s));
  EXPECT_FALSE(young(kNow, -1s, 120s)) << "nothing is younger than a negative age";
  EXPECT_EQ(young_until(signed_at, {kNow, 120s}, 10s), kNow + 130s);
}

}  // namespace
}  // namespace tenzro::tee
