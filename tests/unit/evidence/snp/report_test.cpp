// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/report.hpp"

#include <gtest/gtest.h>

#include "made/snp.hpp"

namespace tenzro::tee {
namespace {

using test::MadeSnpReport;
namespace at = test::snp_at;

bool filled(ByteView bytes, std::uint8_t value) {
  return std::ranges::all_of(bytes, [value](std::uint8_t byte) { return byte == value; });
}

Bytes made(std::uint32_t version) {
  MadeSnpReport report;
  report.version = version;
  return report.bytes();
}

TEST(SnpReport, ReadsEveryFieldFromItsPlace) {
  const Bytes bytes = made(5);
  const snp::Report report = snp::parse_report(bytes).value();
  EXPECT_EQ(report.version(), 5U);
  EXPECT_EQ(report.guest_svn(), 7U);
  EXPECT_EQ(report.policy(), 0x3001fU);
  EXPECT_TRUE(filled(report.family_id(), 0x11));
  EXPECT_TRUE(filled(report.image_id(), 0x22));
  EXPECT_EQ(report.vmpl(), 0U);
  EXPECT_EQ(report.signature_algorithm(), 1U);
  EXPECT_EQ(report.platform_info(), 0x25U);
  EXPECT_EQ(report.key_info(), 0U);
  EXPECT_TRUE(filled(report.report_data(), 0x33));
  EXPECT_TRUE(filled(report.measurement(), 0x44));
  EXPECT_TRUE(filled(report.host_data(), 0x55));
  EXPECT_TRUE(filled(report.id_key_digest(), 0x66));
  EXPECT_TRUE(filled(report.author_key_digest(), 0x77));
  EXPECT_TRUE(filled(report.report_id(), 0x88));
  EXPECT_TRUE(filled(report.report_id_ma(), 0xff));
  EXPECT_TRUE(filled(report.chip_id(), 0xc1));
  EXPECT_EQ(report.cpu_id(), (snp::CpuId{0x19, 0x11, 0x01}));
  EXPECT_EQ(report.current_version(), (snp::FirmwareVersion{1, 55, 40}));
  EXPECT_EQ(report.committed_version(), (snp::FirmwareVersion{1, 55, 40}));
  EXPECT_EQ(report.launch_mit_vector(), 0x3fU);
  EXPECT_EQ(report.current_mit_vector(), 0x7fU);
  EXPECT_EQ(report.signed_bytes().data(), bytes.data());
  EXPECT_EQ(report.signed_bytes().size(), 672U);
  EXPECT_EQ(report.nonzero_reserved(), std::nullopt);
}

TEST(SnpReport, TellsTheFourTcbsApart) {
  Bytes bytes = made(3);
  for (const auto& [where, value] :
       {std::pair{at::kCurrentTcb, 1}, {at::kReportedTcb, 2}, {at::kCommittedTcb, 3}, {at::kLaunchTcb, 4}}) {
    test::fill_at(bytes, where, 8, static_cast<std::uint8_t>(value));
  }
  const snp::Report report = snp::parse_report(bytes).value();
  EXPECT_EQ(report.current_tcb()[0], 1);
  EXPECT_EQ(report.reported_tcb()[0], 2);
  EXPECT_EQ(report.committed_tcb()[7], 3);
  EXPECT_EQ(report.launch_tcb()[7], 4);
}

TEST(SnpReport, HasWhatItsVersionHas) {
  EXPECT_EQ(snp::parse_report(made(2))->cpu_id(), std::nullopt);
  EXPECT_TRUE(snp::parse_report(made(3))->cpu_id().has_value());
  EXPECT_EQ(snp::parse_report(made(3))->launch_mit_vector(), std::nullopt);
  EXPECT_EQ(snp::parse_report(made(3))->current_mit_vector(), std::nullopt);
  EXPECT_TRUE(snp::parse_report(made(4))->launch_mit_vector().has_value());
}

// ATTACK(S11)
TEST(SnpReport, RejectsEveryOtherLength) {
  Bytes bytes = made(3);
  bytes.resize(snp::kReportSize + 64);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto report = snp::parse_report(ByteView(bytes).first(size));
    ASSERT_EQ(report.has_value(), size == snp::kReportSize) << size;
    if (!report) {
      ASSERT_EQ(report.error().code(), ErrorCode::malformed_input);
    }
  }
}

TEST(SnpReport, RejectsUnknownVersions) {
  for (const std::uint32_t version : {0U, 1U, 6U, 0x102U, 0x7fffffffU, 0xffffffffU}) {
    const auto report = snp::parse_report(made(version));
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code(), ErrorCode::unsupported) << version;
  }
}

