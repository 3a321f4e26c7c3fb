// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/certificate_table.hpp"

#include <gtest/gtest.h>

#include "made/snp.hpp"

namespace tenzro::tee {
namespace {

using test::MadeTable;
namespace guid = test::table_guid;

std::string text(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
Bytes content(std::string_view text) { return {text.begin(), text.end()}; }

MadeTable full() {
  return {{{guid::kArk, content("ark")},
           {guid::kAsk, content("ask")},
           {guid::kVcek, content("vcek")},
           {guid::kVlek, content("vlek")},
           {guid::kCrl, content("crl")},
           {guid::kPlatformInfo, content("info")},
           {"00112233445566778899aabbccddeeff", content("unknown")}}};
}

void expect_refused(const Bytes& bytes, std::string_view part) {
  const auto table = snp::parse_certificate_table(bytes);
  ASSERT_FALSE(table.has_value()) << part;
  EXPECT_EQ(table.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(table.error().message().find(part), std::string::npos) << table.error().message();
}

TEST(SnpCertificateTable, GivesEachContentItsName) {
  const Bytes bytes = full().bytes();
  const auto table = snp::parse_certificate_table(bytes).value();
  EXPECT_EQ(text(table.ark), "ark");
  EXPECT_EQ(text(table.ask), "ask");
  EXPECT_EQ(text(table.vcek), "vcek");
  EXPECT_EQ(text(table.vlek), "vlek");
  EXPECT_EQ(text(table.crl), "crl");
  EXPECT_EQ(text(table.platform_info), "info");
  EXPECT_EQ(table.unknown_entries, 1U);
}

TEST(SnpCertificateTable, MayBeEmpty) {
  const auto table = snp::parse_certificate_table(MadeTable{}.bytes()).value();
  EXPECT_TRUE(table.vcek.empty() && table.vlek.empty() && table.ask.empty());
  expect_refused({}, "without an entry of zeros");
}

TEST(SnpCertificateTable, EndsWithZerosAlone) {
  constexpr std::size_t kEntry = 24;
  EXPECT_TRUE(snp::parse_certificate_table(Bytes(2 * kEntry)).has_value());
  for (std::size_t at = 0; at < kEntry; ++at) {
    Bytes bytes(2 * kEntry);
    bytes[at] = 1;
    expect_refused(bytes, ".entry 0: ");
  }
}

TEST(SnpCertificateTable, MayBePaddedBehindItsContent) {
  Bytes bytes = full().bytes();
  bytes.resize(bytes.size() + 4096);
  EXPECT_TRUE(snp::parse_certificate_table(bytes).has_value());
}

TEST(SnpCertificateTable, RejectsEveryTruncation) {
  const Bytes bytes = full().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(snp::parse_certificate_table(ByteView(bytes).first(size)).has_value()) << size;
  }
}

// ATTACK(P3)
TEST(SnpCertificateTable, RejectsContentOutsideItself) {
  const Bytes good = MadeTable{{{guid::kArk, Bytes(40)}, {guid::kAsk, Bytes(8, 1)}}}.bytes();
  const auto with = [&](std::uint32_t offset, std::uint32_t length) {
    Bytes bytes = good;
    test::put_le_at(bytes, 16, offset, 4);
    test::put_le_at(bytes, 20, length, 4);
    return bytes;
  };
  const auto size = static_cast<std::uint32_t>(good.size());
  expect_refused(with(size, 1), "do not lie within");
  expect_refused(with(size + 1, 0), "do not lie within");
  expect_refused(with(size - 1, 2), "do not lie within");
  // Offset and length together wrap 32 bits.
  expect_refused(with(0xfffffff0U, 0x20), "do not lie within");
  expect_refused(with(0x20, 0xfffffff0U), "do not lie within");
  expect_refused(with(0xffffffffU, 0xffffffffU), "do not lie within");
  // Entries are not content.
  expect_refused(with(0, 8), "do not lie within");
  expect_refused(with(71, 1), "do not lie within");
  EXPECT_TRUE(snp::parse_certificate_table(with(72, 1)).has_value());
}

// Nobody signs the table, so that what no entry covers would be anybody's to choose.
TEST(SnpCertificateTable, RejectsBytesThatNoEntryCovers) {
  for (const Bytes& good : {full().bytes(), MadeTable{}.bytes()}) {
    for (const std::size_t zeros : {0U, 1U, 24U, 4096U}) {
      Bytes bytes = good;
      bytes.resize(bytes.size() + zeros);
      EXPECT_TRUE(snp::parse_certificate_table(bytes).has_value());
      bytes.push_back(1);
      expect_refused(bytes, "which no entry covers");
      bytes.resize(bytes.size() + 100);
      expect_refused(bytes, "which no entry covers");
    }
  }
  // Between entries and content, and between contents; in any order of the entries.
  const auto with_gaps = [](std::uint32_t first, std::uint32_t second) {
    Bytes bytes = MadeTable{{{guid::kArk, {}}, {guid::kAsk, {}}}}.bytes();
    bytes.resize(100);
    test::put_le_at(bytes, 16, first, 4);
    test::put_le_at(bytes, 20, 4, 4);
    test::put_le_at(bytes, 40, second, 4);
    test::put_le_at(bytes, 44, 4, 4);
    test::fill_at(bytes, first, 4, 0xaa);
    test::fill_at(bytes, second, 4, 0xbb);
    return bytes;
  };
  for (const Bytes& good : {with_gaps(76, 84), with_gaps(84, 76), with_gaps(72, 96), with_gaps(72, 76)}) {
    ASSERT_TRUE(snp::parse_certificate_table(good).has_value());
    for (std::size_t at = 72; at < good.size(); ++at) {
      if (good[at] == 0) {
        Bytes bytes = good;
        bytes[at] = 1;
        expect_refused(bytes, "which no entry covers");
      }
    }
  }
}

TEST(SnpCertificateTable, RejectsEntriesThatShareBytes) {
  const auto with = [](std::uint32_t first, std::uint32_t first_size, std::uint32_t second, std::uint32_t second_size) {
    Bytes bytes = MadeTable{{{guid::kArk, {}}, {guid::kAsk, {}}}}.bytes();
    bytes.resize(100);
    test::put_le_at(bytes, 16, first, 4);
    test::put_le_at(bytes, 20, first_size, 4);
    test::put_le_at(bytes, 40, second, 4);
    test::put_le_at(bytes, 44, second_size, 4);
    return bytes;
  };
  expect_refused(with(72, 8, 72, 8), "lies within that of another");
  expect_refused(with(72, 9, 80, 8), "lies within that of another");
  expect_refused(with(80, 8, 72, 9), "lies within that of another");
  expect_refused(with(72, 28, 80, 1), "lies within that of another");
  EXPECT_TRUE(snp::parse_certificate_table(with(72, 8, 80, 8)).has_value());
  EXPECT_TRUE(snp::parse_certificate_table(with(80, 8, 72, 8)).has_value());
  EXPECT_TRUE(snp::parse_certificate_table(with(72, 8, 74, 0)).has_value()) << "shares none";
}

TEST(SnpCertificateTable, RejectsAGuidThatStandsTwice) {
  MadeTable table = full();
  table.entries.emplace_back(guid::kVcek, content("another"));
  expect_refused(table.bytes(), "stands there twice");
  table = full();
  table.entries.push_back(table.entries.back());
  expect_refused(table.bytes(), "stands there twice");
}

TEST(SnpCertificateTable, RejectsEntriesWithoutGuid) {
  Bytes bytes = full().bytes();
  test::fill_at(bytes, 0, 16, 0);
  expect_refused(bytes, "has no GUID");
  expect_refused(MadeTable{{{"00000000000000000000000000000000", {}}}}.bytes(), "has no GUID");
}

TEST(SnpCertificateTable, HasItsBounds) {
  MadeTable table;
  std::vector<std::string> guids;
  for (unsigned i = 0; i < 65; ++i) {
    guids.push_back("aa0000000000000000000000000000" + to_hex(ByteArray<1>{static_cast<std::uint8_t>(i)}));
  }
  for (std::size_t i = 0; i < 64; ++i) {
    table.entries.emplace_back(guids[i], Bytes{1});
  }
  EXPECT_TRUE(snp::parse_certificate_table(table.bytes()).has_value());
  table.entries.emplace_back(guids[64], Bytes{1});
  expect_refused(table.bytes(), "more than 64 entries");

  Bytes large = full().bytes();
  large.resize(snp::kMaxTableSize);
  EXPECT_TRUE(snp::parse_certificate_table(large).has_value());
  large.push_back(0);
  expect_refused(large, "at most 16384");
}

}  // namespace
}  // namespace tenzro::tee
