// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "file_descriptor.hpp"
#include "tenzro/tee/bytes.hpp"
#include "terminal.hpp"

namespace tenzro::cli {
namespace {

constexpr mode_t kMode = 0644;  // the process's umask applies
constexpr int kNameAttempts = 16;

tee::Error io_failure(std::string_view name, const char* action, int error) {
  return {tee::ErrorCode::io_failure, safe_text(name) + ": " + action + ": " + std::generic_category().message(error)};
}

/// 0, or the errno of the write that failed.
int write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

/// A file that goes away unless it was renamed into place.
class TemporaryFile {
 public:
  static tee::Result<TemporaryFile> beside(const std::filesystem::path& target) {
    for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
      std::array<std::uint8_t, 8> random{};
      if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        break;
      }
      const std::filesystem::path path = target.parent_path() / (".tenzro-" + tee::to_hex(random));
      FileDescriptor fd =
          FileDescriptor::owned(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
      if (fd.get() >= 0) {
        return TemporaryFile(path, std::move(fd));
      }
      if (errno != EEXIST) {
        break;
      }
    }
    return io_failure(target.string(), "cannot be written", errno);
  }
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) {
      unlink(path_.c_str());
    }
  }

  /// 0, or the errno of the step that failed.
  int write_and_rename(std::string_view text, const std::filesystem::path& target) noexcept {
    if (const int error = write_all(fd_.get(), text); error != 0) {
      return error;
    }
    if (fsync(fd_.get()) != 0) {
      return errno;
    }
    if (fd_.close_now() != 0) {
      return errno;
    }
    if (rename(path_.c_str(), target.c_str()) != 0) {
      return errno;
    }
    path_.clear();
    return 0;
  }

 private:
  TemporaryFile(std::filesystem::path path, FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  FileDescriptor fd_;
};

tee::Result<void> replace_file(const std::filesystem::path& target, std::string_view text) {
  auto file = TemporaryFile::beside(target);
  if (!file) {
    return std::move(file).error();
  }
  if (const int error = file->write_and_rename(text, target); error != 0) {
    return io_failure(target.string(), "cannot be written", error);
  }
  // The rename itself reaches the disk with the folder; where a folder cannot be synced there is nothing more to do.
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const FileDescriptor fd = FileDescriptor::owned(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) {
    fsync(fd.get());
  }
  return {};
}

/// A link keeps pointing at its file: what is replaced is the file itself.
tee::Result<std::filesystem::path> canonical_path(const std::string& path) {
  std::error_code unresolved;
  std::filesystem::path out = std::filesystem::canonical(path, unresolved);
  if (unresolved) {
    return io_failure(path, "cannot be written", unresolved.value());
  }
  return out;
}

tee::Result<void> write_directly(const std::string& path, std::string_view text) {
  FileDescriptor fd = FileDescriptor::owned(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (fd.get() < 0) {
    return io_failure(path, "cannot be opened for writing", errno);
  }
  if (const int error = write_all(fd.get(), text); error != 0) {
    return io_failure(path, "cannot be written", error);
  }
  if (fd.close_now() != 0) {
    return io_failure(path, "cannot be written", errno);
  }
  return {};
}

}  // namespace

tee::Result<void> write_stdout(std::string_view text) {
  if (const int error = write_all(STDOUT_FILENO, text); error != 0) {
    return io_failure("standard output", "cannot be written", error);
  }
  return {};
}

void write_diagnostic(std::string_view text) noexcept {
  // There is nobody left to tell when stderr fails.
  static_cast<void>(write_all(STDERR_FILENO, text));
}

tee::Result<void> check_output(const std::string& path) {
  struct stat status{};
  if (path == "-") {
    return {};
  }
  const bool there = stat(path.c_str(), &status) == 0;
  if (path.empty() || (there && S_ISDIR(status.st_mode))) {
    return io_failure(path, "cannot be written", path.empty() ? ENOENT : EISDIR);
  }
  if (there && !S_ISREG(status.st_mode)) {
    return {};
  }
  // A file that is there is replaced too: it is its folder that must take another.
  auto target = there ? canonical_path(path) : tee::Result<std::filesystem::path>(path);
  if (!target) {
    return std::move(target).error();
  }
  const std::filesystem::path folder = target->has_parent_path() ? target->parent_path() : ".";
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return io_failure(path, "cannot be written", errno);
  }
  return {};
}

tee::Result<void> write_output(const std::string& path, std::string_view text) {
  if (path == "-") {
    return write_stdout(text);
  }
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    return replace_file(path, text);
  }
  if (S_ISDIR(status.st_mode)) {
    return io_failure(path, "cannot be written", EISDIR);
  }
  if (!S_ISREG(status.st_mode)) {
    return write_directly(path, text);
  }
  const auto target = canonical_path(path);
  return target ? replace_file(*target, text) : target.error();
}

}  // namespace tenzro::cli
