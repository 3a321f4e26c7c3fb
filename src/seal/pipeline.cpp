// SPDX-License-Identifier: Apache-2.0
#include "seal/pipeline.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "core/try.hpp"
#include "seal/container_key.hpp"

namespace tenzro::tee::seal_format {

namespace {

constexpr std::size_t kMostMemory = std::size_t{32} << 20;
constexpr unsigned kMostThreads = 8;

Error cancelled() { return {ErrorCode::cancelled, "stopped, as was asked"}; }

enum class Stage : std::uint8_t { empty, read, taken, done };

struct Slot {
  explicit Slot(std::size_t room) : buffer(room) {}
  SecretBytes buffer;  // it holds plaintext, before or after
  std::size_t size = 0;
  bool last = false;
  Stage stage = Stage::empty;
};

std::size_t slots_of(const PipelinePlan& plan) {
  // One is read while another waits to be known as the last or not: two at least.
  return std::clamp<std::size_t>(kMostMemory / plan.room, 2, std::size_t{2} * plan.threads + 1);
}

/// A ring of slots: chunk i is in slot i % size, from reading to writing.
class Pipeline {
 public:
  Pipeline(SealInput& in, SealOutput& out, const PipelinePlan& plan) : in_(in), out_(out), plan_(plan) {
    const std::size_t count = slots_of(plan);
    slots_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      slots_.emplace_back(plan.room);
    }
  }

  Result<std::uint64_t> run() {
    std::vector<std::unique_ptr<ChunkWork>> works;
    for (unsigned i = 0; i < std::max(plan_.threads, 1U); ++i) {
      TENZRO_ASSIGN_OR_RETURN(works.emplace_back(), plan_.make_work());
    }
    auto done = plan_.threads <= 1 ? run_alone(*works.front()) : run_together(works);
    return !done && plan_.stop.stop_requested() ? cancelled() : std::move(done);
  }

 private:
  Slot& slot(std::uint64_t index) { return slots_[index % slots_.size()]; }

  /// Reads chunk index into its slot. 0: the input ended before it.
  Result<std::size_t> fill(std::uint64_t index) {
    Slot& to = slot(index);
    TENZRO_ASSIGN_OR_RETURN(to.size, read_full(in_, to.buffer.fill().first(plan_.read_size)));
    if (to.size != 0 && index >= plan_.most_chunks) {
      return Error(ErrorCode::invalid_argument, "a container has at most 2^32 chunks; use larger ones (log2_chunk)");
    }
    return to.size;
  }

  Result<void> work_on(ChunkWork& work, std::uint64_t index) {
    Slot& on = slot(index);
    TENZRO_ASSIGN_OR_RETURN(on.size, work.run(index, on.last, on.buffer.fill(), on.size));
    return {};
  }

  Result<void> write(std::uint64_t index) {
    const Slot& from = slot(index);
    TENZRO_RETURN_IF_ERROR(out_.write(from.buffer.reveal().first(from.size)));
    total_ += from.size;
    if (plan_.written) {
      plan_.written(total_);
    }
    return {};
  }

  Result<std::uint64_t> run_alone(ChunkWork& work) {
    TENZRO_RETURN_IF_ERROR(fill(0));
    for (std::uint64_t index = 0;; ++index) {
      if (plan_.stop.stop_requested()) {
        return cancelled();
      }
      Slot& current = slot(index);
      // A short chunk is the last; after a whole one there may be nothing more.
      std::size_t next = 0;
      if (current.size == plan_.read_size) {
        TENZRO_ASSIGN_OR_RETURN(next, fill(index + 1));
      }
      current.last = next == 0;
      TENZRO_RETURN_IF_ERROR(work_on(work, index));
      TENZRO_RETURN_IF_ERROR(write(index));
      if (current.last) {
        return total_;
      }
    }
  }

  Result<std::uint64_t> run_together(std::vector<std::unique_ptr<ChunkWork>>& works) {
    // Made before: whoever asks to stop must not be told that there is no memory for it.
    const std::stop_callback on_stop(plan_.stop, [this, error = cancelled()]() mutable { fail(std::move(error)); });
    {
      std::vector<std::jthread> threads;
      // Where there is no thread to be had, those that there are must hear of it before they are waited for.
      guarded([&]() -> Result<void> {
        threads.reserve(works.size() + 1);
        threads.emplace_back([this] { guarded([this] { return read_all(); }); });
        start_workers(works, threads);
        return {};
      });
      guarded([this] { return write_all(); });
      in_.give_up();
    }
    const std::scoped_lock lock(mutex_);
    if (thrown_) {
      return rethrown();
    }
    if (failure_) {
      return *std::move(failure_);
    }
    return total_;
  }

  /// As many as there are to be had; at least one.
  void start_workers(std::vector<std::unique_ptr<ChunkWork>>& works, std::vector<std::jthread>& threads) {
    for (std::size_t i = 0; i < works.size(); ++i) {
      try {
        threads.emplace_back([this, &work = works[i]] { guarded([this, &work] { return work_all(*work); }); });
      } catch (const std::system_error&) {
        if (i == 0) {
          throw;
        }
        return;
      }
    }
  }

