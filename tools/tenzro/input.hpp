// SPDX-License-Identifier: Apache-2.0
// Reading what the caller names: a regular file, a FIFO, or standard input.
#pragma once
#include <cstddef>
#include <string>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::cli {

/// The whole input; "-" is standard input. Directories, sockets and devices are refused (standard input may be anything
/// that can be read). At most limit bytes: a longer file is refused by its size, a longer stream after limit + 1 bytes.
/// io_failure or malformed_input, "<path>: why".
tee::Result<tee::Bytes> read_input(const std::string& path, std::size_t limit);

}  // namespace tenzro::cli
