// SPDX-License-Identifier: Apache-2.0
// The types that hold JSON: nlohmann's, but for what happens where memory has run out. nlohmann's destructor flattens
// the tree into a vector, so as not to recurse, and that vector wants memory: with none to be had, ending a value would
// end the process. The vector's allocator is std::allocator<Value>, which nothing else here uses; it is specialised to
// go on with memory that was set aside. One more trap of nlohmann's: a null value that becomes an object or array by
// use ([], push_back) is a broken one if memory runs out on the way; so start from Output::object() or Output::array().
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace tenzro::tee::json {

/// What std::allocator is; a type of our own, so that Value and Output are.
template <class T>
struct Allocator {
  using value_type = T;
  Allocator() = default;
  template <class U>
  explicit(false) Allocator(const Allocator<U>& /*other*/) noexcept {}
  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t /*count*/) noexcept { ::operator delete(block); }
  friend bool operator==(const Allocator& /*a*/, const Allocator& /*b*/) noexcept { return true; }
};

/// What was read.
using Value =
    nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t, std::uint64_t, double, Allocator>;
/// What is to be written: members stay in the order in which they were added.
using Output = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, std::int64_t, std::uint64_t,
                                    double, Allocator>;

/// How much is set aside for ending values, in bytes, for the whole process: enough for one with 2^16 children, or a
/// thousand ordinary documents at the same time. Pages that are never needed cost nothing.
inline constexpr std::size_t kSetAside = std::size_t{4} << 20;

/// operator new, and what was set aside where that has nothing. Throws std::bad_alloc when that is used up, too.
/// Threads: may be called from several threads at once.
void* allocate_to_end_values(std::size_t size);
void give_back_after_ending(void* block) noexcept;

/// The allocator of the vector that nlohmann's destructor uses.
template <class T>
struct AllocatorOfTheEnd {
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using propagate_on_container_move_assignment = std::true_type;
  constexpr AllocatorOfTheEnd() noexcept = default;
  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    return static_cast<T*>(allocate_to_end_values(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t /*count*/) noexcept { give_back_after_ending(block); }
};

}  // namespace tenzro::tee::json

template <>
struct std::allocator<tenzro::tee::json::Value> : tenzro::tee::json::AllocatorOfTheEnd<tenzro::tee::json::Value> {
  constexpr allocator() noexcept = default;
  template <class U>
  constexpr explicit(false) allocator(const std::allocator<U>& /*other*/) noexcept {}
  friend constexpr bool operator==(const allocator& /*a*/, const allocator& /*b*/) noexcept { return true; }
};
template <>
struct std::allocator<tenzro::tee::json::Output> : tenzro::tee::json::AllocatorOfTheEnd<tenzro::tee::json::Output> {
  constexpr allocator() noexcept = default;
  template <class U>
  constexpr explicit(false) allocator(const std::allocator<U>& /*other*/) noexcept {}
  friend constexpr bool operator==(const allocator& /*a*/, const allocator& /*b*/) noexcept { return true; }
};
