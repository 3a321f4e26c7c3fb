// SPDX-License-Identifier: Apache-2.0
#include "replacing_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "terminal.hpp"

namespace tenzro::cli {
namespace {

constexpr int kNameAttempts = 16;

std::filesystem::path folder_of(const std::filesystem::path& target) {
  return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

bool is_taken(const std::filesystem::path& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

/// Beside target; nobody else's. Empty: no generator.
std::filesystem::path temporary_name(const std::filesystem::path& target) {
  std::array<std::uint8_t, 8> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return {};
  }
  return target.parent_path() / (".tenzro-" + tee::to_hex(random));
}

/// How a file without a name is spoken of. /proc may be missing, or another user's.
std::string path_of_descriptor(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

FileDescriptor open_without_name(const std::filesystem::path& target, mode_t mode) {
  FileDescriptor fd = FileDescriptor::owned(open(folder_of(target).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
  if (fd.get() >= 0 && !is_taken(path_of_descriptor(fd.get()))) {
    return FileDescriptor::owned(-1);
  }
  return fd;
}

}  // namespace

int write_all(int fd, tee::ByteView bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno == EAGAIN) {
      // A pipe that somebody set not to wait: we do.
      pollfd waited{fd, POLLOUT, 0};
      static_cast<void>(poll(&waited, 1, -1));
      continue;
    }
    if (count < 0) {
      return errno;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

ReplacingFile::ReplacingFile(std::filesystem::path target, Manner manner, std::filesystem::path temporary,
                             FileDescriptor fd)
    : target_(std::move(target)), manner_(manner), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

ReplacingFile::ReplacingFile(ReplacingFile&& other) noexcept
    : target_(std::move(other.target_)),
      manner_(other.manner_),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)) {}

ReplacingFile::~ReplacingFile() {
  if (!temporary_.empty()) {
    unlink(temporary_.c_str());
  }
}

tee::Error ReplacingFile::failure(int number) const {
  if (number == EEXIST && !manner_.may_replace) {
    return {tee::ErrorCode::invalid_argument,
            safe_text(target_.string()) + ": there is a file of this name; --force replaces it"};
  }
  return {tee::ErrorCode::io_failure,
          safe_text(target_.string()) + ": cannot be written: " + std::generic_category().message(number)};
}

tee::Result<ReplacingFile> ReplacingFile::open(const std::filesystem::path& target, Manner manner) {
  ReplacingFile file(target, manner, {}, FileDescriptor::owned(-1));
  if (!manner.may_replace && is_taken(target)) {
    return file.failure(EEXIST);
  }
  file.fd_ = open_without_name(target, manner.mode);
  for (int attempt = 0; file.fd_.get() < 0 && attempt < kNameAttempts; ++attempt) {
    const std::filesystem::path name = temporary_name(target);
    if (name.empty()) {
      break;
    }
    file.fd_ =
        FileDescriptor::owned(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, manner.mode));
    if (file.fd_.get() >= 0) {
      file.temporary_ = name;
    } else if (errno != EEXIST) {
      break;
    }
  }
  if (file.fd_.get() < 0) {
    return file.failure(errno);
  }
  return file;
}

tee::Result<void> ReplacingFile::write(tee::ByteView bytes) {
  const int error = write_all(fd_.get(), bytes);
  return error == 0 ? tee::Result<void>() : failure(error);
}

tee::Result<void> ReplacingFile::sync() { return fsync(fd_.get()) == 0 ? tee::Result<void>() : failure(errno); }

/// Of a file without a name: there is no way to close it first, and no file system where that would tell more.
tee::Result<void> ReplacingFile::link_into_place() {
  const std::string self = path_of_descriptor(fd_.get());
  if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, target_.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return {};
  }
  if (errno != EEXIST || !manner_.may_replace) {
    return failure(errno);
  }
  // Only a name can take another's place, and only what is on the disk may take a file's.
  if (auto synced = sync(); !synced) {
    return synced;
  }
  for (int attempt = 0; temporary_.empty(); ++attempt) {
    const std::filesystem::path name = temporary_name(target_);
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = name;
    } else if (errno != EEXIST || attempt == kNameAttempts) {
      return failure(errno);
    }
  }
  return rename_into_place();
}

tee::Result<void> ReplacingFile::rename_into_place() {
  const unsigned flags = manner_.may_replace ? 0 : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), flags) != 0) {
    if (errno != EINVAL && errno != ENOSYS) {
      return failure(errno);
    }
    // A file system that knows no flags: a link fails where there is a name already.
    if (link(temporary_.c_str(), target_.c_str()) != 0) {
      return failure(errno);
    }
    return {};  // the destructor removes the other name
  }
  temporary_.clear();
  return {};
}

tee::Result<void> ReplacingFile::commit() {
  const bool durable = manner_.durable || is_taken(target_);
  if (durable) {
    if (auto synced = sync(); !synced) {
      return synced;
    }
  }
  if (temporary_.empty()) {
    if (auto linked = link_into_place(); !linked) {
      return linked;
    }
  } else {
    // Some file systems say only here that the bytes did not arrive.
    if (fd_.close_now() != 0) {
      return failure(errno);
    }
    if (auto renamed = rename_into_place(); !renamed) {
      return renamed;
    }
  }
  if (durable) {
    // The name itself reaches the disk with the folder; where a folder cannot be synced there is nothing more to do.
    const FileDescriptor folder =
        FileDescriptor::owned(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() >= 0) {
      fsync(folder.get());
    }
  }
  return {};
}

}  // namespace tenzro::cli
