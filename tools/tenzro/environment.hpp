// SPDX-License-Identifier: Apache-2.0
// Environment variables: where the command reads them, and the library never does.
#pragma once
#include <optional>
#include <string>

namespace tenzro::cli {

/// The variable's value, which may be empty; nothing when it is not set.
/// Threads: may be called from several threads at once, since nothing here ever sets a variable.
std::optional<std::string> environment_variable(const char* name);

}  // namespace tenzro::cli
