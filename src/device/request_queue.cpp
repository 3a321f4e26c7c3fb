// SPDX-License-Identifier: Apache-2.0
#include "device/request_queue.hpp"

#include <system_error>
#include <thread>

#include "core/text.hpp"
#include "device/pause.hpp"

namespace tenzro::tee::device {

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
  std::optional<std::chrono::steady_clock::time_point> last_asked{};  // of the job that runs, so without the mutex
};

RequestQueue::RequestQueue() : state_(std::make_shared<State>()) {}

Result<void> RequestQueue::start(std::string_view what, const Waiting& waiting, std::function<void()> job) {
  const std::shared_ptr<State> state = state_;
  std::unique_lock lock(state->mutex);
  // A stop token wakes the wait, and then the predicate decides: each is asked once more.
  if (!state->changed.wait_until(lock, waiting.stop(), waiting.until(), [&] { return !state->busy; }) ||
      waiting.over()) {
    return waiting.error(what);
  }
  const auto done = std::make_shared<bool>(false);
  try {
    std::thread([state, done, job = std::move(job)] {
      job();
      const std::scoped_lock ended(state->mutex);
      *done = true;
      state->busy = false;
      state->changed.notify_all();
    }).detach();
  } catch (const std::system_error& error) {
    return Error(ErrorCode::io_failure, concat(what, ": no thread for the request: ", error.what()));
  }
  state->busy = true;
  if (!state->changed.wait_until(lock, waiting.stop(), waiting.until(), [&] { return *done; })) {
    return waiting.error(what);
  }
  return {};
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
