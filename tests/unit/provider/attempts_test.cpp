// SPDX-License-Identifier: Apache-2.0
#include "provider/attempts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tenzro::tee::provider {
namespace {

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
