// SPDX-License-Identifier: Apache-2.0
// How often this program asks for memory through operator new.
#pragma once
#include <cstdint>

namespace tenzro::bench {

/// Calls of operator new by this thread so far. OpenSSL's own (malloc) are not among them.
std::uint64_t allocations() noexcept;
/// Bytes that all threads hold by operator new at this moment, as the allocator rounds them.
std::uint64_t bytes_held() noexcept;

}  // namespace tenzro::bench
