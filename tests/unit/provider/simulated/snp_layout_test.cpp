// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/snp_layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tenzro::tee::simulated {
namespace {

template <std::size_t Size>
ByteArray<Size> filled(std::uint8_t value) {
  ByteArray<Size> out{};
  out.fill(value);
  return out;
}

/// Every field has its own content.
SnpReportSpec motley() {
  SnpReportSpec spec;
  spec.guest_svn = 0x01020304;
  spec.policy = 0x0212'1f34;
  spec.family_id = filled<16>(0x11);
  spec.image_id = filled<16>(0x22);
  spec.vmpl = 3;
  spec.platform_info = 0x8000'0000'0000'0025ULL;
  spec.author_key_enabled = true;
  spec.report_data = filled<64>(0x33);
  spec.measurement = filled<48>(0x44);
  spec.host_data = filled<32>(0x55);
  spec.id_key_digest = filled<48>(0x66);
  spec.author_key_digest = filled<48>(0x77);
  spec.report_id = filled<32>(0x88);
  spec.report_id_ma = filled<32>(0x99);
  spec.current_tcb = {4, 3, 0, 0, 0, 0, 2, 1};
  spec.committed_tcb = {3, 3, 0, 0, 0, 0, 2, 1};
  spec.reported_tcb = {2, 3, 0, 0, 0, 0, 2, 1};
  spec.launch_tcb = {1, 3, 0, 0, 0, 0, 2, 1};
  spec.chip_id = filled<64>(0xaa);
  spec.current_version = {1, 55, 60};
  spec.committed_version = {1, 54, 59};
  spec.launch_mit_vector = 0x0102030405060708;
  spec.current_mit_vector = 0x1112131415161718;
  return spec;
}

Bytes whole(const SnpReportSpec& spec) {
  ByteArray<96> r_s{};
  for (std::size_t i = 0; i < r_s.size(); ++i) {
    r_s.at(i) = static_cast<std::uint8_t>(i + 1);
  }
  Bytes out = write_signed_part(spec);
  EXPECT_EQ(out.size(), snp::kSignedSize);
  const Bytes rest = write_signature(r_s);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

TEST(SnpLayout, PutsEveryFieldWhereTheReaderFindsIt) {
  const SnpReportSpec spec = motley();
  const Bytes bytes = whole(spec);
  const snp::Report report = snp::parse_report(bytes).value();
  EXPECT_EQ(report.version(), 5U);
  EXPECT_EQ(report.guest_svn(), spec.guest_svn);
  EXPECT_EQ(report.policy(), spec.policy);
  EXPECT_TRUE(std::ranges::equal(report.family_id(), spec.family_id));
  EXPECT_TRUE(std::ranges::equal(report.image_id(), spec.image_id));
  EXPECT_EQ(report.vmpl(), 3U);
  EXPECT_EQ(report.signature_algorithm(), snp::kEcdsaP384Sha384);
  EXPECT_EQ(report.current_tcb(), spec.current_tcb);
  EXPECT_EQ(report.platform_info(), spec.platform_info);
  EXPECT_TRUE(report.author_key_enabled());
  EXPECT_FALSE(report.chip_key_masked());
  EXPECT_EQ(report.signing_key(), snp::SigningKey::vcek);
  EXPECT_TRUE(std::ranges::equal(report.report_data(), spec.report_data));
  EXPECT_TRUE(std::ranges::equal(report.measurement(), spec.measurement));
  EXPECT_TRUE(std::ranges::equal(report.host_data(), spec.host_data));
  EXPECT_TRUE(std::ranges::equal(report.id_key_digest(), spec.id_key_digest));
  EXPECT_TRUE(std::ranges::equal(report.author_key_digest(), spec.author_key_digest));
  EXPECT_TRUE(std::ranges::equal(report.report_id(), spec.report_id));
  EXPECT_TRUE(std::ranges::equal(report.report_id_ma(), spec.report_id_ma));
  EXPECT_EQ(report.reported_tcb(), spec.reported_tcb);
  EXPECT_EQ(report.cpu_id(), std::optional(spec.cpu_id));
  EXPECT_TRUE(std::ranges::equal(report.chip_id(), spec.chip_id));
  EXPECT_EQ(report.committed_tcb(), spec.committed_tcb);
  EXPECT_EQ(report.current_version(), spec.current_version);
  EXPECT_EQ(report.committed_version(), spec.committed_version);
  EXPECT_EQ(report.launch_tcb(), spec.launch_tcb);
  EXPECT_EQ(report.launch_mit_vector(), std::optional(spec.launch_mit_vector));
  EXPECT_EQ(report.current_mit_vector(), std::optional(spec.current_mit_vector));
  EXPECT_EQ(report.nonzero_reserved(), std::nullopt);
  const auto r_s = report.signature_r_s();
  ASSERT_TRUE(r_s.has_value());
  EXPECT_EQ(r_s->front(), 1);
  EXPECT_EQ(r_s->at(47), 48);
  EXPECT_EQ(r_s->at(48), 49);
  EXPECT_EQ(r_s->back(), 96);
}

TEST(SnpLayout, LeavesOutWhatAnOlderVersionDoesNotHave) {
  SnpReportSpec spec = motley();
  for (const std::uint32_t version : {2U, 3U, 4U, 5U}) {
    spec.version = version;
    const Bytes bytes = whole(spec);
    ASSERT_EQ(bytes.size(), snp::kReportSize);
    const snp::Report report = snp::parse_report(bytes).value();
    EXPECT_EQ(report.nonzero_reserved(), std::nullopt) << "version " << version;
    EXPECT_EQ(report.cpu_id().has_value(), version >= 3);
    EXPECT_EQ(report.launch_mit_vector().has_value(), version >= 4);
    EXPECT_EQ(bytes[0x188] == 0, version < 3);
    EXPECT_EQ(bytes[0x1f8] == 0, version < 4);
    EXPECT_TRUE(std::ranges::equal(report.chip_id(), spec.chip_id));
    EXPECT_EQ(report.launch_tcb(), spec.launch_tcb);
  }
}

TEST(SnpLayout, NamesTheKindOfKey) {
  const Bytes bytes = whole(vlek_report_spec());
  const snp::Report report = snp::parse_report(bytes).value();
  EXPECT_EQ(report.signing_key(), snp::SigningKey::vlek);
  EXPECT_TRUE(report.chip_id_masked());
}

TEST(SnpLayout, WritesTablesThatTheReaderTakesApart) {
  const Bytes table =
      write_certificate_table({{snp::kVcekGuid, Bytes(700, 1)}, {snp::kAskGuid, Bytes(3, 2)}, {snp::kArkGuid, {}}});
  EXPECT_EQ(table.size(), 4 * 24 + 703U);
  const auto read = snp::parse_certificate_table(table);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(std::ranges::equal(read->vcek, Bytes(700, 1)));
  EXPECT_TRUE(std::ranges::equal(read->ask, Bytes(3, 2)));
  EXPECT_TRUE(read->ark.empty() && read->vlek.empty() && read->crl.empty());
  EXPECT_TRUE(snp::parse_certificate_table(write_certificate_table({})).has_value());
}

}  // namespace
}  // namespace tenzro::tee::simulated
