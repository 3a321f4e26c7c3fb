// SPDX-License-Identifier: Apache-2.0
#include "device/pause.hpp"

#include <gtest/gtest.h>

#include "fakes/system.hpp"

namespace tenzro::tee::device {
namespace {

using std::chrono::milliseconds;

TEST(Pause, SleepsAsLongAsItIsTold) {
  test::FakeSystem system;
  EXPECT_TRUE(pause(system, milliseconds{1234}, Waiting(Patience{})));
  EXPECT_EQ(system.slept, milliseconds{1234});
  EXPECT_TRUE(pause(system, milliseconds{0}, Waiting(Patience{})));
  EXPECT_EQ(system.slept, milliseconds{1234});
}

TEST(Pause, DoesNotSleepWhenTheWaitingIsOver) {
  test::FakeSystem system;
  std::stop_source stop;
  const Waiting waiting(Patience{.stop = stop.get_token()});
  stop.request_stop();
  EXPECT_FALSE(pause(system, milliseconds{1000}, waiting));
  EXPECT_FALSE(pause(system, milliseconds{1000}, Waiting(Patience{.at_most = milliseconds{0}})));
  EXPECT_EQ(system.slept, milliseconds{0});
}

}  // namespace
}  // namespace tenzro::tee::device
