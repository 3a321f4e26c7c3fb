// SPDX-License-Identifier: Apache-2.0
#include "device/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/text.hpp"

namespace tenzro::tee::device {

std::string describe_errno(int number) {
  const char* text = strerrordesc_np(number);
  return text != nullptr ? std::string(text) : concat("error ", number);
}

Error errno_error(std::string_view what, int number) {
  ErrorCode code = ErrorCode::io_failure;
  if (number == EACCES || number == EPERM) {
    code = ErrorCode::permission_denied;
  } else if (number == ENOENT || number == ENOTDIR || number == ENXIO || number == ENODEV) {
    code = ErrorCode::not_available;
  }
  return {code, concat(what, ": ", describe_errno(number))};
}

PathKind device_kind(System& system, const std::string& path) {
  return system.read_link(path) ? PathKind::other : system.kind(path);
}

std::string device_denied(System& system, const std::string& path) {
  constexpr mode_t kGroupMay = S_IRGRP | S_IWGRP;
  const auto owner = system.owner(path);
  if (!owner || (owner->mode & kGroupMay) != kGroupMay || owner->group == 0) {
    return "permission denied: run as root";
  }
  const std::string group =
      owner->group_name.empty() ? concat("with id ", owner->group) : concat("'", printable(owner->group_name), "'");
  return concat("permission denied: join group ", group, " or run as root");
}

Error device_error(System& system, const std::string& path, int number) {
  if (number == EACCES || number == EPERM) {
    return {ErrorCode::permission_denied, concat(path, ": ", device_denied(system, path))};
  }
  if (number == ENOTTY) {
    return {ErrorCode::not_available, concat(path, ": there, but not a character device, and not used")};
  }
  return errno_error(path, number);
}

int read_to_end(System& system, int descriptor, std::size_t limit, Bytes& into) {
  std::array<std::uint8_t, 4096> piece{};
  while (true) {
    const ssize_t count = system.read(descriptor, piece);
    if (count == -EINTR) {
      continue;
    }
    if (count <= 0) {
      return static_cast<int>(count);
    }
    const auto size = static_cast<std::size_t>(count);
    if (size > limit - into.size()) {
      return -EFBIG;
    }
    into.insert(into.end(), piece.begin(), piece.begin() + count);
  }
}

Result<Bytes> read_file(System& system, const std::string& path, std::size_t limit) {
  const Descriptor file(system, system.open(path, O_RDONLY));
  if (!file.open()) {
    return errno_error(path, file.error());
  }
  Bytes out;
  if (const int result = read_to_end(system, file.number(), limit, out); result < 0) {
    return errno_error(path, -result);
  }
  return out;
}

std::optional<std::string> read_text(System& system, const std::string& path) {
  constexpr std::size_t kLimit = 4096;
  const auto bytes = read_file(system, path, kLimit);
  if (!bytes) {
    return std::nullopt;
  }
  std::string out(bytes->begin(), bytes->end());
  out.erase(out.find_last_not_of(" \t\r\n") + 1);
  return out;
}

}  // namespace tenzro::tee::device
