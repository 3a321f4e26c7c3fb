// SPDX-License-Identifier: Apache-2.0
#include "formats/json_value.hpp"

#include <algorithm>
#include <array>
#include <mutex>

namespace tenzro::tee::json {

namespace {

/// Handed out from front to back, and taken back all at once when nobody holds any of it.
struct SetAside {
  std::mutex mutex{};
  std::size_t used = 0, blocks = 0;
};
constinit SetAside set_aside;
alignas(std::max_align_t) std::array<std::byte, kSetAside> memory;

bool is_set_aside(const void* block) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(block);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  return at >= begin && at < begin + memory.size();
}

}  // namespace

void* allocate_to_end_values(std::size_t size) {
  if (void* const block = ::operator new(size, std::nothrow)) {
    return block;
  }
  constexpr std::size_t kAlignment = alignof(std::max_align_t);
  const std::scoped_lock lock(set_aside.mutex);
  if (size > kSetAside - set_aside.used) {
    throw std::bad_alloc();
  }
  void* const block = memory.data() + set_aside.used;
  set_aside.used = std::min(kSetAside, (set_aside.used + size + kAlignment - 1) / kAlignment * kAlignment);
  ++set_aside.blocks;
  return block;
}

void give_back_after_ending(void* block) noexcept {
  if (!is_set_aside(block)) {
    ::operator delete(block);
    return;
  }
  const std::scoped_lock lock(set_aside.mutex);
  if (--set_aside.blocks == 0) {
    set_aside.used = 0;
  }
}

}  // namespace tenzro::tee::json
