// SPDX-License-Identifier: Apache-2.0
#include "formats/der.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "support/vectors.hpp"

namespace tenzro::tee::der {
namespace {

using test::have_vectors;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

Bytes bytes(std::string_view hex) { return from_hex(hex).value(); }

template <class T>
void expect_malformed(const Result<T>& result, std::string_view message) {
  ASSERT_FALSE(result.has_value()) << message;
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(result.error().message(), message);
}

Result<Element> first_of(std::string_view hex) {
  const Bytes in = bytes(hex);
  auto element = Reader("thing", in).next("field");
  if (!element) {
    return std::move(element).error();
  }
  return Element{element->tag, {}, {}};  // the views would outlive the bytes
}

// ATTACK(X14)
TEST(DerReader, RefusesIndefiniteLength) {
  expect_malformed(first_of("30800500"
                            "0000"),
                   "thing.field: indefinite length at offset 1");
}

// ATTACK(X14)
TEST(DerReader, RefusesLengthsThatAreNotInTheirShortestForm) {
  expect_malformed(first_of("04810100"), "thing.field: length at offset 1 is not in its shortest form");
  expect_malformed(first_of("0482000100"), "thing.field: length at offset 1 is not in its shortest form");
  expect_malformed(first_of("048400000000"), "thing.field: length at offset 1 is not in its shortest form");
  expect_malformed(first_of("0482007f" + std::string(254, '0')),
                   "thing.field: length at offset 1 is not in its shortest form");
  expect_malformed(first_of("04817f" + std::string(254, '0')),
                   "thing.field: length at offset 1 is not in its shortest form");
  expect_malformed(first_of("04820080" + std::string(256, '0')),
                   "thing.field: length at offset 1 is not in its shortest form");
  EXPECT_TRUE(first_of("048180" + std::string(256, '0')).has_value());
}

// ATTACK(P3)
TEST(DerReader, RefusesLengthsBeyondTheInputWithoutWrappingAround) {
  expect_malformed(first_of("0401"), "thing.field: needs 1 bytes at offset 2, 0 left");
  expect_malformed(first_of("04847fffffff00"), "thing.field: needs 2147483647 bytes at offset 6, 1 left");
  expect_malformed(first_of("0484ffffffff00"), "thing.field: needs 4294967295 bytes at offset 6, 1 left");
  expect_malformed(first_of("0488800000000000000000"),
                   "thing.field: needs 9223372036854775808 bytes at offset 10, 1 left");
  expect_malformed(first_of("0488ffffffffffffffff00"),
                   "thing.field: needs 18446744073709551615 bytes at offset 10, 1 left");
  expect_malformed(first_of("0489010000000000000000"),
                   "thing.field: length of 9 bytes at offset 1, expected at most 8");
  expect_malformed(first_of("04ff01"), "thing.field: length of 127 bytes at offset 1, expected at most 8");
}

TEST(DerReader, RefusesInputThatEndsInsideItsHead) {
  expect_malformed(first_of(""), "thing.field: absent: nothing left at offset 0");
  expect_malformed(first_of("30"), "thing.field: ends before its length at offset 1");
  expect_malformed(first_of("3082"), "thing.field: ends inside its length at offset 1");
  expect_malformed(first_of("308201"), "thing.field: ends inside its length at offset 1");
}

// ATTACK(X14)
TEST(DerReader, RefusesTagsThatDerDoesNotHave) {
  expect_malformed(first_of("1f810100"), "thing.field: high tag number (0x1f) at offset 0");
  expect_malformed(first_of("bf2100"), "thing.field: high tag number (0xbf) at offset 0");
  expect_malformed(first_of("0000"), "thing.field: tag of no type (0x00) at offset 0");
  expect_malformed(first_of("2000"), "thing.field: tag of no type (0x20) at offset 0");
  constexpr std::string_view kWrongForm = "constructed where DER is primitive, or the reverse";
  expect_malformed(first_of("2400"), "thing.field: " + std::string(kWrongForm) + " (0x24) at offset 0");
  expect_malformed(first_of("2300"), "thing.field: " + std::string(kWrongForm) + " (0x23) at offset 0");
  expect_malformed(first_of("1000"), "thing.field: " + std::string(kWrongForm) + " (0x10) at offset 0");
  expect_malformed(first_of("1100"), "thing.field: " + std::string(kWrongForm) + " (0x11) at offset 0");
  for (const std::string_view good : {"3000", "3100", "8000", "a000", "0500", "4000", "c000"}) {
    EXPECT_TRUE(first_of(good).has_value()) << good;
  }
}

TEST(DerReader, RefusesAnotherTagThanTheExpectedOne) {
  const Bytes in = bytes("020105");
  Reader reader("thing", in);
  expect_malformed(reader.next("field", kSequence), "thing.field: tag 0x02 at offset 0, expected 0x30");
  expect_malformed(reader.enter("field", kSet), "thing.field: tag 0x02 at offset 0, expected 0x31");
  expect_malformed(reader.octet_string("field"), "thing.field: tag 0x02 at offset 0, expected 0x04");
  EXPECT_EQ(reader.unsigned_integer("field", 9).value(), 5U);  // a refusal consumes nothing
  expect_malformed(reader.next("more", kSequence), "thing.more: absent: nothing left at offset 3");
}

TEST(DerReader, WalksElementsAsViewsOfTheInput) {
  const Bytes in = bytes(
      "3006"
      "0201ff"
      "040107"
      "0500");
  Reader reader("thing", in);
  EXPECT_EQ(reader.peek(), kSequence);
  auto inner = reader.enter("pair", kSequence);
  ASSERT_TRUE(inner.has_value());
  const auto number = inner->next("number").value();
  EXPECT_EQ(number.tag, kInteger);
  EXPECT_EQ(number.whole.data(), in.data() + 2);
  EXPECT_EQ(number.whole.size(), 3U);
  EXPECT_EQ(number.content.data(), in.data() + 4);
  EXPECT_EQ(number.content.size(), 1U);
  expect_malformed(inner->expect_end(), "pair: 3 unexpected bytes at offset 3");
  EXPECT_EQ(inner->octet_string("octets").value().data(), in.data() + 7);
  EXPECT_TRUE(inner->expect_end().has_value());
  EXPECT_TRUE(inner->at_end());
  EXPECT_EQ(inner->peek(), 0);
  EXPECT_EQ(reader.next("null", kNull).value().content.size(), 0U);
  EXPECT_TRUE(reader.at_end());
}

TEST(DerReader, SubReadersCannotSeePastTheirElement) {
  const Bytes in = bytes(
      "3003"
      "040200"
      "0000");
  Reader reader("thing", in);
  auto inner = reader.enter("pair", kSequence).value();
  expect_malformed(inner.octet_string("octets"), "pair.octets: needs 2 bytes at offset 2, 1 left");
}

Result<std::uint64_t> unsigned_of(std::string_view hex, std::uint64_t max) {
  const Bytes in = bytes(hex);
  return Reader("thing", in).unsigned_integer("number", max);
}

TEST(DerInteger, ReadsTheWholeUnsignedRange) {
  EXPECT_EQ(unsigned_of("020100", 0).value(), 0U);
  EXPECT_EQ(unsigned_of("02017f", 127).value(), 127U);
  EXPECT_EQ(unsigned_of("02020080", 128).value(), 128U);
  EXPECT_EQ(unsigned_of("0202ffff", 65535).has_value(), false);
  EXPECT_EQ(unsigned_of("020300ffff", 65535).value(), 65535U);
  EXPECT_EQ(unsigned_of("020900ffffffffffffffff", kMax).value(), kMax);
}

// ATTACK(X14)
TEST(DerInteger, RefusesNegativeNonMinimalAndTooLarge) {
  expect_malformed(unsigned_of("0200", kMax), "thing.number: integer without content");
  expect_malformed(unsigned_of("0201ff", kMax), "thing.number: negative, expected an integer of 0 or more");
  expect_malformed(unsigned_of("020180", kMax), "thing.number: negative, expected an integer of 0 or more");
  expect_malformed(unsigned_of("02020001", kMax), "thing.number: integer with a needless leading 00");
  expect_malformed(unsigned_of("02020000", kMax), "thing.number: integer with a needless leading 00");
  expect_malformed(unsigned_of("0202ff80", kMax), "thing.number: integer with a needless leading ff");
  expect_malformed(unsigned_of("02020080", 127), "thing.number: expected an integer up to 127");
  expect_malformed(unsigned_of("0209010000000000000000", kMax),
                   "thing.number: expected an integer up to 18446744073709551615");
  expect_malformed(unsigned_of("020a00800000000000000000", kMax),
                   "thing.number: expected an integer up to 18446744073709551615");
}

TEST(DerInteger, GivesContentOfAnySignIfMinimal) {
  const auto content_of = [](std::string_view hex) {
    const Bytes in = bytes(hex);
    auto content = Reader("thing", in).integer_bytes("serial");
    return content ? to_hex(*content) : content.error().message();
  };
  EXPECT_EQ(content_of("0201ff"), "ff");
  EXPECT_EQ(content_of("02020080"), "0080");
  EXPECT_EQ(content_of("0202ff7f"), "ff7f");
  EXPECT_EQ(content_of("02020000"), "thing.serial: integer with a needless leading 00");
  EXPECT_EQ(content_of("0203ffffff"), "thing.serial: integer with a needless leading ff");
  EXPECT_EQ(content_of("0200"), "thing.serial: integer without content");
}

TEST(DerEnumerated, IsReadLikeAnIntegerUnderItsOwnTag) {
  const Bytes in = bytes(
      "0a0102"
      "020102"
      "0a01ff");
  Reader reader("thing", in);
  EXPECT_EQ(reader.enumerated("kind", 2).value(), 2U);
  expect_malformed(reader.enumerated("kind", 2), "thing.kind: tag 0x02 at offset 3, expected 0x0a");
  ASSERT_TRUE(reader.next("number").has_value());
  expect_malformed(reader.enumerated("kind", 2), "thing.kind: negative, expected an integer of 0 or more");
}

TEST(DerBoolean, HasOneEncodingForEachValue) {
  const auto read = [](std::string_view hex) {
    const Bytes in = bytes(hex);
    return Reader("thing", in).boolean_value("flag");
  };
  EXPECT_EQ(read("010100").value(), Boolean::no);
  EXPECT_EQ(read("0101ff").value(), Boolean::yes);
  for (const std::string_view bad : {"010101", "0101fe", "0100", "0102ffff", "01020000"}) {
    expect_malformed(read(bad), "thing.flag: expected a boolean of one byte, 00 or ff");
  }
}

Result<std::string> oid_of(std::string_view hex) { return oid_text(bytes(hex)); }

TEST(DerOid, WritesDottedDecimal) {
  EXPECT_EQ(oid_of("2a8648ce3d030107").value(), "1.2.840.10045.3.1.7");
  EXPECT_EQ(oid_of("2a864886f84d010d01").value(), "1.2.840.113741.1.13.1");
  EXPECT_EQ(oid_of("00").value(), "0.0");
  EXPECT_EQ(oid_of("27").value(), "0.39");
  EXPECT_EQ(oid_of("28").value(), "1.0");
  EXPECT_EQ(oid_of("4f").value(), "1.39");
  EXPECT_EQ(oid_of("50").value(), "2.0");
  EXPECT_EQ(oid_of("551d14").value(), "2.5.29.20");
  EXPECT_EQ(oid_of("883703").value(), "2.999.3");
  EXPECT_EQ(oid_of("2a81ffffffffffffffff7f").value(), "1.2.18446744073709551615");
}

// ATTACK(X14)
TEST(DerOid, RefusesArcsThatAreCutPaddedOrTooLong) {
  expect_malformed(oid_of(""), "oid: no content");
  expect_malformed(oid_of("2a86"), "oid: ends inside an arc");
  expect_malformed(oid_of("80"), "oid: ends inside an arc");
  expect_malformed(oid_of("8001"), "oid: arc with a needless leading 80");
  expect_malformed(oid_of("2a8001"), "oid: arc with a needless leading 80");
  EXPECT_EQ(oid_of("2a8180"
                   "01")
                .value(),
            "1.2.16385");  // 80 inside an arc is no padding
  expect_malformed(oid_of("2a82808080808080808000"), "oid: arc of more than 64 bits");
  expect_malformed(oid_of("ffffffffffffffffffffff7f"), "oid: arc of more than 64 bits");
}

TEST(DerOid, NamesTheFieldThatHoldsIt) {
  const Bytes in = bytes(
      "06028001"
      "06022a03");
  Reader reader("thing", in);
  expect_malformed(reader.oid("algorithm"), "thing.algorithm: oid: arc with a needless leading 80");
  EXPECT_EQ(reader.oid("algorithm").value(), "1.2.3");
}

// ATTACK(X14)
TEST(DerSingle, DemandsOneElementAndNothingAfterIt) {
  const Bytes two = bytes("05000500");
  expect_malformed(single("certificate", two), "certificate: 2 unexpected bytes at offset 2");
  EXPECT_EQ(single("certificate", ByteView(two).first(2)).value().tag, kNull);
  expect_malformed(single("certificate", {}), "certificate: absent: nothing left at offset 0");
}

// ATTACK(P1)
TEST(DerSingle, RefusesEveryTruncationAndExtension) {
  const Bytes in = bytes(
      "308185"
      "0281800f" +
      std::string(254, '3') + "0500");
  ASSERT_TRUE(single("thing", in).has_value());
  for (std::size_t size = 0; size < in.size(); ++size) {
    EXPECT_FALSE(single("thing", ByteView(in).first(size)).has_value()) << size;
  }
  Bytes longer = in;
  for (int extra = 1; extra <= 64; ++extra) {
    longer.push_back(0);
    EXPECT_FALSE(single("thing", longer).has_value()) << extra;
  }
}

/// Every element of a constructed one, however deep.
Result<std::size_t> count_elements(ByteView der) {
  std::vector<ByteView> open{der};
  std::size_t count = 0;
  while (!open.empty()) {
    Reader reader("der", open.back());
    open.pop_back();
    while (!reader.at_end()) {
      auto element = reader.next("element");
      if (!element) {
        return std::move(element).error();
      }
      ++count;
      if ((element->tag & 0x20) != 0) {
        open.push_back(element->content);
      }
    }
  }
  return count;
}

TEST(DerReader, WalksEveryRealCertificateAndRevocationList) {
  if (!have_vectors()) {
    return;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::vectors_dir())) {
    const std::string path = entry.path().string();
    if (entry.path().extension() != ".der" || path.find("synthetic") != std::string::npos) {
      continue;
    }
    ++files;
    const auto count = count_elements(test::read_file(entry.path()));
    ASSERT_TRUE(count.has_value()) << path << ": " << count.error().message();
    EXPECT_GT(*count, 20U) << path;
  }
  EXPECT_GT(files, 10U);
}

}  // namespace
}  // namespace tenzro::tee::der
