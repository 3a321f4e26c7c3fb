// SPDX-License-Identifier: Apache-2.0
// Memory that secrets stand in: never in a core dump, never swapped out where the kernel grants that.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenzro::tee {

/// size bytes of zeros in pages of their own, or in a slot of a page that holds secrets only; null for size 0. The
/// pages are left out of core dumps (MADV_DONTDUMP) and, as far as RLIMIT_MEMLOCK goes, locked. Throws std::bad_alloc.
/// Threads: both may be called from several threads at once.
std::uint8_t* allocate_secret(std::size_t size);
/// Wipes them and gives them back. size: as it was asked for.
void free_secret(std::uint8_t* data, std::size_t size) noexcept;

}  // namespace tenzro::tee
