// SPDX-License-Identifier: Apache-2.0
#include "crypto/running_digest.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "crypto/digest.hpp"

namespace tenzro::tee::crypto {
namespace {

TEST(RunningSha384, IsTheDigestOfAllPiecesTogether) {
  Bytes all;
  RunningSha384 running;
  for (std::size_t size : {0, 1, 127, 128, 129, 4096}) {
    const Bytes piece(size, static_cast<std::uint8_t>(size));
    running.add(piece);
    all.insert(all.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(std::move(running).finish(), sha384(all));
}

TEST(RunningSha384, OfNothingIsThatOfTheEmptyString) {
  EXPECT_EQ(to_hex(RunningSha384().finish()),
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b");
}

}  // namespace
}  // namespace tenzro::tee::crypto
