// SPDX-License-Identifier: Apache-2.0
#include "core/generational_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace tenzro::tee {
namespace {

ByteArray<32> key(std::uint32_t number) {
  ByteArray<32> out{};
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = out[8 + i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return out;
}

TEST(GenerationalCache, FindsWhatWasPut) {
  GenerationalCache<int, 1> cache(100);
  EXPECT_FALSE(cache.find(key(1)));
  cache.put(key(1), 11);
  cache.put(key(2), 22);
  EXPECT_EQ(cache.find(key(1)), 11);
  EXPECT_EQ(cache.find(key(2)), 22);
  EXPECT_FALSE(cache.find(key(3)));
}

TEST(GenerationalCache, ComparesWholeKeys) {
  GenerationalCache<int> cache(1000);
  cache.put(key(1), 11);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    ByteArray<32> other = key(1);
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(cache.find(other)) << bit;
  }
}

TEST(GenerationalCache, KeepsWhatIsUsedAndForgetsTheRest) {
  GenerationalCache<int, 1> cache(20);  // ten of each generation
  cache.put(key(0), 0);
  for (std::uint32_t i = 1; i < 1000; ++i) {
    cache.put(key(i), 1);
    ASSERT_TRUE(cache.find(key(0))) << "used all the time, gone after " << i;
  }
  std::size_t found = 0;
  for (std::uint32_t i = 1; i < 1000; ++i) {
    found += cache.find(key(i)) ? 1U : 0U;
  }
  EXPECT_LE(found, 20U);
  EXPECT_FALSE(cache.find(key(1)));
}

/// Adds its cost to a sum while it lives.
class Weight {
 public:
  Weight(std::shared_ptr<std::atomic<int>> sum, int cost) : sum_(std::move(sum)), cost_(cost) { *sum_ += cost_; }
  Weight(const Weight& other) : sum_(other.sum_), cost_(other.cost_) { *sum_ += cost_; }
  Weight(Weight&& other) noexcept : sum_(other.sum_), cost_(std::exchange(other.cost_, 0)) {}
  Weight& operator=(const Weight&) = delete;
  ~Weight() { *sum_ -= cost_; }

 private:
  std::shared_ptr<std::atomic<int>> sum_;
  int cost_;
};

TEST(GenerationalCache, NeverHoldsMoreThanItsCapacity) {
  const auto sum = std::make_shared<std::atomic<int>>(0);
  GenerationalCache<Weight, 4> cache(400);
  int most = 0;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const int cost = 1 + static_cast<int>(i % 7);
    cache.put(key(i), Weight(sum, cost), static_cast<std::size_t>(cost));
    cache.find(key(i / 2));
    ASSERT_LE(*sum, 400);
    most = std::max(most, sum->load());
  }
  EXPECT_GT(most, 300) << "and uses what it may";
}

TEST(GenerationalCache, KeepsNothingWithoutCapacityAndSomethingWithALittle) {
  GenerationalCache<int> none(0);
  none.put(key(1), 1);
  EXPECT_FALSE(none.find(key(1)));
  GenerationalCache<int> little(1);
  little.put(key(1), 1);
  EXPECT_TRUE(little.find(key(1)));
}

TEST(GenerationalCache, DoesNotKeepWhatCostsMoreThanAGeneration) {
  GenerationalCache<int, 1> cache(20);
  cache.put(key(1), 1);
  cache.put(key(2), 2, 11);
  EXPECT_FALSE(cache.find(key(2)));
  EXPECT_TRUE(cache.find(key(1))) << "and loses nothing for it";
  cache.put(key(3), 3, 10);
  EXPECT_TRUE(cache.find(key(3)));
}

TEST(GenerationalCache, KeepsTheFirstValueOfAKey) {
  GenerationalCache<int, 1> cache(20);
  cache.put(key(1), 1);
  cache.put(key(1), 2);
  EXPECT_EQ(cache.find(key(1)), 1);
}

TEST(GenerationalCache, IsSharedByThreads) {
  GenerationalCache<std::uint32_t> cache(1024);
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint32_t i = 0; i < 5000; ++i) {
          const std::uint32_t number = (i * 7 + t) % 2000;
          cache.put(key(number), number);
          const auto found = cache.find(key(number / 2));
          if (found && *found != number / 2) {
            ++wrong;
          }
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tenzro::tee
