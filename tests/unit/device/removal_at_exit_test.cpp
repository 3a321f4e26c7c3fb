// SPDX-License-Identifier: Apache-2.0
#include "device/removal_at_exit.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "online/temporary_folder.hpp"

namespace tenzro::tee::device {
namespace {

/// Another process removes it, when it is its turn.
bool goes_away(const std::filesystem::path& path) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (std::filesystem::exists(path)) {
    if (std::chrono::steady_clock::now() >= until) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

TEST(RemovalAtExit, IsDoneWhenItsOwnerGoes) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "entry";
  std::filesystem::create_directory(path);
  auto promise = remove_folder_at_exit(path.string());
  ASSERT_NE(promise, nullptr);
  EXPECT_TRUE(std::filesystem::exists(path));
  promise.reset();
  EXPECT_TRUE(goes_away(path));
  remove_folder_at_exit(path.string()).reset();  // nothing to remove: nothing happens
}

TEST(RemovalAtExit, IsDoneWhenTheProcessIsKilled) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "entry";
  std::filesystem::create_directory(path);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto promise = remove_folder_at_exit(path.string());
    raise(SIGKILL);
    _exit(promise == nullptr ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(goes_away(path));
}

TEST(RemovalAtExit, LeavesNoChildToWaitFor) {
  const test::TemporaryFolder folder;
  const auto promise = remove_folder_at_exit((folder.path() / "none").string());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace tenzro::tee::device
