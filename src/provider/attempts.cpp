// SPDX-License-Identifier: Apache-2.0
#include "provider/attempts.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace tenzro::tee::provider {

std::vector<std::string> usable_ways(std::span<const ProbeFinding> findings, Platform platform,
                                     std::span<const std::string_view> known) {
  std::vector<std::string> out;
  for (const std::string_view way : known) {
    if (std::ranges::any_of(findings, [&](const ProbeFinding& finding) {
          return finding.platform == platform && finding.usable && finding.interface_path == way;
        })) {
      out.emplace_back(way);
    }
  }
  return out;
}

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
