// SPDX-License-Identifier: Apache-2.0
#include "verify/memory.hpp"
#include <malloc.h>

#include "crypto/digest.hpp"
#include "rows.hpp"
#include "tdx.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

ByteArray<32> question(std::uint32_t number) {
  const ByteArray<4> bytes{static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return crypto::sha256(bytes);
}

/// What the allocator has handed out, its own headers included.
std::size_t heap_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// A million platforms: of each, two signatures. MB: what they hold; known: how many of the signatures are found again.
void million_platforms(benchmark::State& state) {
  constexpr std::uint32_t kPlatforms = 1'000'000;
  for (auto _ : state) {
    Memory memory(MemoryLimits{});
    const std::size_t before = heap_in_use();
    for (std::uint32_t i = 0; i < 2 * kPlatforms; ++i) {
      memory.signatures.put(question(i), {});
    }
    state.counters["MB"] = static_cast<double>(heap_in_use() - before) / 1e6;
    std::uint32_t known = 0;
    for (std::uint32_t i = 0; i < 2 * kPlatforms; ++i) {
      known += memory.signatures.find(question(i)) ? 1U : 0U;
    }
    state.counters["known"] = known;
  }
}

}  // namespace

void add_memory_rows() {
  add_row("memory/million_platforms", million_platforms, {.counter_limits = {{"MB", 300}}})
      ->Iterations(1)
      ->Repetitions(1);
}

}  // namespace tenzro::bench
