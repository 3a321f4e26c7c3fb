// SPDX-License-Identifier: Apache-2.0
// How often this program has asked for memory, and for how much at once: counted by replacing its global operator new.
#pragma once
#include <cstddef>

namespace tenzro::tee::test {

std::size_t allocation_count();
/// The largest request since the last call, in bytes.
std::size_t take_largest_allocation();

}  // namespace tenzro::tee::test
