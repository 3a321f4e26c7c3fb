// SPDX-License-Identifier: Apache-2.0
// Reading what the caller names: a regular file, a FIFO, or standard input.
#pragma once
#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "file_descriptor.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::cli {

/// "standard input", or the path.
std::string input_name(const std::string& path);

/// Directories, sockets and devices are refused (standard input may be anything that can be read). status: of what was
/// opened. more_flags: for open(2). io_failure, "<name>: why".
tee::Result<FileDescriptor> open_input(const std::string& path, struct stat& status, int more_flags = 0);

/// Of an input that begins with magic, no more than the first size bytes are read.
struct OnlyTheStart {
  std::string_view magic{};
  std::size_t size = 0;
};

/// The whole input; "-" is standard input. Directories, sockets and devices are refused (standard input may be anything
/// that can be read). At most limit bytes: a longer file is refused by its size, a longer stream after limit + 1 bytes.
/// io_failure or malformed_input, "<path>: why".
tee::Result<tee::Bytes> read_input(const std::string& path, std::size_t limit, OnlyTheStart start = {});

}  // namespace tenzro::cli
