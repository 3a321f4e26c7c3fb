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

/// What is remembered of a platform: the signatures over what is its own, when its issuers are known. A certificate as
/// it was read is kept as well, but within MemoryLimits::certificate_bytes whatever the number of platforms.
struct Kind {
  const char* row;
  std::uint32_t signatures;
};
constexpr Kind kKinds[] = {
    {"memory/million_tdx", 2},     // PCK certificate, quoting enclave's report
    {"memory/million_snp", 1},     // VCEK certificate
    {"memory/million_nitro", 2},   // instance's and enclave's certificates
    {"memory/million_nvidia", 2},  // device's and attestation key's certificates
};

/// MB: what a million platforms hold, which is as many bytes for each; known: how many of the signatures are found
/// again.
void million_platforms(benchmark::State& state, std::uint32_t signatures) {
  constexpr std::uint32_t kPlatforms = 1'000'000;
  for (auto _ : state) {
    Memory memory(MemoryLimits{});
    const std::size_t before = heap_in_use();
    for (std::uint32_t i = 0; i < signatures * kPlatforms; ++i) {
      memory.signatures.put(question(i), {});
    }
    state.counters["MB"] = static_cast<double>(heap_in_use() - before) / 1e6;
    std::uint32_t known = 0;
    for (std::uint32_t i = 0; i < signatures * kPlatforms; ++i) {
      known += memory.signatures.find(question(i)) ? 1U : 0U;
    }
    demand(known == signatures * kPlatforms, "of a million platforms some were forgotten");
    state.counters["known"] = known;
  }
}

}  // namespace

void add_memory_rows() {
  for (const Kind& kind : kKinds) {
    add_row(kind.row, [kind](benchmark::State& state) { million_platforms(state, kind.signatures); },
            {.counter_limits = {{"MB", 300}}})
        ->Iterations(1)
        ->Repetitions(1);
  }
}

}  // namespace tenzro::bench
