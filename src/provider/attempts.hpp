// SPDX-License-Identifier: Apache-2.0
// Several ways to one thing, tried one after another.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/provider.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::provider {

/// Those of known, in their order, which the survey found usable for this platform.
std::vector<std::string> usable_ways(std::span<const ProbeFinding> findings, Platform platform,
                                     std::span<const std::string_view> known);

/// What to say when every way failed: the code of the first, which is the best one, and the words of all.
Error no_way_left(std::string_view what, std::span<const Error> failures);

/// Names the way in front of the message, unless that begins with it.
Error of_way(std::string_view way, Error error);

}  // namespace tenzro::tee::provider
