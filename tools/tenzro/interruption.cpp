// SPDX-License-Identifier: Apache-2.0
#include "interruption.hpp"

namespace tenzro::cli {

namespace {

bool is_ignored(int number) {
  struct sigaction action{};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interruption::Interruption() {
  sigemptyset(&taken_);
  for (const int number : {SIGINT, SIGTERM}) {
    if (!is_ignored(number)) {
      sigaddset(&taken_, number);
    }
  }
  // What ends the listener; nobody else sends it to a thread.
  sigaddset(&taken_, SIGURG);
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
  listener_ = std::jthread([this](const std::stop_token& ended) {
    int number = 0;
    while (!ended.stop_requested() && sigwait(&taken_, &number) == 0) {
      if (number != SIGURG) {
        stop_.request_stop();
      }
    }
  });
}

Interruption::~Interruption() {
  listener_.request_stop();
  pthread_kill(listener_.native_handle(), SIGURG);
  listener_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace tenzro::cli
