// SPDX-License-Identifier: Apache-2.0
// A file that appears under its name whole, or not at all.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "file_descriptor.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::cli {

/// Written without a name where the file system can do that, else under a temporary one beside the target: then an end
/// by SIGKILL leaves that one behind, and never a part under the target's name.
class ReplacingFile {
 public:
  struct Manner {
    mode_t mode = 0644;       ///< the process's umask applies
    bool may_replace = true;  ///< false: a file that is there stays, even one that comes while this is written
    /// Until the bytes are on the disk, too. Without it, a file that is replaced still is first made durable.
    bool durable = true;
  };
  /// io_failure: "<target>: why". invalid_argument: there is one, and it may not be replaced.
  static tee::Result<ReplacingFile> open(const std::filesystem::path& target, Manner manner);
  ReplacingFile(ReplacingFile&& other) noexcept;
  ReplacingFile& operator=(ReplacingFile&&) = delete;
  ReplacingFile(const ReplacingFile&) = delete;
  ReplacingFile& operator=(const ReplacingFile&) = delete;
  ~ReplacingFile();

  tee::Result<void> write(tee::ByteView bytes);
  /// Gives it its name.
  tee::Result<void> commit();

 private:
  ReplacingFile(std::filesystem::path target, Manner manner, std::filesystem::path temporary, FileDescriptor fd);
  tee::Result<void> link_into_place();
  tee::Result<void> rename_into_place();
  tee::Result<void> sync();
  tee::Error failure(int number) const;

  std::filesystem::path target_;
  Manner manner_;
  std::filesystem::path temporary_;  ///< empty: it has no name
  FileDescriptor fd_;
};

/// 0, or the errno of the write that failed.
int write_all(int fd, tee::ByteView bytes) noexcept;

}  // namespace tenzro::cli
