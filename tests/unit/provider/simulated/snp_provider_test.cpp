// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "evidence/snp/claims.hpp"
#include "evidence/snp/report.hpp"
#include "made_provider.hpp"
#include "provider/simulated/platform_providers.hpp"
#include "provider/simulated/snp_evidence.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::hex_of;
using test::user_data;

SnpClaims claims_of(const AttestationReport& report) {
  const auto parts = snp::split_extended_report(report.evidence);
  EXPECT_TRUE(parts);
  return snp::snp_claims(*snp::parse_report(parts->report));
}
SnpClaims with(const SimulatedClaims& claims) { return claims_of(test::report_of(Platform::amd_sev_snp, claims)); }

TEST(SnpImitation, IsAGuestOfToday) {
  test::expect_imitation(Platform::amd_sev_snp, "AMD SEV-SNP (simulated)");
  const SnpClaims claims = with({});
  EXPECT_EQ(claims.report_version, 5U);
  EXPECT_EQ(claims.measurement, SnpReportSpec::default_measurement());
  EXPECT_FALSE(claims.debug);
}

TEST(SnpImitation, IsAcceptedWithPermission) {
  for (const SimulatedClaims& claims : {SimulatedClaims{},
                                        {{"measurement", hex_of(48, 1)}, {"host_data", hex_of(32, 2)}},
                                        {{"report_version", "3"}},
                                        {{"id_key_digest", hex_of(48, 3)}, {"author_key_digest", hex_of(48, 4)}},
                                        {{"chip_id", hex_of(64, 5)}}}) {
    test::expect_accepted_with_permission(test::report_of(Platform::amd_sev_snp, claims), test::bound_to_user_data(),
                                          test::bound_to_other_data());
  }
}

TEST(SnpImitation, SaysWhatItIsToldToSay) {
  struct BytesClaim {
    std::string name;
    std::size_t size;
    std::function<ByteView(const SnpClaims&)> read;
  };
  const BytesClaim of_bytes[] = {
      {"family_id", 16, [](const SnpClaims& claims) -> ByteView { return claims.family_id; }},
      {"image_id", 16, [](const SnpClaims& claims) -> ByteView { return claims.image_id; }},
      {"current_tcb", 8, [](const SnpClaims& claims) -> ByteView { return claims.current_tcb; }},
      {"reported_tcb", 8, [](const SnpClaims& claims) -> ByteView { return claims.reported_tcb; }},
      {"committed_tcb", 8, [](const SnpClaims& claims) -> ByteView { return claims.committed_tcb; }},
      {"launch_tcb", 8, [](const SnpClaims& claims) -> ByteView { return claims.launch_tcb; }},
      {"measurement", 48, [](const SnpClaims& claims) -> ByteView { return claims.measurement; }},
      {"host_data", 32, [](const SnpClaims& claims) -> ByteView { return claims.host_data; }},
      {"id_key_digest", 48, [](const SnpClaims& claims) -> ByteView { return claims.id_key_digest; }},
      {"author_key_digest", 48, [](const SnpClaims& claims) -> ByteView { return claims.author_key_digest; }},
      {"report_id", 32, [](const SnpClaims& claims) -> ByteView { return claims.report_id; }},
      {"chip_id", 64, [](const SnpClaims& claims) -> ByteView { return claims.chip_id; }}};
  std::size_t said = 0;
  std::uint8_t byte = 0;
  for (const BytesClaim& claim : of_bytes) {
    const std::string value = hex_of(claim.size, ++byte);
    const SnpClaims claims = with({{claim.name, value}});
    EXPECT_EQ(to_hex(claim.read(claims)), value) << claim.name;
    for (const std::size_t size : {std::size_t{0}, claim.size - 1, claim.size + 1}) {
      test::expect_claims_refused(Platform::amd_sev_snp, {{claim.name, hex_of(size, 1)}}, "hex digits");
    }
    ++said;
  }
  for (const unsigned version : {2U, 3U, 4U, 5U}) {
    EXPECT_EQ(with({{"report_version", std::to_string(version)}}).report_version, version);
  }
  EXPECT_EQ(with({{"guest_svn", "4294967295"}}).guest_svn, 4294967295U);
  EXPECT_EQ(with({{"vmpl", "3"}}).vmpl, 3U);
  EXPECT_EQ(with({{"policy", "00000000000b0000"}}).policy, 0xb0000U);
  EXPECT_TRUE(with({{"policy", "00000000000b0000"}}).debug);
  EXPECT_EQ(with({{"platform_info", "0102030405060708"}}).platform_info, 0x0102030405060708U);
  said += 5;
  EXPECT_EQ(said, snp_claim_names().size()) << "every claim that is taken";
}

TEST(SnpImitation, RefusesClaimsOfWrongForm) {
  const auto refused = [](const std::string& name, const std::string& value) {
    test::expect_claims_refused(Platform::amd_sev_snp, {{name, value}}, name);
  };
  for (const auto* const version : {"1", "6", "", "-2"}) {
    refused("report_version", version);
  }
  refused("guest_svn", "4294967296");
  refused("vmpl", "4");
  refused("policy", "196608");
  refused("policy", "0x0000000000030000");
  refused("mr_td", hex_of(48, 1));
  refused("report_data", hex_of(64, 1));
}

TEST(SnpImitation, RefusesWhatAGuestDoesNotSign) {
  test::expect_request_refused(Platform::amd_sev_snp, {test::nonce_of_size(32)});
  test::expect_request_refused(Platform::amd_sev_snp, {user_data(), test::nonce_of_size(32)});
  test::expect_request_refused(Platform::amd_sev_snp, test::with_public_key({user_data()}));
  test::expect_request_refused(Platform::amd_sev_snp, test::with_event_log({user_data()}));
}

TEST(SnpImitation, SignsTheReportData) {
  const AttestationReport report = test::report_of(Platform::amd_sev_snp);
  const auto parts = snp::split_extended_report(report.evidence);
  ASSERT_TRUE(parts);
  EXPECT_EQ(to_hex(snp::parse_report(parts->report)->report_data()), to_hex(user_data().bytes()));
  EXPECT_EQ(report.report_data_hex, to_hex(user_data().bytes()));
  EXPECT_FALSE(parts->certificate_table.empty());
}

TEST(SnpImitation, NamesAnAuthorKeyWhereThereIsOne) {
  const auto enabled = [](const SimulatedClaims& claims) {
    const AttestationReport report = test::report_of(Platform::amd_sev_snp, claims);
    return snp::parse_report(snp::split_extended_report(report.evidence)->report)->author_key_enabled();
  };
  EXPECT_FALSE(enabled({}));
  EXPECT_TRUE(enabled({{"author_key_digest", hex_of(48, 4)}}));
  EXPECT_FALSE(enabled({{"author_key_digest", hex_of(48, 0)}}));
}

}  // namespace
}  // namespace tenzro::tee::simulated
