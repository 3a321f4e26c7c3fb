// SPDX-License-Identifier: Apache-2.0
// Memory that a test gives out sparingly, to one thread. A program that links rationed_memory.cpp has operator new pass
// through it.
#pragma once
#include <cstddef>
#include <limits>

namespace tenzro::tee::test {

struct Ration {
  static constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  std::size_t allocations = kAny;  ///< that succeed before all others fail
  std::size_t largest = kAny;      ///< bytes that one may ask for
};

/// While it lives, operator new throws std::bad_alloc at what goes beyond the ration, in the thread that made it. One
/// at a time.
class RationedMemory {
 public:
  explicit RationedMemory(const Ration& ration) noexcept;
  RationedMemory(const RationedMemory&) = delete;
  RationedMemory& operator=(const RationedMemory&) = delete;
  ~RationedMemory();
};

}  // namespace tenzro::tee::test
