// SPDX-License-Identifier: Apache-2.0
// Being told to stop while a device is asked, so that nothing is left behind in the kernel.
#pragma once
#include <chrono>
#include <csignal>
#include <optional>
#include <stop_token>
#include <thread>

namespace tenzro::cli {

/// While it lives, the first of SIGINT, SIGTERM and SIGHUP asks for a stop and does not end the process; the second
/// does. Where they are ignored, they stay so. Never fails: where there is no thread to be had, they end the process as
/// ever.
/// Make it before any other thread begins, which would take the signals. Threads: one thread at a time.
class Interruption {
 public:
  /// grace: how long after the first signal the work may go on; then the process ends as the second would end it.
  /// Nothing: as long as it takes.
  explicit Interruption(std::optional<std::chrono::seconds> grace = {});
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const noexcept { return stop_.get_token(); }
  bool came() const noexcept { return stop_.stop_requested(); }

 private:
  void listen(const std::stop_token& ended);
  std::optional<std::chrono::seconds> grace_;
  sigset_t taken_{}, before_{};
  std::stop_source stop_;
  std::jthread listener_;
};

/// Whether a request that nobody waits for is still in this process, on a thread of its own. What it uses must not be
/// taken from under it: leave by _exit.
bool requests_left_behind() noexcept;

}  // namespace tenzro::cli
