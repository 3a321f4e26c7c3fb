// SPDX-License-Identifier: Apache-2.0
#include "device/removal_at_exit.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace tenzro::tee::device {

namespace {

/// Between _Fork and _exit only what may stand in a signal handler: other threads' locks are as they were.
[[noreturn]] void wait_and_remove(int life_line, const char* path) {
  ::setsid();
  // Nobody who reads what this process wrote is to wait for this one too.
  if (life_line > 0) {
    ::syscall(SYS_close_range, 0U, static_cast<unsigned>(life_line) - 1U, 0U);
  }
  ::syscall(SYS_close_range, static_cast<unsigned>(life_line) + 1U, ~0U, 0U);
  char nothing = 0;
  while (::syscall(SYS_read, life_line, &nothing, 1) < 0 && errno == EINTR) {
  }
  ::syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
  ::_exit(0);
}

/// Of a child that ends at once, so that its own child is nobody's to wait for.
void reap(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

class LifeLine {
 public:
  explicit LifeLine(int end) noexcept : end_(end) {}
  LifeLine(const LifeLine&) = delete;
  LifeLine& operator=(const LifeLine&) = delete;
  ~LifeLine() { ::close(end_); }

 private:
  int end_;
};

}  // namespace

std::shared_ptr<void> remove_folder_at_exit(const std::string& path) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return nullptr;
  }
  const auto out = std::make_shared<LifeLine>(ends[1]);
  sigset_t all{}, before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // the child keeps it, and runs no handler of the program's
  const pid_t child = ::_Fork();
  if (child == 0) {
    if (::_Fork() == 0) {
      wait_and_remove(ends[0], path.c_str());
    }
    ::_exit(0);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[0]);
  if (child < 0) {
    return nullptr;
  }
  reap(child);
  return out;
}

}  // namespace tenzro::tee::device
