// SPDX-License-Identifier: Apache-2.0
// Files and devices of a System, with owners and words for what goes wrong.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "device/system.hpp"

namespace tenzro::tee::device {

/// An open descriptor and its owner. The System must outlive it.
class Descriptor {
 public:
  /// opened: the result of an open or connect, errors too.
  Descriptor(System& system, int opened) noexcept : system_(&system), number_(opened) {}
  Descriptor(Descriptor&& other) noexcept : system_(other.system_), number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      system_->close(number_);
    }
  }
  bool open() const noexcept { return number_ >= 0; }
  int number() const noexcept { return number_; }                    ///< negative: -errno of the opening
  int error() const noexcept { return number_ < 0 ? -number_ : 0; }  ///< errno of the opening, or 0

 private:
  System* system_;
  int number_;
};

/// "No such file or directory": errno in words, the same in every language setting.
std::string describe_errno(int number);
/// "<what>: <errno in words>": permission_denied for EACCES and EPERM; not_available for ENOENT, ENOTDIR, ENXIO and
/// ENODEV; io_failure for any other.
Error errno_error(std::string_view what, int number);

/// What stands at path itself: a link is `other`, since open_device follows none.
PathKind device_kind(System& system, const std::string& path);
/// "permission denied: join group 'tdx' or run as root", where that group may read and write; else "... run as root".
std::string device_denied(System& system, const std::string& path);
/// As errno_error, of open_device: with device_denied, and in words what is there but no device.
Error device_error(System& system, const std::string& path, int number);

/// Reads on until the end, through interruptions. -EFBIG when there is more than limit; else 0 or -errno.
int read_to_end(System& system, int descriptor, std::size_t limit, Bytes& into);
/// A whole file. Errors as errno_error.
Result<Bytes> read_file(System& system, const std::string& path, std::size_t limit);
/// The content of a small file of the kernel's (4 KiB at most) without white space at its end; nothing when it cannot
/// be read.
std::optional<std::string> read_text(System& system, const std::string& path);

}  // namespace tenzro::tee::device
