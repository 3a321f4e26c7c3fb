// SPDX-License-Identifier: Apache-2.0
// A file descriptor with an owner.
#pragma once
#include <unistd.h>

#include <utility>

namespace tenzro::cli {

class FileDescriptor {
 public:
  static FileDescriptor owned(int fd) noexcept { return FileDescriptor(fd, true); }
  static FileDescriptor borrowed(int fd) noexcept { return FileDescriptor(fd, false); }
  FileDescriptor(FileDescriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), owned_(std::exchange(other.owned_, false)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (owned_ && fd_ >= 0) {
      close(fd_);
    }
  }

  int get() const noexcept { return fd_; }  ///< negative when opening failed
  /// Closes now, for callers who must know whether that worked; the result of close(2).
  int close_now() noexcept {
    owned_ = false;
    return close(std::exchange(fd_, -1));
  }

 private:
  FileDescriptor(int fd, bool owned) noexcept : fd_(fd), owned_(owned) {}
  int fd_ = -1;
  bool owned_ = false;
};

}  // namespace tenzro::cli
