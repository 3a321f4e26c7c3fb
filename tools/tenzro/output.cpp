// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "file_descriptor.hpp"
#include "replacing_file.hpp"
#include "tenzro/tee/bytes.hpp"
#include "terminal.hpp"

namespace tenzro::cli {
namespace {

tee::Error io_failure(std::string_view name, const char* action, int error) {
  return {tee::ErrorCode::io_failure, safe_text(name) + ": " + action + ": " + std::generic_category().message(error)};
}

tee::ByteView bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

tee::Result<void> replace_file(const std::filesystem::path& target, std::string_view text) {
  auto file = ReplacingFile::open(target, {});
  if (!file) {
    return std::move(file).error();
  }
  if (auto written = file->write(bytes_of(text)); !written) {
    return written;
  }
  return file->commit();
}

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
  if (const int error = write_all(fd.get(), bytes_of(text)); error != 0) {
    return io_failure(path, "cannot be written", error);
  }
  if (fd.close_now() != 0) {
    return io_failure(path, "cannot be written", errno);
  }
  return {};
}

}  // namespace

tee::Result<Target> find_target(const std::string& path) {
  struct stat status{};
  if (path.empty()) {
    return io_failure(path, "cannot be written", ENOENT);
  }
  if (stat(path.c_str(), &status) != 0) {
    if (lstat(path.c_str(), &status) == 0) {
      return io_failure(path, "is a link to nothing", ENOENT);
    }
    return Target{.path = path, .kind = Target::Kind::absent};
  }
  if (S_ISDIR(status.st_mode)) {
    return io_failure(path, "cannot be written", EISDIR);
  }
  if (!S_ISREG(status.st_mode)) {
    return Target{.path = path, .kind = Target::Kind::special};
  }
  auto target = canonical_path(path);
  if (!target) {
    return std::move(target).error();
  }
  return Target{.path = *std::move(target), .kind = Target::Kind::file};
}

tee::Result<void> write_stdout(std::string_view text) {
  if (const int error = write_all(STDOUT_FILENO, bytes_of(text)); error != 0) {
    return io_failure("standard output", "cannot be written", error);
  }
  return {};
}

void write_diagnostic(std::string_view text) noexcept {
  // There is nobody left to tell when stderr fails.
  static_cast<void>(write_all(STDERR_FILENO, bytes_of(text)));
}

tee::Result<void> check_output(const std::string& path) {
  if (path == "-") {
    return {};
  }
  const auto target = find_target(path);
  if (!target) {
    return target.error();
  }
  if (target->kind == Target::Kind::special) {
    return {};
  }
  // A file that is there is replaced too: it is its folder that must take another.
  const std::filesystem::path folder = target->path.has_parent_path() ? target->path.parent_path() : ".";
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return io_failure(path, "cannot be written", errno);
  }
  return {};
}

tee::Result<void> write_output(const std::string& path, std::string_view text) {
  if (path == "-") {
    return write_stdout(text);
  }
  const auto target = find_target(path);
  if (!target) {
    return target.error();
  }
  return target->kind == Target::Kind::special ? write_directly(path, text) : replace_file(target->path, text);
}

}  // namespace tenzro::cli
