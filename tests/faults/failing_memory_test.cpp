// SPDX-License-Identifier: Apache-2.0
// Would expect_safe_without_memory() find what it looks for? Operations that are wrong in each way, which it must name.
#include "faults/failing_memory.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tenzro::tee::test {
namespace {

/// Whether a block can be had.
bool has_memory() {
  try {
    return std::make_unique<std::string>(100, 'a') != nullptr;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void try_each(const std::function<Operation()>& make, std::string_view expected) {
  expect_safe_without_memory(make, expected, 1);
}

TEST(FailingMemory, FailsEachAllocationInBothWays) {
  const auto make = [] {
    return [] {
      const std::vector<std::string> three(1, std::string(100, 'a'));
      return std::string(three.front().size() == 100 ? "yes" : "no");
    };
  };
  const FaultPoints points = expect_safe_without_memory(make, "yes", 1);
  EXPECT_EQ(points.tried, 2 * attempt(make()).allocations);
  EXPECT_EQ(points.refused, points.tried);
  EXPECT_GT(points.tried, 2U);
}

TEST(FailingMemory, ACheckThatPassesForWantOfMemoryIsSeen) {
  EXPECT_NONFATAL_FAILURE(try_each([] { return [] { return std::string(has_memory() ? "no" : "yes"); }; }, "no"),
                          "it says yes");
}
TEST(FailingMemory, AnotherYesIsSeen) {
  EXPECT_NONFATAL_FAILURE(
      try_each([] { return [] { return std::string(has_memory() ? "yes: one" : "yes: two"); }; }, "yes"),
      "it says yes: two");
}
TEST(FailingMemory, WhatIsWronglyRememberedIsSeen) {
  EXPECT_NONFATAL_FAILURE(try_each(
                              [] {
                                return [good = std::make_shared<bool>(true)] {
                                  *good = *good && has_memory();
                                  return std::string(*good ? "yes" : "no");
                                };
                              },
                              "yes"),
                          "afterwards it says no");
}
/// Of a chain that nobody takes down, and that a leak detector sees.
struct Kept {
  Kept* next;
};
Kept* all_kept = nullptr;

TEST(FailingMemory, WhatStaysBehindIsSeen) {
  EXPECT_NONFATAL_FAILURE(try_each(
                              [] {
                                return [] {
                                  auto kept = std::make_unique<Kept>(all_kept);
                                  if (!has_memory()) {
                                    all_kept = kept.release();
                                    return std::string("no");
                                  }
                                  return std::string("yes");
                                };
                              },
                              "yes"),
                          "memory stays behind");
}

}  // namespace
}  // namespace tenzro::tee::test
