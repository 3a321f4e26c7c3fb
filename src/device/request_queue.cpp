// SPDX-License-Identifier: Apache-2.0
#include "device/request_queue.hpp"

#include <algorithm>
#include <csignal>
#include <deque>
#include <system_error>
#include <thread>

#include "core/text.hpp"
#include "device/pause.hpp"

namespace tenzro::tee::device {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// No caller means more, and the clock can count that far.
constexpr milliseconds kLongest = std::chrono::hours{24 * 365 * 10};

Error not_begun(std::string_view what, const Waiting& waiting) {
  if (waiting.stop().stop_requested()) {
    return {ErrorCode::cancelled,
            concat(what, ": the caller stopped waiting before its turn came; nothing was asked of the device")};
  }
  return {ErrorCode::timed_out, concat(what,
                                       ": its turn did not come in the time given, another request may hold the "
                                       "device; nothing was asked of it")};
}

/// A thread has the signals blocked that its maker had. Those that report a thread's own mistakes stay as they are.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t all{};
    sigfillset(&all);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
      sigdelset(&all, own);
    }
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;
  ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// A thread that is left behind unless somebody waited for its end.
struct Worker {
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (thread.joinable()) {
      thread.detach();
    }
  }

  std::thread thread{};
};

}  // namespace

Waiting::Waiting(const Patience& patience)
    : until_(steady_clock::now() + std::clamp(patience.at_most, milliseconds{0}, kLongest)), stop_(patience.stop) {}

Error Waiting::error(std::string_view what) const {
  if (stop_.stop_requested()) {
    return {ErrorCode::cancelled, concat(what, ": no answer yet, and the caller stopped waiting")};
  }
  return {
      ErrorCode::timed_out,
      concat(what, ": no answer in the time given; another request may hold the device, or its host is overloaded")};
}

struct RequestQueue::State {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool busy = false;
  std::uint64_t next_ticket = 0;
  std::deque<std::uint64_t> line;                        // of those who wait for their turn
  std::optional<steady_clock::time_point> last_asked{};  // of the job that runs, so without the mutex
};

/// Of a job, under the queue's mutex.
struct RequestQueue::Progress {
  bool done = false;  ///< its outcome is complete
  bool gone = false;  ///< with everything that it held
};

RequestQueue::RequestQueue() : state_(std::make_shared<State>()) {}

Result<std::shared_ptr<void>> RequestQueue::start(std::string_view what, const Waiting& waiting,
                                                  std::function<void()> job, std::shared_ptr<void> outcome,
                                                  std::string_view if_unanswered) {
  const std::shared_ptr<State> state = state_;
  std::unique_lock lock(state->mutex);
  const std::uint64_t ticket = state->next_ticket++;
  state->line.push_back(ticket);
  // A stop token wakes the wait, and then the predicate decides: each is asked once more.
  const bool my_turn = state->changed.wait_until(lock, waiting.stop(), waiting.until(),
                                                 [&] { return !state->busy && state->line.front() == ticket; });
  std::erase(state->line, ticket);
  if (!my_turn || waiting.over()) {
    state->changed.notify_all();  // it may be the next one's turn now
    return not_begun(what, waiting);
  }
  std::shared_ptr<Progress> progress;
  Worker worker;
  try {
    progress = std::make_shared<Progress>();
    const WithoutSignals blocked;
    worker.thread = std::thread([state, progress, job = std::move(job)]() mutable {
      job();
      {
        const std::scoped_lock made(state->mutex);
        progress->done = true;
      }
      job = nullptr;  // before the next one's turn, and with it the outcome if its caller has left
      const std::scoped_lock ended(state->mutex);
      progress->gone = true;
      state->busy = false;
      state->changed.notify_all();
    });
  } catch (const std::system_error& error) {
    state->changed.notify_all();
    return Error(ErrorCode::io_failure, concat(what, ": no thread for the request: ", error.what()));
  } catch (...) {
    state->changed.notify_all();
    throw;
  }
  state->busy = true;
  const bool gone = state->changed.wait_until(lock, waiting.stop(), waiting.until(), [&] { return progress->gone; });
  const bool done = progress->done;
  lock.unlock();
  if (gone) {
    worker.thread.join();  // it calls nobody any more: whoever ends the process now leaves nothing of it behind
  }
  if (!done) {
    outcome = nullptr;  // the job, not done, still has it
    const Error error = waiting.error(what);
    return if_unanswered.empty() ? error : Error(error.code(), concat(error.message(), "; ", if_unanswered));
  }
  return outcome;
}

std::size_t RequestQueue::length() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->line.size();
}

Result<void> RequestQueue::keep_distance(System& system, std::chrono::milliseconds distance, std::string_view what,
                                         const Waiting& waiting) {
  if (state_->last_asked) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(system.now() - *state_->last_asked);
    if (!pause(system, distance - since, waiting)) {
      return waiting.error(what);
    }
  }
  state_->last_asked = system.now();
  return {};
}

}  // namespace tenzro::tee::device
