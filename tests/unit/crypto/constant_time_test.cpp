// SPDX-License-Identifier: Apache-2.0
// Does the time that a comparison of secrets takes tell where they differ? Welch's t over two classes of inputs, as
// dudect does it: the classes mixed at random, one buffer for both, the slowest tenth left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "crypto/aead.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee::crypto {
namespace {

constexpr std::size_t kSamples = 1'000'000;  ///< of both classes together

constexpr double kMost = 4.5;
/// A machine that does other things may disturb one attempt; a comparison that leaks disturbs all of them.
constexpr int kAttempts = 8;

struct Class {
  double count = 0, mean = 0, squares = 0;
  void add(double value) {
    count += 1;
    const double before = value - mean;
    mean += before / count;
    squares += before * (value - mean);
  }
  double variance() const { return squares / (count - 1); }
};

/// |t| between the times of work after prepare(0) and after prepare(1). prepare must not branch on its class: what the
/// processor guesses afterwards would depend on it.
double t_of(const std::function<void(std::size_t)>& prepare, const std::function<void()>& work, std::size_t count) {
  using Clock = std::chrono::steady_clock;
  std::mt19937_64 random(count);  // NOLINT(cert-msc51-cpp): the same each time, on purpose
  std::vector<std::pair<std::size_t, double>> times;
  times.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t which = random() & 1U;
    prepare(which);
    static_cast<void>(Clock::now());
    const auto before = Clock::now();
    work();
    times.emplace_back(which, std::chrono::duration<double, std::nano>(Clock::now() - before).count());
  }
  std::vector<double> sorted;
  sorted.reserve(count);
  for (const auto& [which, time] : times) {
    sorted.push_back(time);
  }
  const auto cut = sorted.begin() + static_cast<std::ptrdiff_t>(count * 9 / 10);
  std::ranges::nth_element(sorted, cut);
  std::array<Class, 2> classes;
  for (const auto& [which, time] : times) {
    if (time <= *cut) {
      classes.at(which).add(time);
    }
  }
  const double spread = std::sqrt(classes[0].variance() / classes[0].count + classes[1].variance() / classes[1].count);
  return spread == 0 ? 0 : std::abs(classes[0].mean - classes[1].mean) / spread;
}

void expect_constant(const char* what, const std::function<void(std::size_t)>& prepare,
                     const std::function<void()>& work) {
  double least = 1e9;
  for (int attempt = 0; attempt < kAttempts && least >= kMost; ++attempt) {
    least = std::min(least, t_of(prepare, work, kSamples));
  }
  std::printf("%s: |t| = %.2f over %zu\n", what, least, kSamples);
  EXPECT_LT(least, kMost) << what;
}

volatile bool answer = false;
constexpr std::array<std::uint8_t, 2> kEither = {0x11, 0x12};  ///< as wanted, and not

// The yardstick sees a comparison that ends where the bytes differ.
TEST(ConstantTime, IsMeasuredByWhatSeesALeak) {
  Bytes wanted(512, 0x11), given = wanted;
  const auto differ = [&](std::size_t late) {
    given.front() = kEither.at(1 - late);
    given.back() = kEither.at(late);
  };
  const auto leaky = [&] {
    bool same = true;
    for (std::size_t i = 0; i < wanted.size() && same; ++i) {
      same = wanted[i] == given[i];
    }
    answer = same;
  };
  EXPECT_GT(t_of(differ, leaky, 20'000), 10 * kMost);
}

// ATTACK(K6): the commitment of a container, and everything else that is compared through this.
TEST(ConstantTime, OfACommitment) {
  for (const std::size_t size : {std::size_t{32}, std::size_t{512}}) {
    const Bytes wanted(size, 0x11);
    Bytes given = wanted;
    const auto compare = [&] { answer = equal_constant_time(wanted, given); };
    expect_constant(
        "the first or the last byte differs",
        [&](std::size_t late) {
          given.front() = kEither.at(1 - late);
          given.back() = kEither.at(late);
        },
        compare);
    expect_constant(
        "one byte or all differ", [&](std::size_t all) { std::fill(given.begin() + 1, given.end(), kEither.at(all)); },
        compare);
  }
}

// ATTACK(K6): the tag of sealed data, wrong in its first byte or in its last.
TEST(ConstantTime, OfATag) {
  const Bytes key(kAeadKeySize, 1), nonce(kAeadNonceSize, 2), plaintext(64, 3);
  Bytes sealed(plaintext.size() + kAeadTagSize), out(plaintext.size());
  ASSERT_TRUE(aead_seal(key, nonce, {}, plaintext, sealed));
  AeadContext context = AeadContext::to_open(key).value();
  const std::size_t tag = plaintext.size();
  const Bytes good = sealed;
  expect_constant(
      "a wrong tag",
      [&](std::size_t late) {
        sealed[tag] = static_cast<std::uint8_t>(good[tag] ^ (1 - late));
        sealed.back() = static_cast<std::uint8_t>(good.back() ^ late);
      },
      [&] { answer = context.open(nonce, {}, sealed, out).has_value(); });
  EXPECT_FALSE(answer);
}

}  // namespace
}  // namespace tenzro::tee::crypto
