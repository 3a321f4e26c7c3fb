// SPDX-License-Identifier: Apache-2.0
#include "x509/plain_profile.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::x509 {
namespace {

/// SEQUENCE { SET { SEQUENCE { OID 2.5.4.type, tag value } } }
Bytes name_of(std::uint8_t type, std::uint8_t tag, std::string_view value) {
  Bytes attribute{0x06, 0x03, 0x55, 0x04, type, tag, static_cast<std::uint8_t>(value.size())};
  attribute.insert(attribute.end(), value.begin(), value.end());
  const auto size = static_cast<std::uint8_t>(attribute.size());
  Bytes out{0x30, static_cast<std::uint8_t>(size + 4), 0x31, static_cast<std::uint8_t>(size + 2), 0x30, size};
  out.insert(out.end(), attribute.begin(), attribute.end());
  return out;
}

constexpr std::uint8_t kCommonName = 3, kUtf8 = 0x0c, kPrintable = 0x13, kTeletex = 0x14;

TEST(PlainNames, AreWrittenAsRfc4514Says) {
  EXPECT_EQ(plain_name_text(name_of(kCommonName, kUtf8, "Intel SGX Root CA")), "CN=Intel SGX Root CA");
  EXPECT_EQ(plain_name_text(name_of(6, kPrintable, "US")), "C=US");
}

TEST(PlainNames, AreNothingThatWouldNeedEscaping) {
  for (const std::string_view value :
       {"", " a", "a ", "#a", "a,b", "a+b", "a\"b", "a\\b", "a<b", "a>b", "a;b", "a=b", "\xc3\xa4", "a\nb", "a\x7f"}) {
    EXPECT_FALSE(plain_name_text(name_of(kCommonName, kUtf8, value))) << value;
  }
  EXPECT_FALSE(plain_name_text(name_of(kCommonName, kUtf8, std::string_view("a\0b", 3))));
}

TEST(PlainNames, AreNothingWithoutAType) {
  EXPECT_FALSE(plain_name_text(Bytes{0x30, 0x07, 0x31, 0x05, 0x30, 0x03, kUtf8, 0x01, 'a'}));
  EXPECT_FALSE(plain_name_text(Bytes{0x30, 0x0a, 0x31, 0x08, 0x30, 0x06, kUtf8, 0x01, 'a', kUtf8, 0x01, 'a'}));
}

TEST(PlainNames, AreNothingOfOtherTypes) {
  EXPECT_FALSE(plain_name_text(name_of(kCommonName, kTeletex, "a")));
  EXPECT_EQ(plain_name_text(name_of(5, kPrintable, "41AB")), "serialNumber=41AB");
  EXPECT_FALSE(plain_name_text(name_of(9, kPrintable, "a"))) << "street";
  EXPECT_FALSE(plain_name_text(Bytes{0x30, 0x00})) << "no attribute";
  EXPECT_FALSE(plain_name_text(Bytes{}));
}

std::optional<PlainExtensions> read(std::string oid, bool critical, const Bytes& value) {
  return read_plain_extensions({{std::move(oid), critical, value}});
}

TEST(PlainExtensions, AreReadWhole) {
  const auto constraints = read("2.5.29.19", true, {0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x01});
  ASSERT_TRUE(constraints);
  EXPECT_TRUE(constraints->ca);
  EXPECT_EQ(constraints->path_length, 1U);
  const auto usage = read("2.5.29.15", true, {0x03, 0x02, 0x01, 0x06});
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->key_usage, key_usage::kKeyCertSign | key_usage::kCrlSign);
  EXPECT_FALSE(read_plain_extensions({})->ca);
}

TEST(PlainExtensions, AreNothingInOtherEncodings) {
  EXPECT_FALSE(read("2.5.29.19", true, {0x30, 0x03, 0x01, 0x01, 0x00})) << "the default, written";
  EXPECT_FALSE(read("2.5.29.19", true, {0x30, 0x03, 0x02, 0x01, 0x01})) << "a path length without CA";
  EXPECT_TRUE(read("2.5.29.15", true, {0x03, 0x02, 0x00, 0x06})) << "zero bits at the end, as AMD writes them";
  EXPECT_FALSE(read("2.5.29.15", true, {0x03, 0x02, 0x01, 0x07})) << "unused bits that are set";
  EXPECT_FALSE(read("2.5.29.14", true, {0x04, 0x01, 0x01})) << "critical";
  EXPECT_FALSE(read("1.2.3", false, {0x05, 0x00})) << "unknown";
}

