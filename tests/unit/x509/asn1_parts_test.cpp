// SPDX-License-Identifier: Apache-2.0
// Algorithm identifiers and names, byte for byte.
#include "x509/asn1_parts.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::x509 {
namespace {

SignatureAlgorithm read(const std::string& hex) {
  const auto algorithm = read_signature_algorithm(*from_hex(hex));
  EXPECT_TRUE(algorithm) << hex;
  return algorithm ? *algorithm : SignatureAlgorithm::other;
}

TEST(SignatureAlgorithms, HaveTheParametersThatTheirStandardsSay) {
  const std::string ecdsa = "06082a8648ce3d0403";
  EXPECT_EQ(read("300a" + ecdsa + "02"), SignatureAlgorithm::ecdsa_sha256);
  EXPECT_EQ(read("300a" + ecdsa + "03"), SignatureAlgorithm::ecdsa_sha384);
  EXPECT_EQ(read("300c" + ecdsa + "020500"), SignatureAlgorithm::other) << "parameters";
  EXPECT_EQ(read("300c" + ecdsa + "030500"), SignatureAlgorithm::other) << "parameters";
  EXPECT_EQ(read("300a" + ecdsa + "04"), SignatureAlgorithm::other) << "SHA-512";
  const std::string rsa = "06092a864886f70d0101";
  EXPECT_EQ(read("300d" + rsa + "0b0500"), SignatureAlgorithm::rsa_pkcs1_sha256);
  EXPECT_EQ(read("300b" + rsa + "0b"), SignatureAlgorithm::other) << "no parameters";
  EXPECT_EQ(read("300f" + rsa + "0b05000500"), SignatureAlgorithm::other) << "two";
  EXPECT_EQ(read("300d" + rsa + "050500"), SignatureAlgorithm::other) << "SHA-1";
  EXPECT_EQ(read("300d" + rsa + "0c0500"), SignatureAlgorithm::other) << "SHA-384";
}

/// A DER element.
std::string element(const std::string& tag, const std::string& content) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t size = content.size() / 2;
  return tag + kDigits[size >> 4U] + kDigits[size & 15U] + content;
}

struct Pss {
  std::string hash = "0609608648016503040202", mask = "06092a864886f70d010108", mask_hash = hash, salt = "020130",
              trailer = "020101", after = {};
  std::string hex() const {
    const auto algorithm = [](const std::string& oid) { return element("30", oid + "0500"); };
    const std::string tail = trailer.empty() ? "" : element("a3", trailer);
    return element(
        "30", "06092a864886f70d01010a" + element("30", element("a0", algorithm(hash)) +
                                                           element("a1", element("30", mask + algorithm(mask_hash))) +
                                                           element("a2", salt) + tail + after));
  }
};

// ATTACK(X13)
TEST(SignatureAlgorithms, OfPssAreAmdsAlone) {
  const std::string sha256 = "0609608648016503040201";
  EXPECT_EQ(read(Pss{}.hex()), SignatureAlgorithm::rsa_pss_sha384);
  EXPECT_EQ(read(Pss{.trailer = ""}.hex()), SignatureAlgorithm::rsa_pss_sha384) << "the default, left out";
  EXPECT_EQ(read(Pss{.hash = sha256, .mask_hash = "0609608648016503040202"}.hex()), SignatureAlgorithm::other);
  EXPECT_EQ(read(Pss{.mask_hash = sha256}.hex()), SignatureAlgorithm::other);
  EXPECT_EQ(read(Pss{.mask = "06092a864886f70d010109"}.hex()), SignatureAlgorithm::other) << "not MGF1";
  EXPECT_EQ(read(Pss{.salt = "020120"}.hex()), SignatureAlgorithm::other);
  EXPECT_EQ(read(Pss{.trailer = "020102"}.hex()), SignatureAlgorithm::other);
  EXPECT_EQ(read(Pss{.after = "0500"}.hex()), SignatureAlgorithm::other);
}

TEST(Names, HaveNoEmptySet) {
  const auto name = read_name(Bytes{0x30, 0x02, 0x31, 0x00});
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().message(), "name: an empty set");
}

}  // namespace
}  // namespace tenzro::tee::x509
