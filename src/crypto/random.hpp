// SPDX-License-Identifier: Apache-2.0
// Random bytes straight from the kernel.
#pragma once
#include <span>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

/// Fills out from getrandom(2), whatever its size. Aborts when the kernel has no generator: there is no safe way on.
void fill_random(std::span<std::uint8_t> out) noexcept;

}  // namespace tenzro::tee::crypto
