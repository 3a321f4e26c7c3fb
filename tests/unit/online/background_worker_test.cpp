// SPDX-License-Identifier: Apache-2.0
#include "online/background_worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <latch>
#include <new>
#include <vector>

#include "fakes/rationed_memory.hpp"

namespace tenzro::tee::online {
namespace {

/// A job that is at work until it is asked to stop.
void until_stopped(const std::stop_token& stop) {
  std::atomic<bool> stopped = false;
  const std::stop_callback wake(stop, [&stopped] {
    stopped = true;
    stopped.notify_all();
  });
  stopped.wait(false);
}

TEST(BackgroundWorker, DestructorEndsTheJobAtWorkAndDropsTheOthers) {
  std::latch begun(1);
  std::atomic<bool> ended = false;
  std::atomic<int> others = 0;
  {
    BackgroundWorker worker;
    ASSERT_TRUE(worker.post([&](const std::stop_token& stop) {
      begun.count_down();
      until_stopped(stop);
      ended = true;
    }));
    begun.wait();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(worker.post([&](const std::stop_token&) { ++others; }));
    }
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(others, 0);
}

TEST(BackgroundWorker, RefusesMoreThanMayWait) {
  std::latch begun(1);
  BackgroundWorker worker;
  ASSERT_TRUE(worker.post([&](const std::stop_token& stop) {
    begun.count_down();
    until_stopped(stop);
  }));
  begun.wait();
  for (std::size_t i = 0; i < BackgroundWorker::kMaxWaiting; ++i) {
    ASSERT_TRUE(worker.post([](const std::stop_token&) {}));
  }
  EXPECT_FALSE(worker.post([](const std::stop_token&) {}));
}

TEST(BackgroundWorker, AJobThatRunsOutOfMemoryEndsNothing) {
  std::latch done(1);
  BackgroundWorker worker;
  ASSERT_TRUE(worker.post([](const std::stop_token&) { throw std::bad_alloc(); }));
  ASSERT_TRUE(worker.post([&](const std::stop_token&) { done.count_down(); }));
  done.wait();
}

TEST(BackgroundWorker, DoesJobsInTheirOrderAndTakesNewOnesFromThem) {
  std::vector<int> order;
  std::latch done(1);
  BackgroundWorker worker;
  ASSERT_TRUE(worker.post([&](const std::stop_token&) {
    order.push_back(1);
    worker.post([&](const std::stop_token&) {
      order.push_back(2);
      done.count_down();
    });
  }));
  done.wait();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(BackgroundWorker, GetsNoSignals) {
  sigset_t mask{};
  std::latch done(1);
  BackgroundWorker worker;
  ASSERT_TRUE(worker.post([&](const std::stop_token&) {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    done.count_down();
  }));
  done.wait();
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1}) {
    EXPECT_EQ(sigismember(&mask, signal), 1) << signal;
  }
  sigset_t ours{};
  pthread_sigmask(SIG_SETMASK, nullptr, &ours);
  EXPECT_EQ(sigismember(&ours, SIGTERM), 0);
}

TEST(BackgroundWorker, WithoutMemoryForItsThreadLeavesTheCallersSignalsAlone) {
  for (std::size_t allocations = 0;; ++allocations) {
    BackgroundWorker worker;
    std::latch done(1);
    bool posted = false;
    try {
      const test::RationedMemory ration({.allocations = allocations});
      posted = worker.post([&done](const std::stop_token&) { done.count_down(); });
    } catch (const std::bad_alloc&) {
    }
    sigset_t ours{};
    pthread_sigmask(SIG_SETMASK, nullptr, &ours);
    EXPECT_EQ(sigismember(&ours, SIGTERM), 0) << allocations;
    if (posted) {
      EXPECT_GT(allocations, 0U);
      done.wait();
      return;
    }
    ASSERT_TRUE(worker.post([&done](const std::stop_token&) { done.count_down(); }));
    done.wait();
  }
}

TEST(BackgroundWorker, WithoutAJobThereIsNothingToEnd) { const BackgroundWorker worker; }

}  // namespace
}  // namespace tenzro::tee::online
