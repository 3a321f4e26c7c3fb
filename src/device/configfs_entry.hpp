// SPDX-License-Identifier: Apache-2.0
// An entry of a configfs folder: made by making a folder, and kept by the kernel until that is removed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "device/system.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::device {

/// Removes its entry. The System must outlive it. Threads: one thread at a time.
///
/// A process that ends while a driver is at work for its entry cannot remove it: the kernel removes none that is in
/// use. So names say whose they are, and whoever makes the next entry removes those of processes that are no more.
class ConfigfsEntry {
 public:
  /// Makes one under a name that nobody else uses, for this user only, after removing what ended processes left there.
  /// 0, or -errno of the making.
  static int make(System& system, std::string_view folder, std::optional<ConfigfsEntry>& into);
  ConfigfsEntry(ConfigfsEntry&& other) noexcept : system_(other.system_), path_(std::exchange(other.path_, {})) {}
  ConfigfsEntry(const ConfigfsEntry&) = delete;
  ConfigfsEntry& operator=(const ConfigfsEntry&) = delete;
  ConfigfsEntry& operator=(ConfigfsEntry&&) = delete;
  ~ConfigfsEntry();

  System& system() const noexcept { return *system_; }
  const std::string& path() const noexcept { return path_; }
  std::string attribute(std::string_view name) const;  ///< its path
  bool has(std::string_view name) const;
  /// Of a text attribute, without white space around it. Errors as errno_error.
  Result<std::string> read(std::string_view name) const;
  Result<void> write(std::string_view name, ByteView bytes) const;  ///< as write_attribute

 private:
  ConfigfsEntry(System& system, std::string path) : system_(&system), path_(std::move(path)) {}

  System* system_;
  std::string path_;
};

/// In one write, as the kernel wants attributes written. Of a binary attribute it looks at the bytes only when the file
/// is closed, and tells nobody what it made of them. Errors as errno_error; io_failure: it took fewer bytes.
Result<void> write_attribute(System& system, const std::string& path, ByteView bytes);

}  // namespace tenzro::tee::device
