// SPDX-License-Identifier: Apache-2.0
#include "fakes/rationed_memory.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local tenzro::tee::test::Ration left{};

bool is_granted(std::size_t size) noexcept {
  if (size > left.largest || left.allocations == 0) {
    return false;
  }
  left.allocations -= left.allocations == tenzro::tee::test::Ration::kAny ? 0 : 1;
  return true;
}

}  // namespace

// The compiler sees free() of what it believes came from another operator new.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  void* const block = is_granted(size) ? std::malloc(size == 0 ? 1 : size) : nullptr;
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return block;
}
// A sanitizer's does not pass through the one above.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { std::free(block); }
#pragma GCC diagnostic pop

namespace tenzro::tee::test {

RationedMemory::RationedMemory(const Ration& ration) noexcept { left = ration; }
RationedMemory::~RationedMemory() { left = {}; }

}  // namespace tenzro::tee::test
