// SPDX-License-Identifier: Apache-2.0
#include "provider/attempts.hpp"

#include <string>
#include <utility>

#include "core/text.hpp"

namespace tenzro::tee::provider {

Error no_way_left(std::string_view what, std::span<const Error> failures) {
  if (failures.empty()) {
    return {ErrorCode::not_available, concat(what, ": nothing to ask")};
  }
  std::string message(what);
  std::string_view separator = ": ";
  for (const Error& failure : failures) {
    message.append(separator).append(failure.message());
    separator = "; then ";
  }
  return {failures.front().code(), std::move(message)};
}

Error of_way(std::string_view way, Error error) {
  return error.message().starts_with(way) ? std::move(error) : std::move(error).with_context(way);
}

}  // namespace tenzro::tee::provider
