// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ostream>

#include "crypto/ecdsa.hpp"
#include "wycheproof.hpp"

namespace tenzro::tee::crypto {
namespace {

enum class Form { raw, der };
struct File {
  const char* name;
  const char* curve_name;
  Curve curve;
  const char* hash_name;
  Hash hash;
  Form form;
  int cases;
};
void PrintTo(const File& file, std::ostream* out) { *out << file.name; }

class WycheproofEcdsa : public testing::TestWithParam<File> {};

TEST_P(WycheproofEcdsa, AgreesOnEveryCase) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const File& parameters = GetParam();
  test::WycheproofFile file(parameters.name);
  for (const auto& group : file.groups()) {
    ASSERT_EQ(group.at("publicKey").at("curve"), parameters.curve_name);
    ASSERT_EQ(group.at("sha"), parameters.hash_name);
    const Bytes point = test::hex(group.at("publicKey"), "uncompressed");
    ASSERT_EQ(point.at(0), 0x04);
    const auto key = EcPublicKey::from_point(parameters.curve, ByteView(point).subspan(1));
    ASSERT_TRUE(key) << key.error().message();
    for (const auto& test : group.at("tests")) {
      const Bytes message = test::hex(test, "msg");
      const Bytes signature = test::hex(test, "sig");
      const bool expected = file.take(test);
      const bool verified = parameters.form == Form::raw ? key->verify(parameters.hash, message, signature)
                                                         : key->verify_der(parameters.hash, message, signature);
      EXPECT_EQ(verified, expected) << test::describe(test);
    }
  }
  file.expect_all_taken();
  EXPECT_EQ(file.valid() + file.invalid(), parameters.cases);
}

INSTANTIATE_TEST_SUITE_P(Files, WycheproofEcdsa,
                         testing::Values(File{"ecdsa_secp256r1_sha256_p1363_test.json", "secp256r1", Curve::p256,
                                              "SHA-256", Hash::sha256, Form::raw, 262},
                                         File{"ecdsa_secp384r1_sha384_p1363_test.json", "secp384r1", Curve::p384,
                                              "SHA-384", Hash::sha384, Form::raw, 280},
                                         File{"ecdsa_secp256r1_sha256_test.json", "secp256r1", Curve::p256, "SHA-256",
                                              Hash::sha256, Form::der, 484},
                                         File{"ecdsa_secp384r1_sha384_test.json", "secp384r1", Curve::p384, "SHA-384",
                                              Hash::sha384, Form::der, 504},
                                         File{"ecdsa_secp384r1_sha256_test.json", "secp384r1", Curve::p384, "SHA-256",
                                              Hash::sha256, Form::der, 472}),
                         [](const testing::TestParamInfo<File>& given) {
                           const std::string name = given.param.name;
                           return name.substr(0, name.find("_test.json"));
                         });

}  // namespace
}  // namespace tenzro::tee::crypto
