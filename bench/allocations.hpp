// SPDX-License-Identifier: Apache-2.0
// How often this program asks for memory through operator new.
#pragma once
#include <cstdint>

namespace tenzro::bench {

/// Calls of operator new by this thread so far. OpenSSL's own (malloc) are not among them.
std::uint64_t allocations() noexcept;

}  // namespace tenzro::bench
