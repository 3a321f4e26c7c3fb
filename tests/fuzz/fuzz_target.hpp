// SPDX-License-Identifier: Apache-2.0
// What every fuzz target is made of: the entry point, and invariants that stop the program.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

/// libFuzzer's entry point, which replay_main.cpp calls in ordinary builds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
/// What libFuzzer calls first, of targets that have it: evidence that takes a while to make is made before any input is
/// timed.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);

namespace tenzro::tee::fuzz {

/// Stops the program, and so counts as a finding, unless the property holds.
inline void require(bool holds, const char* property) {
  if (holds) {
    return;
  }
  std::fprintf(stderr, "invariant broken: %s\n", property);
  std::abort();
}

/// True when inner is empty or lies inside outer.
inline bool within(ByteView outer, ByteView inner) {
  const std::less_equal<> before;
  return inner.empty() ||
         (before(outer.data(), inner.data()) && before(inner.data() + inner.size(), outer.data() + outer.size()));
}

inline bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

/// Text for readers that take text.
inline std::string_view text_of(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Errors about untrusted input are one line of bounded length, whatever the input was.
inline void require_decent(const Error& error) {
  require(!error.message().empty() && error.message().size() < 2000, "an error message is short");
  for (const char c : error.message()) {
    require(c >= 0x20 && c < 0x7f, "an error message is printable ASCII");
  }
}

/// Two runs on the same input came to the same answer. Gives back whether it was a success.
template <class T>
bool agree(const Result<T>& first, const Result<T>& second) {
  require(first.has_value() == second.has_value(), "the answer depends on the input alone");
  if (first) {
    return true;
  }
  require(first.error().code() == second.error().code() && first.error().message() == second.error().message(),
          "the error depends on the input alone");
  require_decent(first.error());
  return false;
}

}  // namespace tenzro::tee::fuzz
