// SPDX-License-Identifier: Apache-2.0
// A file that is there whole or not at all.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::make_simulated_tdx {

/// Writes a new file beside path and renames it to path, so that no reader sees half of it. io_failure.
tee::Result<void> replace_file(const std::string& path, std::string_view content);

}  // namespace tenzro::make_simulated_tdx
