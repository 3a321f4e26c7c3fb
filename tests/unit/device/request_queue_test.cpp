// SPDX-License-Identifier: Apache-2.0
#include "device/request_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include "fake_system.hpp"

namespace tenzro::tee::device {
namespace {

using std::chrono::milliseconds;

Patience none() { return {.at_most = milliseconds{0}}; }

TEST(RequestQueue, GivesTheResultOfTheJob) {
  RequestQueue queue;
  EXPECT_EQ(*queue.run<int>("/dev/x", {}, [](const Waiting&) -> Result<int> { return 42; }), 42);
  const auto failed = queue.run<int>(
      "/dev/x", {}, [](const Waiting&) -> Result<int> { return Error(ErrorCode::hardware_failure, "broken"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "broken");
}

TEST(RequestQueue, LetsAnExceptionOfTheJobThroughAndGoesOn) {
  RequestQueue queue;
  EXPECT_THROW(
      (void)queue.run<int>("/dev/x", {}, [](const Waiting&) -> Result<int> { throw std::runtime_error("bug"); }),
      std::runtime_error);
  EXPECT_EQ(*queue.run<int>("/dev/x", {}, [](const Waiting&) -> Result<int> { return 1; }), 1);
}

TEST(RequestQueue, DoesNotBeginWithoutPatience) {
  RequestQueue queue;
  bool ran = false;
  const auto result = queue.run<int>("/dev/x", none(), [&](const Waiting&) -> Result<int> {
    ran = true;
    return 1;
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::timed_out);
  EXPECT_NE(result.error().message().find("/dev/x: no answer in the time given"), std::string::npos);
  EXPECT_FALSE(ran);
}

/// A job that somebody must end.
struct HeldJob {
  std::shared_ptr<std::latch> begun = std::make_shared<std::latch>(1);
  std::shared_ptr<std::latch> end = std::make_shared<std::latch>(1);
  std::shared_ptr<std::latch> ended = std::make_shared<std::latch>(1);

  std::function<Result<int>(const Waiting&)> job() const {
    return [begun = begun, end = end, ended = ended](const Waiting&) -> Result<int> {
      begun->count_down();
      end->wait();
      ended->count_down();
      return 7;
    };
  }
};

TEST(RequestQueue, LeavesAJobBehindWhenTheCallerStops) {
  RequestQueue queue;
  const HeldJob held;
  std::stop_source stop;
  const std::jthread stopper([&] {
    held.begun->wait();
    stop.request_stop();
  });
  const auto result = queue.run<int>("/dev/x", {.stop = stop.get_token()}, held.job());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
  EXPECT_NE(result.error().message().find("the caller stopped waiting"), std::string::npos);

  // It still holds the device: who has no patience does not get in.
  std::stop_source other;
  other.request_stop();
  const auto second =
      queue.run<int>("/dev/x", {.stop = other.get_token()}, [](const Waiting&) -> Result<int> { return 1; });
  EXPECT_EQ(second.error().code(), ErrorCode::cancelled);
  const auto third =
      queue.run<int>("/dev/x", {.at_most = milliseconds{1}}, [](const Waiting&) -> Result<int> { return 1; });
  EXPECT_EQ(third.error().code(), ErrorCode::timed_out);

  held.end->count_down();
  EXPECT_EQ(*queue.run<int>("/dev/x", {}, [](const Waiting&) -> Result<int> { return 2; }), 2);
  held.ended->wait();
}

TEST(RequestQueue, LeavesAJobBehindWhenTheTimeIsOver) {
  RequestQueue queue;
  const HeldJob held;
  const auto result = queue.run<int>("/dev/x", {.at_most = milliseconds{1}}, held.job());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::timed_out);
  held.end->count_down();
  EXPECT_TRUE(queue.run<int>("/dev/x", {}, [](const Waiting&) -> Result<int> { return 2; }));
}

TEST(RequestQueue, RunsOneJobAtATime) {
  RequestQueue queue;
  std::atomic<int> inside = 0, most = 0, done = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        const auto result = queue.run<int>("/dev/x", {}, [&](const Waiting&) -> Result<int> {
          const int now = ++inside;
          most = std::max(most.load(), now);
          --inside;
          return ++done;
        });
        EXPECT_TRUE(result);
      });
    }
  }
  EXPECT_EQ(most, 1);
  EXPECT_EQ(done, 8);
}

TEST(RequestQueue, TellsTheJobWhetherAnybodyStillWaits) {
  RequestQueue queue;
  std::stop_source stop;
  const auto result = queue.run<int>("/dev/x", {.stop = stop.get_token()}, [&](const Waiting& waiting) -> Result<int> {
    EXPECT_FALSE(waiting.over());
    return 1;
  });
  EXPECT_TRUE(result);
  stop.request_stop();
  EXPECT_TRUE(Waiting({.stop = stop.get_token()}).over());
  EXPECT_TRUE(Waiting(none()).over());
}

TEST(RequestQueue, IsTheSameForEverybodyWhoNamesADevice) {
  test::FakeSystem system;
  EXPECT_EQ(&system.queue("/dev/x"), &system.queue("/dev/x"));
  EXPECT_NE(&system.queue("/dev/x"), &system.queue("/dev/y"));
}

TEST(RequestQueue, KeepsADistanceBetweenRequests) {
  test::FakeSystem system;
  RequestQueue& queue = system.queue("/dev/x");
  const auto paced = [&](const Patience& patience) {
    return queue.run<int>("/dev/x", {}, [&](const Waiting&) -> Result<int> {
      const auto let = queue.keep_distance(system, milliseconds{2000}, "/dev/x", Waiting(patience));
      return let ? Result<int>(1) : Result<int>(let.error());
    });
  };
  EXPECT_TRUE(paced({}));
  EXPECT_EQ(system.slept, milliseconds{0});
  EXPECT_TRUE(paced({}));
  EXPECT_EQ(system.slept, milliseconds{2000});
  EXPECT_EQ(paced(none()).error().code(), ErrorCode::timed_out);
  system.sleep(milliseconds{1500});
  EXPECT_TRUE(paced({}));
  EXPECT_EQ(system.slept, milliseconds{4000});
}

}  // namespace
}  // namespace tenzro::tee::device