// DMTF DSP0274.
TEST(PlainExtensions, MayNameADevice) {
  const std::string oid = "2.5.29.17";
  const Bytes good = *from_hex("3014a012060a2b06010401831c821201a0040c02413a");
  EXPECT_TRUE(read(oid, false, good));
  EXPECT_FALSE(read(oid, true, good)) << "critical";
  for (const char* other :
       {"3000", "300482024142" /* a DNS name */, "3014a112060a2b06010401831c821201a0040c02413a",
        "3014a012060a2b06010401831c821202a0040c02413a", "3014a012060a2b06010401831c821201a0041602413a",
        "3014a012060a2b06010401831c821201a0040c02410a", "3012a010060a2b06010401831c821201a0020c00",
        "3016a012060a2b06010401831c821201a0040c02413aa000", "3016a014060a2b06010401831c821201a0040c02413a0500"}) {
    EXPECT_FALSE(read(oid, false, *from_hex(other))) << other;
  }
}

TEST(PlainExtensions, MaySayWhereToAskByUriAlone) {
  const std::string oid = "1.3.6.1.5.5.7.1.1";
  const Bytes method{0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01};
  const auto places = [&](const Bytes& uri) {
    Bytes place = method;
    place.insert(place.end(), uri.begin(), uri.end());
    Bytes out{0x30, static_cast<std::uint8_t>(place.size() + 2), 0x30, static_cast<std::uint8_t>(place.size())};
    out.insert(out.end(), place.begin(), place.end());
    return out;
  };
  EXPECT_TRUE(read(oid, false, places({0x86, 0x02, 'a', ':'})));
  EXPECT_FALSE(read(oid, true, places({0x86, 0x02, 'a', ':'}))) << "critical";
  EXPECT_FALSE(read(oid, false, places({0x81, 0x02, 'a', ':'}))) << "a mail address";
  EXPECT_FALSE(read(oid, false, places({0x86, 0x02, 'a', ' '}))) << "a space";
  EXPECT_FALSE(read(oid, false, places({}))) << "no place";
  EXPECT_FALSE(read(oid, false, places({0x86, 0x01, 'a', 0x05, 0x00}))) << "something after it";
  EXPECT_FALSE(read(oid, false, {0x30, 0x00})) << "none";
  EXPECT_FALSE(read(oid, false, {0x30, 0x02, 0x30, 0x00})) << "an empty one";
}

TEST(PlainNames, AreNothingOfAnotherShape) {
  for (const char* other : {"30043102"
                            "0500",
                            "300831063004"
                            "02010105",
                            "300931073005"
                            "0603550403",
                            "300e310c300a"
                            "06035504030c0161"
                            "0500"}) {
    EXPECT_FALSE(plain_name_text(*from_hex(other))) << other;
  }
}

TEST(PlainExtensions, HaveAKeyUsageOfOneOrNineBits) {
  EXPECT_TRUE(read("2.5.29.15", true, {0x03, 0x03, 0x07, 0x06, 0x80})) << "decipherOnly";
  for (const Bytes& other : {Bytes{0x03, 0x00}, Bytes{0x03, 0x01, 0x00}, Bytes{0x03, 0x01, 0x01},
                             Bytes{0x03, 0x03, 0x00, 0x06, 0x01}, Bytes{0x03, 0x03, 0x06, 0x06, 0x40},
                             Bytes{0x03, 0x04, 0x07, 0x06, 0x80, 0x80}, Bytes{0x03, 0x02, 0x08, 0x00}}) {
    EXPECT_FALSE(read("2.5.29.15", true, other)) << to_hex(other);
  }
}

TEST(PlainExtensions, HaveKeyIdentifiersOf1To64Bytes) {
  for (const std::size_t size : {0U, 1U, 64U, 65U}) {
    Bytes subject{0x04, static_cast<std::uint8_t>(size)};
    subject.resize(2 + size, 0x11);
    Bytes authority{0x30, static_cast<std::uint8_t>(size + 2), 0x80, static_cast<std::uint8_t>(size)};
    authority.resize(4 + size, 0x11);
    const bool good = size >= 1 && size <= 64;
    EXPECT_EQ(read("2.5.29.14", false, subject).has_value(), good) << size;
    EXPECT_EQ(read("2.5.29.35", false, authority).has_value(), good) << size;
  }
}

TEST(PlainExtensions, MaySayWhereListsAreByUriAlone) {
  const auto points = [](const Bytes& uri) {
    Bytes out = uri;
    for (const std::uint8_t tag : ByteArray<4>{0xa0, 0xa0, 0x30, 0x30}) {
      out.insert(out.begin(), {tag, static_cast<std::uint8_t>(out.size())});
    }
    return out;
  };
  const std::string oid = "2.5.29.31";
  EXPECT_TRUE(read(oid, false, points({0x86, 0x02, 'a', '~'})));
  EXPECT_FALSE(read(oid, false, points({0x86, 0x02, 'a', 0x7f})));
  EXPECT_FALSE(read(oid, false, points({0x86, 0x02, 'a', ' '})));
  EXPECT_FALSE(read(oid, false, points({0x81, 0x02, 'a', '~'}))) << "a mail address";
  EXPECT_FALSE(read(oid, false, {0x30, 0x00})) << "none";
}

}  // namespace
}  // namespace tenzro::tee::x509
