// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/hkdf.hpp"
#include "wycheproof.hpp"

namespace tenzro::tee::crypto {
namespace {

int run_all(test::WycheproofFile& file, Hash hash) {
  for (const auto& group : file.groups()) {
    for (const auto& test : group.at("tests")) {
      const auto okm = hkdf(hash, test::hex(test, "ikm"), test::hex(test, "salt"), test::hex(test, "info"),
                            test.at("size").get<std::size_t>());
      if (!file.take(test)) {
        // The only invalid ones ask for more than 255 digests of output.
        EXPECT_EQ(test.at("flags"), nlohmann::json::array({"SizeTooLarge"}));
        EXPECT_FALSE(okm) << test::describe(test);
        continue;
      }
      if (!okm) {
        ADD_FAILURE() << test::describe(test) << ": " << okm.error().message();
        continue;
      }
      EXPECT_EQ(to_hex(okm->reveal()), test.at("okm").get<std::string>()) << test::describe(test);
    }
  }
  return file.valid() + file.invalid();
}

TEST(WycheproofHkdf, AgreesOnEveryCaseWithSha256) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  test::WycheproofFile file("hkdf_sha256_test.json");
  EXPECT_EQ(run_all(file, Hash::sha256), 86);
  file.expect_all_taken();
}

TEST(WycheproofHkdf, AgreesOnEveryCaseWithSha384) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  test::WycheproofFile file("hkdf_sha384_test.json");
  EXPECT_EQ(run_all(file, Hash::sha384), 83);
  file.expect_all_taken();
}

TEST(Rfc5869Hkdf, AgreesOnEveryCaseWithSha256) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  int run = 0;
  int not_applicable = 0;
  const nlohmann::json document = test::read_vector_json("crypto/rfc5869_hkdf.json");
  for (const auto& test : document.at("tests")) {
    if (test.at("hash") == "SHA-1") {
      ++not_applicable;  // no format that we read derives keys with SHA-1, so the library has no such choice
      continue;
    }
    ASSERT_EQ(test.at("hash"), "SHA-256");
    const auto okm = hkdf(Hash::sha256, test::hex(test, "ikm"), test::hex(test, "salt"), test::hex(test, "info"),
                          test.at("L").get<std::size_t>());
    ASSERT_TRUE(okm) << test::describe(test);
    EXPECT_EQ(to_hex(okm->reveal()), test.at("okm").get<std::string>()) << test::describe(test);
    ++run;
  }
  EXPECT_EQ(run, 3);
  EXPECT_EQ(not_applicable, 4);
}

}  // namespace
}  // namespace tenzro::tee::crypto
