// SPDX-License-Identifier: Apache-2.0
// Parsing a good quote costs no allocation: counted by replacing the global operator new of this program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "evidence/tdx/quote.hpp"
#include "unit/evidence/made_quote.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// The compiler sees free() of what it believes came from another operator new.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#pragma GCC diagnostic pop

namespace tenzro::tee {
namespace {

TEST(TdxQuote, AllocatesNothingOnSuccess) {
  for (const test::MadeQuote& made : test::every_kind()) {
    const Bytes bytes = made.bytes();
    const std::size_t before = allocations;
    const bool good = tdx::looks_like_quote(bytes) && tdx::parse_quote(bytes).has_value();
    const std::size_t after = allocations;
    EXPECT_TRUE(good);
    EXPECT_EQ(after, before) << "version " << made.version;
  }
}

TEST(TdxQuote, CountsAllocationsAtAll) {
  const std::size_t before = allocations;
  EXPECT_FALSE(tdx::parse_quote({}).has_value());
  EXPECT_GT(allocations, before) << "an error has a message, which allocates";
}

}  // namespace
}  // namespace tenzro::tee
