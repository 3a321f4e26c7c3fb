// SPDX-License-Identifier: Apache-2.0
// Being told to stop while a device is asked, so that nothing is left behind in the kernel.
#pragma once
#include <csignal>

#include <stop_token>
#include <thread>

namespace tenzro::cli {

/// While it lives, SIGINT and SIGTERM ask for a stop and do not end the process; where they are ignored, they stay so.
/// Make it before any other thread begins, which would take the signals. Threads: one thread at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const noexcept { return stop_.get_token(); }
  bool came() const noexcept { return stop_.stop_requested(); }

 private:
  sigset_t taken_{}, before_{};
  std::stop_source stop_;
  std::jthread listener_;
};

}  // namespace tenzro::cli
