// SPDX-License-Identifier: Apache-2.0
#include "environment.hpp"

#include <cstdlib>

namespace tenzro::cli {

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): safe while nobody writes, and nobody does
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace tenzro::cli
