// SPDX-License-Identifier: Apache-2.0
#include "interruption.hpp"

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace tenzro::cli {

namespace {

bool is_ignored(int number) {
  struct sigaction action{};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// As if nobody had taken it.
void end_process_by(int number) {
  static_cast<void>(std::signal(number, SIG_DFL));
  sigset_t let_through{};
  sigemptyset(&let_through);
  sigaddset(&let_through, number);
  pthread_sigmask(SIG_UNBLOCK, &let_through, nullptr);
  static_cast<void>(kill(getpid(), number));
}

}  // namespace

Interruption::Interruption(std::optional<std::chrono::seconds> grace) : grace_(grace) {
  sigemptyset(&taken_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) {
      sigaddset(&taken_, number);
    }
  }
  // What ends the listener; nobody else sends it to a thread.
  sigaddset(&taken_, SIGURG);
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
  try {
    listener_ = std::jthread([this](const std::stop_token& ended) { listen(ended); });
  } catch (const std::system_error&) {
    // Without anybody who listens, the signals must not be held back.
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
}

Interruption::~Interruption() {
  if (!listener_.joinable()) {
    return;
  }
  listener_.request_stop();
  pthread_kill(listener_.native_handle(), SIGURG);
  listener_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interruption::listen(const std::stop_token& ended) {
  int first = 0;
  while (!ended.stop_requested()) {
    int number = 0;
    if (first != 0 && grace_) {
      const timespec wait{grace_->count(), 0};
      number = sigtimedwait(&taken_, nullptr, &wait);
      if (number < 0 && errno == EAGAIN) {
        end_process_by(first);
      }
    } else if (sigwait(&taken_, &number) != 0) {
      return;
    }
    if (number <= 0 || number == SIGURG) {
      continue;
    }
    if (!stop_.request_stop()) {
      end_process_by(number);
    }
    first = number;
  }
}

bool requests_left_behind() noexcept {
  std::error_code unknown;
  const std::filesystem::directory_iterator threads("/proc/self/task", unknown);
  return unknown || std::distance(begin(threads), end(threads)) > 1;
}

}  // namespace tenzro::cli
