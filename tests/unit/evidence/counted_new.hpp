// SPDX-License-Identifier: Apache-2.0
// How often this program has asked for memory: counted by replacing its global operator new.
#pragma once
#include <cstddef>

namespace tenzro::tee::test {

std::size_t allocation_count();

}  // namespace tenzro::tee::test
