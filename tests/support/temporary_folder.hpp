// SPDX-License-Identifier: Apache-2.0
// A place for a test's files.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace tenzro::tee::test {

/// A folder that goes away with its owner. Its name is short: sockets stand in it. Throws std::runtime_error where none
/// can be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }
  std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace tenzro::tee::test
