// SPDX-License-Identifier: Apache-2.0
// Writing results so that a failure to write is never taken for success.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::cli {

/// Everything or an io_failure.
tee::Result<void> write_stdout(std::string_view text);
/// To stderr, as far as that works.
void write_diagnostic(std::string_view text) noexcept;

/// What a name stands for.
struct Target {
  enum class Kind { absent, file, special };
  std::filesystem::path path;  ///< of a file: links are followed, so that what is replaced is the file itself
  Kind kind = Kind::absent;
};
/// io_failure: a folder, or nothing at all.
tee::Result<Target> find_target(const std::string& path);

/// Before work that cannot be done again: false hopes are told now. io_failure, "<path>: why", when write_output would
/// fail for want of a name or a folder.
tee::Result<void> check_output(const std::string& path);

/// "-" is standard output. A regular file is replaced in one step, by a temporary file beside it: a reader sees the old
/// content or the new, whole. Devices and FIFOs are written to directly. io_failure, "<path>: why".
tee::Result<void> write_output(const std::string& path, std::string_view text);

}  // namespace tenzro::cli
