// SPDX-License-Identifier: Apache-2.0
// Altering accepted evidence, on all cores.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

#ifdef __SANITIZE_THREAD__
inline constexpr std::size_t kThinnedBy = 8;
#else
inline constexpr std::size_t kThinnedBy = 1;
#endif

/// Of how many bits the ordinary run flips one; TENZRO_TEST_STRIDE=1 flips each of them.
inline std::size_t stride(std::size_t ordinary = 16) {
  const char* text = std::getenv("TENZRO_TEST_STRIDE");
  return text == nullptr ? ordinary * kThinnedBy : static_cast<std::size_t>(std::max(1, std::atoi(text)));
}

/// How often the ordinary run does what the exhaustive one does `all` times.
inline std::size_t rounds(std::size_t ordinary, std::size_t all) { return stride() == 1 ? all : ordinary; }

/// Calls judge(i) for every i below count, on all cores; returns how often it said true.
inline std::size_t count_accepted(std::size_t count, const std::function<bool(std::size_t)>& judge) {
  std::atomic<std::size_t> next = 0, accepted = 0;
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      workers.emplace_back([&] {
        for (std::size_t at = next++; at < count; at = next++) {
          if (judge(at)) {
            ++accepted;
          }
        }
      });
    }
  }
  return accepted;
}

/// One bit of each group of `step`, and another one in the next: every position of a byte is met. i: which group.
inline Bytes with_flipped_bit(const Bytes& original, std::size_t i, std::size_t step) {
  const std::size_t bit = i * step + i % step;
  Bytes out = original;
  out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] ^ (1U << (bit % 8)));
  return out;
}

}  // namespace tenzro::tee::test
