// SPDX-License-Identifier: Apache-2.0
#include "seal/pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/fixed_root.hpp"

namespace tenzro::tee::seal_format {
namespace {

/// Writes down of each chunk what it was told, and may fail or throw at one.
class Marking final : public ChunkWork {
 public:
  explicit Marking(std::function<void(std::uint64_t)> at) : at_(std::move(at)) {}
  Result<std::size_t> run(std::uint64_t index, bool last, std::span<std::uint8_t> buffer, std::size_t size) override {
    at_(index);
    buffer[size] = static_cast<std::uint8_t>(index);
    buffer[size + 1] = last ? 1 : 0;
    return size + 2;
  }

 private:
  std::function<void(std::uint64_t)> at_;
};

PipelinePlan plan(unsigned threads, std::function<void(std::uint64_t)> at = [](std::uint64_t) {}) {
  PipelinePlan out;
  out.read_size = 4;
  out.room = 6;
  out.threads = threads;
  out.make_work = [at]() -> Result<std::unique_ptr<ChunkWork>> {
    return std::unique_ptr<ChunkWork>(std::make_unique<Marking>(at));
  };
  return out;
}

Bytes expected(ByteView input) {
  Bytes out;
  std::uint8_t index = 0;
  do {
    const std::size_t size = std::min<std::size_t>(4, input.size());
    out.insert(out.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    input = input.subspan(size);
    out.push_back(index++);
    out.push_back(input.empty() ? 1 : 0);
  } while (!input.empty());
  return out;
}

TEST(Pipeline, KeepsTheOrderAndKnowsTheLast) {
  for (std::size_t size = 0; size < 120; ++size) {
    const Bytes input = test::pattern(size);
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
      test::BytesInput in(input);
      test::BytesOutput out;
      const auto done = run_pipeline(in, out, plan(threads));
      ASSERT_TRUE(done);
      EXPECT_EQ(out.written, expected(input)) << size << " on " << threads;
      EXPECT_EQ(*done, out.written.size());
    }
  }
}

TEST(Pipeline, TakesAsManyChunksAsAContainerMayHave) {
  EXPECT_EQ(plan(1).most_chunks, std::uint64_t{1} << 32);
  for (const unsigned threads : {1U, 2U}) {
    PipelinePlan wanted = plan(threads);
    wanted.most_chunks = 3;
    for (const std::size_t size : {11U, 12U, 13U, 16U}) {
      const Bytes input = test::pattern(size);
      test::BytesInput in(input);
      test::BytesOutput out;
      const auto done = run_pipeline(in, out, wanted);
      ASSERT_EQ(done.has_value(), size <= 12) << size;
      if (!done) {
        EXPECT_EQ(done.error().code(), ErrorCode::invalid_argument);
      }
    }
  }
}

TEST(Pipeline, EndsWhenAWorkerThrows) {
  const Bytes input = test::pattern(400);
  for (const unsigned threads : {1U, 2U, 4U}) {
    test::BytesInput in(input);
    test::BytesOutput out;
    const PipelinePlan wanted = plan(threads, [](std::uint64_t index) {
      if (index == 30) {
        throw std::runtime_error("a worker's end");
      }
    });
    EXPECT_THROW(static_cast<void>(run_pipeline(in, out, wanted)), std::runtime_error);
  }
}

/// An input that waits for ever, until it is given up.
class SilentInput final : public SealInput {
 public:
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (first_) {
      first_ = false;
      return into.size();
    }
    std::unique_lock lock(mutex_);
    given_up_changed_.wait(lock, [this] { return given_up_; });
    return Error(ErrorCode::io_failure, "given up");
  }
  void give_up() noexcept override {
    const std::scoped_lock lock(mutex_);
    given_up_ = true;
    given_up_changed_.notify_all();
  }

 private:
  bool first_ = true;
  std::mutex mutex_;
  std::condition_variable given_up_changed_;
  bool given_up_ = false;
};

TEST(Pipeline, DoesNotWaitForASilentInputOnceItWasStopped) {
  SilentInput in;
  test::BytesOutput out;
  std::stop_source stop;
  PipelinePlan wanted = plan(2);
  wanted.stop = stop.get_token();
  std::jthread stopper([&] { stop.request_stop(); });
  const auto done = run_pipeline(in, out, wanted);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::cancelled);
}

TEST(Pipeline, HoldsNoMoreThanItMay) {
  std::mutex mutex;
  std::uint64_t written = 0, most = 0;
  PipelinePlan wanted = plan(4, [&](std::uint64_t index) {
    const std::scoped_lock lock(mutex);
    most = std::max(most, index - std::min(index, written));
  });
  wanted.read_size = std::size_t{8} << 20;
  wanted.room = wanted.read_size + 2;
  wanted.written = [&](std::uint64_t) {
    const std::scoped_lock lock(mutex);
    ++written;
  };
  const Bytes input(std::size_t{100} << 20);
  test::BytesInput in(input);
  test::BytesOutput out;
  ASSERT_TRUE(run_pipeline(in, out, wanted));
  EXPECT_LE(most, 4U) << "32 MiB are four such chunks";
}

}  // namespace
}  // namespace tenzro::tee::seal_format
