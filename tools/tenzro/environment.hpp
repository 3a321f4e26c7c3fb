// SPDX-License-Identifier: Apache-2.0
// Environment variables: where the command reads them. The library reads none but those of simulation.
#pragma once
#include <optional>
#include <string>

namespace tenzro::cli {

/// The variable's value, which may be empty; nothing when it is not set.
/// Threads: may be called from several threads at once, since nothing sets a variable once there are threads.
std::optional<std::string> environment_variable(const char* name);

/// tpm2-tss writes whatever it meets to standard error, errors that are ours to explain too, and takes orders about
/// that from TSS2_LOG alone: set to silence, unless the caller set it. Before the first thread.
void silence_tpm_library();

}  // namespace tenzro::cli