// ATTACK(S11): each byte that must be zero, and no other.
TEST(SnpReport, FindsEveryReservedByteThatIsSet) {
  for (std::uint32_t version = 2; version <= 5; ++version) {
    const Bytes good = made(version);
    std::size_t reserved = 0;
    for (std::size_t i = 4; i < good.size(); ++i) {
      Bytes bytes = good;
      bytes[i] ^= 0x80;
      const auto found = snp::parse_report(bytes)->nonzero_reserved();
      if (found) {
        ASSERT_TRUE(*found == i || i == 0x48) << i;
        ++reserved;
      }
    }
    const std::size_t cpu_id = version == 2 ? 24 : 21;
    const std::size_t vectors = version < 4 ? 168 : 152;
    EXPECT_EQ(reserved, 4 + 4 + 2 + 368 + cpu_id + vectors) << "version " << version;
  }
}

TEST(SnpReport, SplitsKeyInfo) {
  MadeSnpReport made;
  made.key_info = 0x05;
  Bytes bytes = made.bytes();
  EXPECT_TRUE(snp::parse_report(bytes)->author_key_enabled());
  EXPECT_FALSE(snp::parse_report(bytes)->chip_key_masked());
  EXPECT_EQ(snp::parse_report(bytes)->signing_key(), snp::SigningKey::vlek);
  made.key_info = 0x1e;
  bytes = made.bytes();
  EXPECT_FALSE(snp::parse_report(bytes)->author_key_enabled());
  EXPECT_TRUE(snp::parse_report(bytes)->chip_key_masked());
  EXPECT_EQ(snp::parse_report(bytes)->signing_key(), snp::SigningKey::none);
}

// ATTACK(S8)
TEST(SnpReport, ReadsTheSignatureLittleEndianAndWhole) {
  Bytes bytes = made(3);
  bytes[at::kR] = 0x01;
  bytes[at::kR + 47] = 0x02;
  bytes[at::kS] = 0x03;
  bytes[at::kS + 47] = 0x04;
  const auto signature = snp::parse_report(bytes)->signature_r_s();
  ASSERT_TRUE(signature.has_value());
  EXPECT_EQ((*signature)[47], 0x01);
  EXPECT_EQ((*signature)[0], 0x02);
  EXPECT_EQ((*signature)[95], 0x03);
  EXPECT_EQ((*signature)[48], 0x04);
  for (const std::size_t start : {at::kR, at::kS}) {
    for (std::size_t i = 48; i < 72; ++i) {
      Bytes large = bytes;
      large[start + i] = 1;
      EXPECT_FALSE(snp::parse_report(large)->signature_r_s().has_value()) << start + i;
    }
  }
}

TEST(SnpReport, IsRecognisedByVersionAndAlgorithm) {
  const Bytes bytes = made(4);
  EXPECT_TRUE(snp::looks_like_report(bytes));
  EXPECT_TRUE(snp::looks_like_report(ByteView(bytes).first(0x38)));
  EXPECT_FALSE(snp::looks_like_report(ByteView(bytes).first(0x37)));
  EXPECT_FALSE(snp::looks_like_report({}));
  EXPECT_FALSE(snp::looks_like_report(made(0)));
}

// So that a newer one is told what is the matter with it.
TEST(SnpReport, IsRecognisedByItsFormInOtherVersionsAndAlgorithms) {
  std::vector<Bytes> others = {made(1), made(6), made(64), made(4)};
  others.back()[at::kSignatureAlgo] = 2;
  for (const Bytes& other : others) {
    EXPECT_TRUE(snp::looks_like_report(other));
    EXPECT_FALSE(snp::looks_like_report(ByteView(other).first(snp::kReportSize - 1)));
    Bytes extended = other;
    extended.resize(extended.size() + 100, 0xff);
    EXPECT_TRUE(snp::looks_like_report(extended));
    for (const std::size_t zero : {0x04cU, 0x1ebU, 0x1efU, 0x330U, 0x49fU, 0x2d0U, 0x318U}) {
      Bytes bytes = other;
      bytes[zero] = 1;
      EXPECT_FALSE(snp::looks_like_report(bytes)) << zero;
    }
    for (const std::size_t integer : {at::kR, at::kS}) {
      Bytes bytes = other;
      test::fill_at(bytes, integer, 72, 0);
      EXPECT_FALSE(snp::looks_like_report(bytes));
    }
    Bytes bytes = other;
    test::put_le_at(bytes, at::kVersion, 0x81, 4);
    EXPECT_FALSE(snp::looks_like_report(bytes)) << "a TDREPORT's first byte";
    bytes = other;
    test::put_le_at(bytes, at::kSignatureAlgo, 0x100, 4);
    EXPECT_FALSE(snp::looks_like_report(bytes));
  }
  EXPECT_FALSE(snp::looks_like_report(Bytes(snp::kReportSize)));
}

TEST(SnpReport, StandsBeforeItsCertificateTable) {
  Bytes bytes = made(3);
  EXPECT_TRUE(snp::split_extended_report(bytes)->certificate_table.empty());
  bytes.resize(snp::kReportSize + 24);
  EXPECT_EQ(snp::split_extended_report(bytes)->report.size(), snp::kReportSize);
  EXPECT_EQ(snp::split_extended_report(bytes)->certificate_table.size(), 24U);
  EXPECT_FALSE(snp::split_extended_report(ByteView(bytes).first(snp::kReportSize - 1)).has_value());
}

}  // namespace
}  // namespace tenzro::tee
