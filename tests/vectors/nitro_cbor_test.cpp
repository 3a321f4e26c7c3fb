// SPDX-License-Identifier: Apache-2.0
// The RFC 8949 sets: what is generic is asserted of libcbor, what is ours of the strict reader.
#include <gtest/gtest.h>

#include <chrono>

#include "evidence/nitro/document.hpp"
#include "made/cbor.hpp"
#include "support/nitro_case.hpp"
#include "support/second_opinion.hpp"

namespace tenzro::tee::test {
namespace {

class CborSets : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
  }
  /// The entries of the set that the manifest lists under this id.
  static nlohmann::json set(const std::string& id) {
    const nlohmann::json one = nitro_entry(id);
    const Bytes text = nitro_file(one);
    auto entries = nlohmann::json::parse(text.begin(), text.end());
    EXPECT_EQ(entries.size(), one["entries"].get<std::size_t>());
    return entries;
  }
  static Bytes bytes_of(const nlohmann::json& entry) { return *from_hex(entry["hex"].get<std::string>()); }
};

/// Heads that libcbor 0.8 refuses although they are well-formed: tags 6 to 20 in their short form, and simple values
/// that have no name.
bool is_beyond_libcbor(const Bytes& item) {
  const std::uint8_t first = item.front();
  return (first >= 0xc6 && first <= 0xd4) || (first >= 0xe0 && first <= 0xf3) || first == 0xf8;
}

/// Whether an item, which is well-formed, has only what our reader takes.
bool is_within_our_profile(const Bytes& item) {
  const CborPtr loaded = load_with_libcbor(item);
  return loaded && told_by_libcbor(loaded.get()).has_value();
}

TEST_F(CborSets, WellFormedItemsAreTakenAsFarAsTheProfileGoes) {
  std::size_t taken = 0, refused = 0;
  for (const nlohmann::json& entry : set("cbor-appendix-a")) {
    const Bytes item = bytes_of(entry);
    SCOPED_TRACE(to_hex(item));
    if (!is_beyond_libcbor(item)) {
      EXPECT_NE(load_with_libcbor(item), nullptr) << "generic: well-formed";
    }
    const auto told = TellingReader::tell(item);
    EXPECT_EQ(told.has_value(), is_within_our_profile(item));
    if (told) {
      EXPECT_EQ(told, told_by_libcbor(load_with_libcbor(item).get()));
    }
    ++(told ? taken : refused);
  }
  EXPECT_EQ(taken, 46U);
  EXPECT_EQ(refused, 36U) << "tags, floats, undefined and other simple values, strings in chunks, bignums";
}

TEST_F(CborSets, MalformedItemsAreRefusedByBoth) {
  for (const nlohmann::json& entry : set("cbor-not-well-formed")) {
    const Bytes item = bytes_of(entry);
    SCOPED_TRACE(to_hex(item));
    EXPECT_FALSE(TellingReader::tell(item).has_value());
    cbor::Reader in("item", item, {.shortest_heads = false, .indefinite_containers = true});
    EXPECT_FALSE(in.skip("value") && in.expect_end());
    if (is_safe_for_libcbor(item)) {
      EXPECT_EQ(load_with_libcbor(item), nullptr) << "generic: malformed";
    }
  }
}

// ATTACK(N8)
TEST_F(CborSets, WhatTheProfileRejectsIsRefusedAtOnce) {
  for (const nlohmann::json& entry : set("cbor-profile-rejects")) {
    const Bytes item = bytes_of(entry);
    SCOPED_TRACE(entry["why"].get<std::string>());
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(TellingReader::tell(item).has_value());
    MadeSign1 around;
    around.payload = cbor_bytes(item);
    EXPECT_FALSE(nitro::parse_document(around.bytes()));
    EXPECT_FALSE(nitro::parse_document(item));
    // Bounded work, not speed: the limit is the manifest's, a hundred times what it takes.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1000));
  }
}

}  // namespace
}  // namespace tenzro::tee::test
