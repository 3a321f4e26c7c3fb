// SPDX-License-Identifier: Apache-2.0
#include "removable_check.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace tenzro::removable {

namespace {

constexpr int kMostIndices = 1 << 20;

int removed_index() {
  const char* const wanted = std::getenv("TENZRO_REMOVED_CHECK");
  return wanted == nullptr ? -1 : std::atoi(wanted);
}

/// One short write to a file that is only appended to: whole or not at all, from whatever process, however it ends.
void note(int index) noexcept {
  static const char* const kPath = std::getenv("TENZRO_CHECKS_FIRED");
  static std::array<std::atomic<bool>, kMostIndices> noted{};
  if (kPath == nullptr || index >= kMostIndices || noted.at(static_cast<std::size_t>(index)).exchange(true)) {
    return;
  }
  std::array<char, 16> line{};
  char* const end = std::to_chars(line.data(), line.data() + line.size() - 1, index).ptr;
  *end = '\n';
  const int error = errno;
  // Opened each time: some tests count what is open, or end in the middle.
  if (const int file = open(kPath, O_WRONLY | O_APPEND | O_CLOEXEC); file >= 0) {
    [[maybe_unused]] const ssize_t written = write(file, line.data(), static_cast<std::size_t>(end + 1 - line.data()));
    close(file);
  }
  errno = error;
}

}  // namespace

bool refused_and_removed(int index) noexcept {
  static const int kRemoved = removed_index();
  note(index);
  return index == kRemoved;
}

}  // namespace tenzro::removable
