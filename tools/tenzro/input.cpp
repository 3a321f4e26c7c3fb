// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "file_descriptor.hpp"
#include "terminal.hpp"

namespace tenzro::cli {
namespace {

constexpr std::size_t kFirstStreamRead = std::size_t{64} << 10;

tee::Error io_failure(const std::string& name, const std::string& why) {
  return {tee::ErrorCode::io_failure, safe_text(name) + ": " + why};
}
tee::Error io_failure(const std::string& name, int error) {
  return io_failure(name, std::generic_category().message(error));
}
tee::Error too_large(const std::string& name, std::size_t limit) {
  return {tee::ErrorCode::malformed_input,
          safe_text(name) + ": has more than the " + std::to_string(limit) + " bytes that are read"};
}

/// Empty when this kind of file may be read.
std::string refusal(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) {
    return "is a folder, a regular file is needed";
  }
  if (S_ISSOCK(status.st_mode)) {
    return "is a socket, a regular file is needed";
  }
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    return "is a device, a regular file is needed";
  }
  return {};
}

}  // namespace

std::string input_name(const std::string& path) { return path == "-" ? "standard input" : path; }

tee::Result<FileDescriptor> open_input(const std::string& path, struct stat& status, int more_flags) {
  const std::string name = input_name(path);
  if (path == "-") {
    FileDescriptor in = FileDescriptor::borrowed(STDIN_FILENO);
    if (fstat(in.get(), &status) != 0) {
      return io_failure(name, errno);
    }
    if (S_ISDIR(status.st_mode)) {
      return io_failure(name, refusal(status));
    }
    return in;
  }
  // Looked at before it is opened: opening a device can have effects, and a socket cannot be opened at all.
  if (stat(path.c_str(), &status) != 0) {
    return io_failure(name, errno);
  }
  if (const std::string why = refusal(status); !why.empty()) {
    return io_failure(name, why);
  }
  FileDescriptor in = FileDescriptor::owned(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | more_flags));
  if (in.get() < 0) {
    return io_failure(name, errno);
  }
  if (fstat(in.get(), &status) != 0) {
    return io_failure(name, errno);
  }
  if (const std::string why = refusal(status); !why.empty()) {
    return io_failure(name, why);
  }
  return in;
}

tee::Result<tee::Bytes> read_input(const std::string& path, std::size_t limit, OnlyTheStart start) {
  const std::string name = input_name(path);
  struct stat status{};
  auto in = open_input(path, status);
  if (!in) {
    return std::move(in).error();
  }

  std::size_t room = kFirstStreamRead;
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    const auto size = static_cast<std::uintmax_t>(status.st_size);
    if (size > limit && start.magic.empty()) {
      return too_large(name, limit);
    }
    room = static_cast<std::size_t>(std::min<std::uintmax_t>(size, limit)) +
           1;  // one more, so that the end is seen without growing
  }

  tee::Bytes bytes;
  std::size_t used = 0;
  while (true) {
    if (used == bytes.size()) {
      bytes.resize(std::min(limit + 1, bytes.empty() ? room : bytes.size() * 2));
    }
    const ssize_t count = read(in->get(), bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return io_failure(name, errno);
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
    if (used >= start.size && !start.magic.empty() &&
        std::string_view(reinterpret_cast<const char*>(bytes.data()), used).starts_with(start.magic)) {
      used = start.size;
      break;
    }
    if (used > limit) {
      return too_large(name, limit);
    }
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace tenzro::cli
