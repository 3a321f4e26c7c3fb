// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/certificate_table.hpp"

#include <gtest/gtest.h>

#include "made_snp.hpp"

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
  const Bytes good = full().bytes();
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
  expect_refused(with(191, 1), "do not lie within");
  EXPECT_TRUE(snp::parse_certificate_table(with(192, 1)).has_value());
}

TEST(SnpCertificateTable, RejectsAGuidThatStandsTwice) {
  MadeTable table = full();
  table.entries.emplace_back(guid::kVcek, content("another"));
  expect_refused(table.bytes(), "stands there twice");
  table = full();
  table.entries.push_back(table.entries.back());
  expect_refused(table.bytes(), "stands there twice");
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
