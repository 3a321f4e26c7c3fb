// SPDX-License-Identifier: Apache-2.0
// Several ways to one thing, tried one after another.
#pragma once
#include <span>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee::provider {

/// What to say when every way failed: the code of the first, which is the best one, and the words of all.
Error no_way_left(std::string_view what, std::span<const Error> failures);

/// Names the way in front of the message, unless that begins with it.
Error of_way(std::string_view way, Error error);

}  // namespace tenzro::tee::provider
