// SPDX-License-Identifier: Apache-2.0
// Two readers, one answer: whatever ours takes libcbor takes and understands alike, and what only libcbor takes is
// outside our profile for a reason that can be named.
#include <gtest/gtest.h>

#include <random>

#include "made/cbor.hpp"
#include "support/second_opinion.hpp"

namespace tenzro::tee::test {
namespace {

std::vector<Bytes> genuine_items() {
  const Bytes pcrs =
      cbor_map({{cbor_unsigned(0), cbor_bytes(Bytes(48, 1))}, {cbor_unsigned(31), cbor_bytes(Bytes(48))}});
  const CborPairs fields = {{cbor_text("module_id"), cbor_text("i-0123-enc4567")},
                            {cbor_text("timestamp"), cbor_unsigned(1'766'668'537'578)},
                            {cbor_text("pcrs"), pcrs},
                            {cbor_text("cabundle"), cbor_array({cbor_bytes(Bytes(30, 7)), cbor_bytes({1})}, true)},
                            {cbor_text("nonce"), cbor_null()}};
  return {cbor_map(fields),
          cbor_map(fields, true),
          MadeSign1().bytes(),
          *from_hex("83f5f481a20120034161"),
          *from_hex("9f0102a1617abf616100ff00ff"),
          *from_hex("8518181a000000011b00000000000000ff386358026162"),
          *from_hex("a3f6f5f5f44141626163")};
}

/// The input as both tell it. They must agree on every one that libcbor can be given.
void expect_agreement(const Bytes& input) {
  if (!is_safe_for_libcbor(input)) {
    return;
  }
  const auto ours = TellingReader::tell(input);
  cbor::Reader skipping("item", input, {.shortest_heads = false, .indefinite_containers = true});
  const bool skipped = skipping.skip("value") && skipping.expect_end();
  ASSERT_EQ(skipped, ours.has_value()) << "skipping and reading take the same inputs: " << to_hex(input);
  const CborPtr item = load_with_libcbor(input);
  const auto theirs = item ? told_by_libcbor(item.get()) : std::nullopt;
  ASSERT_EQ(ours, theirs) << to_hex(input);
}

TEST(CborSecondOpinion, AgreesOnGenuineItems) {
  for (const Bytes& item : genuine_items()) {
    EXPECT_TRUE(TellingReader::tell(item).has_value()) << to_hex(item);
    expect_agreement(item);
  }
}

TEST(CborSecondOpinion, AgreesOnEveryInputOfTwoBytes) {
  for (unsigned first = 0; first < 256; ++first) {
    expect_agreement({static_cast<std::uint8_t>(first)});
    for (unsigned second = 0; second < 256; ++second) {
      expect_agreement({static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)});
    }
  }
}

// ATTACK(N8)
TEST(CborSecondOpinion, AgreesOnMutatedItems) {
  constexpr std::size_t kMutations = 120'000;
  std::mt19937_64 random(8949);
  const std::vector<Bytes> items = genuine_items();
  std::size_t taken = 0;
  for (std::size_t i = 0; i < kMutations && !HasFatalFailure(); ++i) {
    Bytes input = items[random() % items.size()];
    for (std::size_t changes = 1 + random() % 3; changes > 0 && !input.empty(); --changes) {
      const std::size_t at = random() % input.size();
      switch (random() % 4) {
        case 0:
          input[at] ^= static_cast<std::uint8_t>(1U << (random() % 8));
          break;
        case 1:
          input[at] = static_cast<std::uint8_t>(random());
          break;
        case 2:
          input.erase(input.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
      }
    }
    taken += TellingReader::tell(input).has_value() ? 1 : 0;
    expect_agreement(input);
  }
  EXPECT_GT(taken, kMutations / 10) << "both answers must come up often";
  EXPECT_LT(taken, kMutations / 10 * 9);
}

// ATTACK(N8)
TEST(CborSecondOpinion, AgreesOnGeneratedItems) {
  constexpr std::size_t kItems = 60'000;
  // Initial bytes of every kind, small sizes before all.
  constexpr std::uint8_t kAlphabet[] = {0x00, 0x01, 0x17, 0x18, 0x19, 0x20, 0x38, 0x40, 0x41, 0x42, 0x58, 0x5f, 0x60,
                                        0x61, 0x62, 0x78, 0x7f, 0x80, 0x81, 0x82, 0x98, 0x9f, 0xa0, 0xa1, 0xa2, 0xb8,
                                        0xbf, 0xc2, 0xd2, 0xd8, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xff, 0xff, 0x61};
  std::mt19937_64 random(9052);
  for (std::size_t i = 0; i < kItems && !HasFatalFailure(); ++i) {
    Bytes input(1 + random() % 12);
    for (std::uint8_t& byte : input) {
      byte = kAlphabet[random() % std::size(kAlphabet)];
    }
    expect_agreement(input);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
