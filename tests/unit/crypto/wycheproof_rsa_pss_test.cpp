// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ostream>

#include "crypto/rsa.hpp"
#include "wycheproof.hpp"

namespace tenzro::tee::crypto {
namespace {

struct File {
  const char* name;
  int bits;
  const char* hash_name;
  Hash hash;
  std::size_t salt_size;
  int cases;
};
void PrintTo(const File& file, std::ostream* out) { *out << file.name; }

class WycheproofRsaPss : public testing::TestWithParam<File> {};

TEST_P(WycheproofRsaPss, AgreesOnEveryCase) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const File& parameters = GetParam();
  test::WycheproofFile file(parameters.name);
  for (const auto& group : file.groups()) {
    ASSERT_EQ(group.at("sha"), parameters.hash_name);
    ASSERT_EQ(group.at("mgf"), "MGF1");
    ASSERT_EQ(group.at("mgfSha"), parameters.hash_name);
    ASSERT_EQ(group.at("sLen").get<std::size_t>(), parameters.salt_size);
    const auto key = RsaPublicKey::from_spki(test::hex(group, "publicKeyDer"));
    ASSERT_TRUE(key) << key.error().message();
    EXPECT_EQ(key->bits(), parameters.bits);
    for (const auto& test : group.at("tests")) {
      const bool expected = file.take(test);
      EXPECT_EQ(key->verify_pss(parameters.hash, parameters.salt_size, test::hex(test, "msg"), test::hex(test, "sig")),
                expected)
          << test::describe(test);
    }
  }
  file.expect_all_taken();
  EXPECT_EQ(file.valid() + file.invalid(), parameters.cases);
}

INSTANTIATE_TEST_SUITE_P(
    Files, WycheproofRsaPss,
    testing::Values(File{"rsa_pss_2048_sha256_mgf1_32_test.json", 2048, "SHA-256", Hash::sha256, 32, 108},
                    File{"rsa_pss_4096_sha384_mgf1_48_test.json", 4096, "SHA-384", Hash::sha384, 48, 141}),
    [](const testing::TestParamInfo<File>& given) {
      const std::string name = given.param.name;
      return name.substr(0, name.find("_test.json"));
    });

}  // namespace
}  // namespace tenzro::tee::crypto
