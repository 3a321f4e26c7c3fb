// SPDX-License-Identifier: Apache-2.0
#include "environment.hpp"

#include <cstdlib>

namespace tenzro::cli {

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): safe while nobody writes
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void silence_tpm_library() {
  constexpr int kKeep = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): called while there is one thread
  static_cast<void>(setenv("TSS2_LOG", "all+none", kKeep));
}

}  // namespace tenzro::cli
