// SPDX-License-Identifier: Apache-2.0
// A program of its own: the operator new that does not throw is replaced in it.
#include "formats/json_value.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>
#include <vector>

namespace {
bool no_memory = false;
}  // namespace

void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  if (no_memory) {
    return nullptr;
  }
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

namespace tenzro::tee::json {
namespace {

/// While it lives, only what was set aside is left.
class NoMemory {
 public:
  NoMemory() { no_memory = true; }
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;
  ~NoMemory() { no_memory = false; }
};

std::uintptr_t address(const void* block) { return reinterpret_cast<std::uintptr_t>(block); }

TEST(JsonSetAside, LastsForItsSizeAndIsThereAgainWhenAllIsBack) {
  constexpr std::size_t kHalf = kSetAside / 2;
  for (int round = 0; round < 3; ++round) {
    // Ordinary memory that comes back meanwhile is none of what was set aside.
    void* const ordinary = allocate_to_end_values(kHalf);
    const NoMemory none;
    void* const first = allocate_to_end_values(1);
    void* const second = allocate_to_end_values(kHalf);
    EXPECT_EQ(address(first) % alignof(std::max_align_t), 0U);
    EXPECT_EQ(address(second) - address(first), alignof(std::max_align_t));
    give_back_after_ending(ordinary);
    EXPECT_THROW(allocate_to_end_values(kHalf), std::bad_alloc);
    give_back_after_ending(second);
    EXPECT_THROW(allocate_to_end_values(kHalf), std::bad_alloc) << "all at once, or nothing";
    give_back_after_ending(first);
    void* const whole = allocate_to_end_values(kSetAside);
    EXPECT_EQ(whole, first);
    EXPECT_THROW(allocate_to_end_values(1), std::bad_alloc);
    give_back_after_ending(whole);
    EXPECT_THROW(allocate_to_end_values(kSetAside + 1), std::bad_alloc);
  }
}

TEST(JsonSetAside, EndsAValueWithoutMemory) {
  Output value = Output::array();
  for (int i = 0; i < 1000; ++i) {
    value.push_back({{"name", std::vector<int>(3, i)}});
  }
  const NoMemory none;
  value = nullptr;
  EXPECT_TRUE(value.is_null());
}

TEST(JsonAllocator, TakesNoCountWhoseBytesCannotBeCounted) {
  constexpr std::size_t kWraps = std::numeric_limits<std::size_t>::max() / sizeof(Output) + 2;
  EXPECT_THROW(static_cast<void>(Allocator<Output>().allocate(kWraps)), std::bad_array_new_length);
  EXPECT_THROW(static_cast<void>(std::allocator<Output>().allocate(kWraps)), std::bad_array_new_length);
  EXPECT_THROW(static_cast<void>(std::allocator<Value>().allocate(kWraps)), std::bad_array_new_length);
}

}  // namespace
}  // namespace tenzro::tee::json
