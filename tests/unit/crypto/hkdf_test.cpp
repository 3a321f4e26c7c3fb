// SPDX-License-Identifier: Apache-2.0
#include "crypto/hkdf.hpp"

#include <gtest/gtest.h>

#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::view;

std::string derived(Hash hash, std::string_view secret, std::string_view salt, std::string_view info,
                    std::size_t size) {
  const auto okm = hkdf(hash, view(secret), view(salt), view(info), size);
  return okm ? to_hex(okm->reveal()) : okm.error().message();
}

TEST(Hkdf, RefusesOutputSizesThatTheFunctionDoesNotHave) {
  for (const auto& [hash, max] :
       {std::pair{Hash::sha256, 8160U}, std::pair{Hash::sha384, 12240U}, std::pair{Hash::sha512, 16320U}}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{max} + 1, std::size_t{1} << 63}) {
      const auto okm = hkdf(hash, view("secret"), {}, {}, size);
      ASSERT_FALSE(okm) << size;
      EXPECT_EQ(okm.error().code(), ErrorCode::invalid_argument);
      EXPECT_EQ(okm.error().message(),
                "hkdf: " + std::to_string(size) + " bytes of output asked for, expected 1 to " + std::to_string(max));
    }
    const auto largest = hkdf(hash, view("secret"), {}, {}, max);
    ASSERT_TRUE(largest);
    EXPECT_EQ(largest->size(), max);
  }
}

TEST(Hkdf, RefusesAnEmptySecret) {
  const auto okm = hkdf(Hash::sha256, {}, view("salt"), view("info"), 32);
  ASSERT_FALSE(okm);
  EXPECT_EQ(okm.error().code(), ErrorCode::invalid_argument);
}

// RFC 5869, A.1 and A.3.
TEST(Hkdf, AgreesWithTheRfc) {
  const Bytes secret(22, 0x0b);
  const Bytes salt = *from_hex("000102030405060708090a0b0c");
  const Bytes info = *from_hex("f0f1f2f3f4f5f6f7f8f9");
  EXPECT_EQ(to_hex(hkdf(Hash::sha256, secret, salt, info, 42)->reveal()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(hkdf(Hash::sha256, secret, {}, {}, 42)->reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, DependsOnEachInput) {
  const std::string base = derived(Hash::sha256, "secret", "salt", "info", 32);
  EXPECT_EQ(base.size(), 64U);
  EXPECT_NE(base, derived(Hash::sha384, "secret", "salt", "info", 32));
  EXPECT_NE(base, derived(Hash::sha256, "Secret", "salt", "info", 32));
  EXPECT_NE(base, derived(Hash::sha256, "secret", "Salt", "info", 32));
  EXPECT_NE(base, derived(Hash::sha256, "secret", "salt", "Info", 32));
  EXPECT_EQ(base, derived(Hash::sha256, "secret", "salt", "info", 64).substr(0, 64));
}

}  // namespace
}  // namespace tenzro::tee::crypto
