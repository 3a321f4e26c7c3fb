// SPDX-License-Identifier: Apache-2.0
#include "device/request_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include "fakes/system.hpp"

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
  EXPECT_NE(result.error().message().find("/dev/x: its turn did not come in the time given"), std::string::npos);
  EXPECT_NE(result.error().message().find("nothing was asked of it"), std::string::npos);
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
  EXPECT_EQ(second.error().message(),
            "/dev/x: the caller stopped waiting before its turn came; nothing was asked of the device");
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

/// Others get into the line on their own threads, at their own time.
bool stands_in_line(const RequestQueue& queue, std::size_t callers) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (queue.length() != callers && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  return queue.length() == callers;
}

/// Tries to get the queue's turn when it ends: in vain on the queue itself.
class EndsOnTheQueue {
 public:
  EndsOnTheQueue(RequestQueue& queue, std::atomic<int>& well_ended) : queue_(&queue), well_ended_(&well_ended) {}
  EndsOnTheQueue(const EndsOnTheQueue&) = delete;
  EndsOnTheQueue& operator=(const EndsOnTheQueue&) = delete;
  ~EndsOnTheQueue() {
    const bool its_turn =
        queue_->run<int>("/dev/x", {.at_most = milliseconds{20}}, [](const Waiting&) -> Result<int> { return 1; })
            .has_value();
    *well_ended_ += !its_turn && std::this_thread::get_id() != made_by_ ? 1 : 0;
  }

 private:
  RequestQueue* queue_;
  std::atomic<int>* well_ended_;
  std::thread::id made_by_ = std::this_thread::get_id();
};

// What a job holds, and what it made for nobody, may be a session: its end is a call into the driver.
TEST(RequestQueue, EndsJobsAndUnwantedResultsBeforeTheNextOnesTurn) {
  RequestQueue queue;
  std::atomic<int> well_ended = 0;
  using Held = std::shared_ptr<EndsOnTheQueue>;
  auto captured = std::make_shared<EndsOnTheQueue>(queue, well_ended);
  EXPECT_TRUE(queue.run<int>("/dev/x", {}, [held = std::move(captured)](const Waiting&) -> Result<int> { return 1; }));
  EXPECT_EQ(well_ended, 1);

  const HeldJob held;
  auto unwanted = std::make_shared<EndsOnTheQueue>(queue, well_ended);
  EXPECT_FALSE(queue.run<Held>("/dev/x", {.at_most = milliseconds{1}},
                               [job = held.job(), made = std::move(unwanted)](const Waiting& waiting) mutable {
                                 EXPECT_TRUE(job(waiting));
                                 return Result<Held>(std::move(made));
                               }));
  held.end->count_down();
  EXPECT_EQ(*queue.run<int>("/dev/x", {}, [&](const Waiting&) -> Result<int> { return well_ended.load(); }), 2);
}

// Of a request that cannot be undone the caller must know whether it may have happened.
TEST(RequestQueue, SaysWhetherAJobHadBegun) {
  constexpr std::string_view kAdvice = "look before trying again";
  RequestQueue queue;
  const HeldJob held;
  const auto begun = queue.run<int>("/dev/x", {.at_most = milliseconds{1}}, held.job(), kAdvice);
  ASSERT_FALSE(begun);
  EXPECT_TRUE(begun.error().message().ends_with("; look before trying again")) << begun.error().message();
  const auto not_begun = queue.run<int>("/dev/x", {.at_most = milliseconds{1}}, held.job(), kAdvice);
  ASSERT_FALSE(not_begun);
  EXPECT_TRUE(not_begun.error().message().ends_with("nothing was asked of it")) << not_begun.error().message();
  held.end->count_down();
  held.ended->wait();
}

TEST(RequestQueue, ServesFirstWhoCameFirst) {
  RequestQueue queue;
  const HeldJob held;
  std::vector<int> order;
  std::vector<std::jthread> callers;
  callers.emplace_back([&] { EXPECT_TRUE(queue.run<int>("/dev/x", {}, held.job())); });
  held.begun->wait();
  // Each is in the line before the next one comes.
  for (int i = 0; i < 5; ++i) {
    callers.emplace_back([&, i] {
      EXPECT_TRUE(queue.run<int>("/dev/x", {}, [&order, i](const Waiting&) -> Result<int> {
        order.push_back(i);
        return i;
      }));
    });
    EXPECT_TRUE(stands_in_line(queue, static_cast<std::size_t>(i) + 1));
  }
  held.end->count_down();
  callers.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(RequestQueue, GoesOnBehindWhoGaveUp) {
  RequestQueue queue;
  const HeldJob held;
  std::jthread first([&] { EXPECT_TRUE(queue.run<int>("/dev/x", {}, held.job())); });
  held.begun->wait();
  std::stop_source stop;
  std::jthread second([&] {
    EXPECT_FALSE(queue.run<int>("/dev/x", {.stop = stop.get_token()}, [](const Waiting&) -> Result<int> { return 1; }));
  });
  EXPECT_TRUE(stands_in_line(queue, 1));
  std::jthread third(
      [&] { EXPECT_TRUE(queue.run<int>("/dev/x", {}, [](const Waiting&) -> Result<int> { return 1; })); });
  EXPECT_TRUE(stands_in_line(queue, 2));
  stop.request_stop();
  second.join();
  held.end->count_down();
}

TEST(Waiting, TakesAnyLengthOfTime) {
  EXPECT_FALSE(Waiting({.at_most = milliseconds::max()}).over());
  EXPECT_GT(Waiting({.at_most = milliseconds::max()}).until(), Waiting({}).until());
  EXPECT_TRUE(Waiting({.at_most = milliseconds{-1}}).over());
  EXPECT_TRUE(Waiting({.at_most = milliseconds::min()}).over());
  RequestQueue queue;
  EXPECT_TRUE(
      queue.run<int>("/dev/x", {.at_most = milliseconds::max()}, [](const Waiting&) -> Result<int> { return 1; }));
}

TEST(RequestQueue, TakesNoSignalsOfTheProgram) {
  RequestQueue queue;
  sigset_t inside{}, mine{};
  EXPECT_TRUE(queue.run<int>("/dev/x", {}, [&inside](const Waiting&) -> Result<int> {
    pthread_sigmask(SIG_BLOCK, nullptr, &inside);
    return 1;
  }));
  pthread_sigmask(SIG_BLOCK, nullptr, &mine);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGCHLD, SIGUSR1}) {
    EXPECT_EQ(sigismember(&inside, number), 1) << number;
    EXPECT_EQ(sigismember(&mine, number), 0) << number;
  }
  EXPECT_EQ(sigismember(&inside, SIGSEGV), 0);
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
