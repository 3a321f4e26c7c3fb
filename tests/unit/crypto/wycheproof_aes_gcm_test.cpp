// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/aead.hpp"
#include "wycheproof.hpp"

namespace tenzro::tee::crypto {
namespace {

/// Cases of other sizes: our functions must refuse those too, by the size alone.
void expect_sizes_refused(const nlohmann::json& test) {
  Bytes sealed = test::hex(test, "ct");
  const Bytes tag = test::hex(test, "tag");
  sealed.insert(sealed.end(), tag.begin(), tag.end());
  Bytes out(sealed.size() - kAeadTagSize);
  const auto opened = aead_open(test::hex(test, "key"), test::hex(test, "iv"), test::hex(test, "aad"), sealed, out);
  ASSERT_FALSE(opened) << test::describe(test);
  EXPECT_EQ(opened.error().code(), ErrorCode::invalid_argument) << test::describe(test);
  Bytes sealed_again(sealed.size());
  const auto resealed = aead_seal(test::hex(test, "key"), test::hex(test, "iv"), test::hex(test, "aad"),
                                  test::hex(test, "msg"), sealed_again);
  ASSERT_FALSE(resealed) << test::describe(test);
  EXPECT_EQ(resealed.error().code(), ErrorCode::invalid_argument) << test::describe(test);
}

void run(const nlohmann::json& test, bool expected) {
  const Bytes key = test::hex(test, "key");
  const Bytes nonce = test::hex(test, "iv");
  const Bytes associated_data = test::hex(test, "aad");
  const Bytes message = test::hex(test, "msg");
  Bytes sealed = test::hex(test, "ct");
  const Bytes tag = test::hex(test, "tag");
  sealed.insert(sealed.end(), tag.begin(), tag.end());

  Bytes out(sealed.size() - kAeadTagSize, 0xee);
  const auto opened = aead_open(key, nonce, associated_data, sealed, out);
  EXPECT_EQ(opened.has_value(), expected) << test::describe(test);
  Bytes sealed_again(message.size() + kAeadTagSize);
  EXPECT_TRUE(aead_seal(key, nonce, associated_data, message, sealed_again));
  if (expected) {
    EXPECT_EQ(to_hex(out), to_hex(message)) << test::describe(test);
    EXPECT_EQ(to_hex(sealed_again), to_hex(sealed)) << test::describe(test);
    return;
  }
  EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed) << test::describe(test);
  EXPECT_TRUE(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; })) << test::describe(test);
  EXPECT_NE(to_hex(sealed_again), to_hex(sealed)) << test::describe(test);
}

TEST(WycheproofAesGcm, AgreesOnEveryCaseOfOurSizes) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  test::WycheproofFile file("aes_gcm_test.json");
  int other_sizes = 0;
  for (const auto& group : file.groups()) {
    ASSERT_EQ(group.at("tagSize"), 128);
    const bool is_ours = group.at("keySize") == 256 && group.at("ivSize") == 96;
    for (const auto& test : group.at("tests")) {
      if (is_ours) {
        run(test, file.take(test));
        continue;
      }
      expect_sizes_refused(test);
      ++other_sizes;
    }
  }
  EXPECT_EQ(file.valid(), 39);
  EXPECT_EQ(file.invalid(), 27);
  EXPECT_EQ(other_sizes, 250);
  EXPECT_EQ(file.valid() + file.invalid() + other_sizes, file.listed());
}

}  // namespace
}  // namespace tenzro::tee::crypto
