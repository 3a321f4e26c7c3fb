// SPDX-License-Identifier: Apache-2.0
#include "allocations.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

thread_local std::uint64_t count = 0;
std::atomic<std::uint64_t> held{0};

void* allocate(std::size_t size) {
  void* const out = std::malloc(size);
  if (out == nullptr) {
    throw std::bad_alloc();
  }
  ++count;
  held.fetch_add(malloc_usable_size(out), std::memory_order_relaxed);
  return out;
}

void release(void* memory) noexcept {
  if (memory != nullptr) {
    held.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
    std::free(memory);
  }
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

namespace tenzro::bench {

std::uint64_t allocations() noexcept { return count; }
std::uint64_t bytes_held() noexcept { return held.load(std::memory_order_relaxed); }

}  // namespace tenzro::bench
