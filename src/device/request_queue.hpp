// SPDX-License-Identifier: Apache-2.0
// One request at a time to a device, and callers who need not wait for it for ever.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "tenzro/tee/provider.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::device {

class System;

/// What is left of a caller's patience. Copies are about the same caller.
class Waiting {
 public:
  /// From now on. Without end where no clock could count so far; already over where the time is negative.
  explicit Waiting(const Patience& patience);
  std::chrono::steady_clock::time_point until() const noexcept { return until_; }
  const std::stop_token& stop() const noexcept { return stop_; }
  bool over() const { return stop_.stop_requested() || std::chrono::steady_clock::now() >= until_; }
  /// timed_out or cancelled. what: "the quoting service", "/dev/nsm".
  Error error(std::string_view what) const;

 private:
  std::chrono::steady_clock::time_point until_;
  std::stop_token stop_;
};

/// Calls into a driver cannot be interrupted, so each runs on a thread of its own, which takes no signals of the
/// program's: who has no patience left leaves it behind, and the next one waits until it is done. First come, first
/// served. A job, and a result that nobody waited for, are gone before the next one's turn: their end may call too.
/// Threads: all members may be called from several threads at once. Must outlive the process's last request, as those
/// of System do.
class RequestQueue {
 public:
  RequestQueue();
  /// job's result, or timed_out or cancelled. what: names the device in that error. Whatever job uses it must own: it
  /// may outlive the call. It should look at the Waiting that it is given wherever it repeats itself.
  /// if_unanswered: of a request that changes something, what to do about not knowing whether it did. It stands in the
  /// error only where the job had begun; otherwise the error says that nothing was asked.
  template <class T>
  Result<T> run(std::string_view what, const Patience& patience, std::function<Result<T>(const Waiting&)> job,
                std::string_view if_unanswered = {}) {
    struct Outcome {
      std::optional<Result<T>> result;
      std::exception_ptr thrown;
    };
    const Waiting waiting(patience);
    auto made = std::make_shared<Outcome>();
    auto work = [made, waiting, job = std::move(job)] {
      try {
        made->result.emplace(job(waiting));
      } catch (...) {
        made->thrown = std::current_exception();
      }
    };
    const auto ran = start(what, waiting, std::move(work), std::move(made), if_unanswered);
    if (!ran) {
      return ran.error();
    }
    const auto outcome = std::static_pointer_cast<Outcome>(*ran);
    if (outcome->thrown) {
      std::rethrow_exception(outcome->thrown);
    }
    return *std::move(outcome->result);
  }

  std::size_t length() const;  ///< how many callers wait for their turn

  /// For a job of this queue, before it asks a device that wants to be left alone between requests: sleeps until that
  /// long after the last time that this let one through. timed_out or cancelled, what names the device in them.
  Result<void> keep_distance(System& system, std::chrono::milliseconds distance, std::string_view what,
                             const Waiting& waiting);

 private:
  struct State;
  struct Progress;
  /// Returns outcome once the job has run, or the waiting is over: then the job alone holds it.
  Result<std::shared_ptr<void>> start(std::string_view what, const Waiting& waiting, std::function<void()> job,
                                      std::shared_ptr<void> outcome, std::string_view if_unanswered);
  std::shared_ptr<State> state_;
};

}  // namespace tenzro::tee::device