  /// The first failure counts, and ends everybody's work.
  void fail(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) {
      failure_ = std::move(error);
    }
    freed_.notify_all();
    read_.notify_all();
    done_.notify_all();
  }
  /// An exception, of a caller's input, output or progress, ends everybody's work too, and is thrown again at the end.
  template <class F>
  void guarded(F part) {
    try {
      if (auto done = part(); !done) {
        fail(std::move(done).error());
      }
    } catch (...) {
      // On any of the threads, where nothing may be thrown any more: what is kept here asks for no memory.
      {
        const std::scoped_lock lock(mutex_);
        if (!failure_ && !thrown_) {
          thrown_ = std::current_exception();
        }
      }
      fail(Error(ErrorCode::internal, "an exception"));
    }
  }

  /// What was thrown, on the caller's thread.
  Result<std::uint64_t> rethrown() {
    try {
      std::rethrow_exception(thrown_);
    } catch (const std::system_error& error) {
      return error.code() == std::errc::resource_unavailable_try_again
                 ? Error(ErrorCode::not_available, "the system has no thread to spare; work with one (-j 1)")
                 : Error(ErrorCode::internal, error.what());
    }
  }

  Result<void> read_all() {
    std::size_t previous = 0;  // bytes in the chunk before, whose being the last is not known yet
    for (std::uint64_t index = 0;; ++index) {
      {
        std::unique_lock lock(mutex_);
        freed_.wait(lock, [&] { return failure_ || slot(index).stage == Stage::empty; });
        if (failure_) {
          return {};
        }
      }
      const bool ended = index > 0 && previous < plan_.read_size;
      std::size_t size = 0;
      if (!ended) {
        TENZRO_ASSIGN_OR_RETURN(size, fill(index));
      }
      const bool was_last = index > 0 && size == 0;
      if (index > 0) {
        hand_over(index - 1, was_last);
      }
      if (was_last) {
        return {};
      }
      previous = size;
    }
  }

  void hand_over(std::uint64_t index, bool last) {
    const std::scoped_lock lock(mutex_);
    slot(index).last = last;
    slot(index).stage = Stage::read;
    if (last) {
      end_ = index + 1;
      read_.notify_all();
    } else {
      read_.notify_one();
    }
  }

  Result<void> work_all(ChunkWork& work) {
    while (true) {
      std::uint64_t mine = 0;
      {
        std::unique_lock lock(mutex_);
        read_.wait(lock, [&] { return failure_ || to_work_ >= end_ || slot(to_work_).stage == Stage::read; });
        if (failure_ || to_work_ >= end_) {
          return {};
        }
        mine = to_work_++;
        slot(mine).stage = Stage::taken;
      }
      TENZRO_RETURN_IF_ERROR(work_on(work, mine));
      const std::scoped_lock lock(mutex_);
      slot(mine).stage = Stage::done;
      if (mine == to_write_) {
        done_.notify_one();
      }
    }
  }

  Result<void> write_all() {
    for (std::uint64_t index = 0;; ++index) {
      {
        std::unique_lock lock(mutex_);
        to_write_ = index;
        done_.wait(lock, [&] { return failure_ || slot(index).stage == Stage::done; });
        if (failure_) {
          return {};
        }
      }
      const bool last = slot(index).last;
      TENZRO_RETURN_IF_ERROR(write(index));
      const std::scoped_lock lock(mutex_);
      slot(index).stage = Stage::empty;
      freed_.notify_one();
      if (last) {
        return {};
      }
    }
  }

  SealInput& in_;
  SealOutput& out_;
  const PipelinePlan& plan_;
  std::vector<Slot> slots_;
  std::uint64_t total_ = 0;  // the writer's

  std::mutex mutex_;
  // Each with the ones that wait for it: the reader, the workers, the writer.
  std::condition_variable freed_, read_, done_;
  std::uint64_t to_work_ = 0;
  std::uint64_t to_write_ = 0;
  std::uint64_t end_ = ~std::uint64_t{0};  // the chunk after the last, once it is known
  std::optional<Error> failure_;
  std::exception_ptr thrown_;
};

}  // namespace

Result<std::size_t> read_full(SealInput& in, std::span<std::uint8_t> into) {
  std::size_t used = 0;
  while (used < into.size()) {
    TENZRO_ASSIGN_OR_RETURN(const std::size_t got, in.read(into.subspan(used)));
    if (got > into.size() - used) {
      return Error(ErrorCode::internal, "an input says that it gave more bytes than there was room for");
    }
    if (got == 0) {
      break;
    }
    used += got;
  }
  return used;
}

Result<std::uint64_t> run_pipeline(SealInput& in, SealOutput& out, const PipelinePlan& plan) {
  return Pipeline(in, out, plan).run();
}

unsigned threads_of(const SealOptions& options) {
  if (options.threads != 0) {
    return options.threads;
  }
  // Reading and writing take as much of the processors as the work does.
  const unsigned processors = std::max(std::thread::hardware_concurrency(), 1U);
  return processors == 1 ? 1 : std::clamp(processors / 2, 2U, kMostThreads);
}

}  // namespace tenzro::tee::seal_format
