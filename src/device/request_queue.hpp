// SPDX-License-Identifier: Apache-2.0
// One request at a time to a device, and callers who need not wait for it for ever.
#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "tenzro/tee/provider.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::device {

class System;

/// What is left of a caller's patience.
class Waiting {
 public:
  explicit Waiting(const Patience& patience)
      : until_(std::chrono::steady_clock::now() + patience.at_most), stop_(patience.stop) {}
  std::chrono::steady_clock::time_point until() const noexcept { return until_; }
  const std::stop_token& stop() const noexcept { return stop_; }
  bool over() const { return stop_.stop_requested() || std::chrono::steady_clock::now() >= until_; }
  /// timed_out or cancelled. what: "the quoting service", "/dev/nsm".
  Error error(std::string_view what) const;

 private:
  std::chrono::steady_clock::time_point until_;
  std::stop_token stop_;
};

/// Calls into a driver cannot be interrupted, so each runs on a thread of its own: who has no patience left leaves it
/// behind, and the next one waits until it is done.
/// Threads: all members may be called from several threads at once. Must outlive the process's last request, as those
/// of System do.
class RequestQueue {
 public:
  RequestQueue();
  /// job's result, or timed_out or cancelled. what: names the device in that error. Whatever job uses it must own: it
  /// may outlive the call. It should look at the Waiting that it is given wherever it repeats itself.
  template <class T>
  Result<T> run(std::string_view what, const Patience& patience, std::function<Result<T>(const Waiting&)> job) {
    struct Outcome {
      std::optional<Result<T>> result;
      std::exception_ptr thrown;
    };
    const Waiting waiting(patience);
    const auto outcome = std::make_shared<Outcome>();
    const auto ran = start(what, waiting, [outcome, waiting, job = std::move(job)] {
      try {
        outcome->result.emplace(job(waiting));
      } catch (...) {
        outcome->thrown = std::current_exception();
      }
    });
    if (!ran) {
      return ran.error();
    }
    if (outcome->thrown) {
      std::rethrow_exception(outcome->thrown);
    }
    return *std::move(outcome->result);
  }

  /// For a job of this queue, before it asks a device that wants to be left alone between requests: sleeps until that
  /// long after the last time that this let one through. timed_out or cancelled, what names the device in them.
  Result<void> keep_distance(System& system, std::chrono::milliseconds distance, std::string_view what,
                             const Waiting& waiting);

 private:
  struct State;
  /// Returns once the job has run, or the waiting is over.
  Result<void> start(std::string_view what, const Waiting& waiting, std::function<void()> job);
  std::shared_ptr<State> state_;
};

}  // namespace tenzro::tee::device
