// SPDX-License-Identifier: Apache-2.0
#include "core/secret_memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <new>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace tenzro::tee {
namespace {

/// The kernel's two-letter flags of the mapping that holds this address.
std::string flags_of(const std::uint8_t* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) {
      inside = from <= wanted && wanted < to;
    } else if (inside && line.starts_with("VmFlags:")) {
      return line + " ";
    }
  }
  return {};
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// ATTACK(H7)
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMayLock = false;  // their runtime has mlock() do nothing
#else
constexpr bool kMayLock = true;
#endif

TEST(SecretMemory, IsInNoCoreDumpAndLocked) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
  for (const std::size_t size : {std::size_t{32}, std::size_t{128}, std::size_t{129}, std::size_t{4096},
                                 std::size_t{4097}, std::size_t{100'000}}) {
    std::uint8_t* const secret = allocate_secret(size);
    const std::string flags = flags_of(secret);
    EXPECT_NE(flags.find(" dd "), std::string::npos) << size << ": " << flags;
    if (kMayLock && limit.rlim_cur >= 1U << 20) {
      EXPECT_NE(flags.find(" lo "), std::string::npos) << size << ": " << flags;
    }
    free_secret(secret, size);
  }
}

TEST(SecretMemory, IsZeroAgainWhenItIsTakenAnew) {
  for (int round = 0; round < 600; ++round) {
    std::uint8_t* const secret = allocate_secret(32);
    ASSERT_TRUE(is_zero({secret, 32}));
    std::fill_n(secret, 32, std::uint8_t{0xaa});
    free_secret(secret, 32);
    ASSERT_TRUE(is_zero({secret, 32})) << "a slot is wiped when it is given back";
  }
}

TEST(SecretMemory, IsNobodyElses) {
  std::vector<std::uint8_t*> all;
  for (int i = 0; i < 700; ++i) {  // more than there are slots
    all.push_back(allocate_secret(128));
  }
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), all.size());
  for (std::uint8_t* const secret : all) {
    EXPECT_TRUE(is_zero({secret, 128}));
    std::fill_n(secret, 128, std::uint8_t{1});
  }
  for (std::uint8_t* const secret : all) {
    free_secret(secret, 128);
  }
}

TEST(SecretMemory, IsRefusedBeyondWhatThereIs) {
  constexpr std::size_t kMost = ~std::size_t{0};
  for (const std::size_t size : {kMost, kMost - 1, kMost - 4095, kMost - 4096, kMost / 2}) {
    EXPECT_THROW(allocate_secret(size), std::bad_alloc) << size;
  }
}

// Pages of their own may lie above the slots as well as below them.
TEST(SecretMemory, IsGivenBackToWhereItCameFrom) {
  constexpr std::size_t kRoom = std::size_t{1} << 20;
  constexpr std::size_t kSlots = 128;
  const auto map = [](std::size_t size) { return mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); };
  void* const above = map(kRoom);
  ASSERT_NE(above, MAP_FAILED);
  // The kernel fills the highest gap first. Once those above are filled, the slots come to lie below.
  int gaps = 0;
  while (map(4096) > above && ++gaps < 10'000) {
  }
  std::vector<std::uint8_t*> all;
  for (std::size_t i = 0; i < kSlots; ++i) {
    all.push_back(allocate_secret(128));
  }
  ASSERT_EQ(munmap(above, kRoom), 0);
  for (std::size_t i = 0; i < kSlots; ++i) {
    all.push_back(allocate_secret(128));
  }
  for (std::uint8_t* const secret : all) {
    free_secret(secret, 128);
  }
  EXPECT_EQ(all.size(), 2 * kSlots);
}

TEST(SecretMemory, NothingIsNoMemory) {
  EXPECT_EQ(allocate_secret(0), nullptr);
  free_secret(nullptr, 0);
}

TEST(SecretMemory, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 2000; ++round) {
        std::uint8_t* const secret = allocate_secret(64);
        std::fill_n(secret, 64, static_cast<std::uint8_t>(i + 1));
        ASSERT_TRUE(std::ranges::all_of(std::span(secret, 64), [i](std::uint8_t byte) { return byte == i + 1; }));
        free_secret(secret, 64);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace tenzro::tee
