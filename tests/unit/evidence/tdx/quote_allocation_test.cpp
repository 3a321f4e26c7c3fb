// SPDX-License-Identifier: Apache-2.0
// Parsing a good quote costs no allocation.
#include <gtest/gtest.h>

#include "evidence/tdx/quote.hpp"
#include "unit/evidence/counted_new.hpp"
#include "unit/evidence/made_quote.hpp"

namespace tenzro::tee {
namespace {

TEST(TdxQuote, AllocatesNothingOnSuccess) {
  for (const test::MadeQuote& made : test::every_kind()) {
    const Bytes bytes = made.bytes();
    const std::size_t before = test::allocation_count();
    const bool good = tdx::looks_like_quote(bytes) && tdx::parse_quote(bytes).has_value();
    const std::size_t after = test::allocation_count();
    EXPECT_TRUE(good);
    EXPECT_EQ(after, before) << "version " << made.version;
  }
}

TEST(TdxQuote, CountsAllocationsAtAll) {
  const std::size_t before = test::allocation_count();
  EXPECT_FALSE(tdx::parse_quote({}).has_value());
  EXPECT_GT(test::allocation_count(), before) << "an error has a message, which allocates";
}

}  // namespace
}  // namespace tenzro::tee
