// SPDX-License-Identifier: Apache-2.0
#include "evidence/hcl_report.hpp"

#include <gtest/gtest.h>

#include "made/snp.hpp"

namespace tenzro::tee {
namespace {

using test::MadeHclReport;

void expect_refused(const Bytes& bytes, std::string_view part, ErrorCode code = ErrorCode::malformed_input) {
  const auto report = azure::parse_hcl_report(bytes);
  ASSERT_FALSE(report.has_value()) << part;
  EXPECT_EQ(report.error().code(), code) << report.error().message();
  EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
}
Bytes with(std::size_t at, std::uint32_t value) {
  Bytes bytes = MadeHclReport{}.bytes();
  test::put_le_at(bytes, at, value, 4);
  return bytes;
}

TEST(HclReport, HoldsAHardwareReportAndRuntimeClaims) {
  const MadeHclReport made;
  const Bytes bytes = made.bytes();
  const auto report = azure::parse_hcl_report(bytes).value();
  EXPECT_EQ(report.version, 2U);
  EXPECT_EQ(report.kind, azure::HclKind::snp);
  EXPECT_EQ(report.hash, azure::ClaimsHash::sha256);
  EXPECT_TRUE(std::ranges::equal(report.hardware_report, made.hardware_report));
  EXPECT_EQ(std::string(report.runtime_claims.begin(), report.runtime_claims.end()), made.claims);
  EXPECT_TRUE(azure::looks_like_hcl_report(bytes));
  EXPECT_EQ(azure::claimed_hcl_kind(bytes), azure::HclKind::snp);
  EXPECT_EQ(azure::claimed_hcl_kind(ByteView(bytes).first(0x4cb)), std::nullopt);
}

TEST(HclReport, ClaimsNoKindWithoutItsMark) {
  Bytes bytes = MadeHclReport{}.bytes();
  EXPECT_EQ(azure::claimed_hcl_kind(bytes), azure::HclKind::snp);
  bytes[0] ^= 1U;
  EXPECT_FALSE(azure::claimed_hcl_kind(bytes));
}

TEST(HclReport, RejectsEveryTruncation) {
  MadeHclReport made;
  made.padding = 0;
  const Bytes bytes = made.bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(azure::parse_hcl_report(ByteView(bytes).first(size)).has_value()) << size;
  }
  EXPECT_TRUE(azure::parse_hcl_report(bytes).has_value());
}

TEST(HclReport, RejectsSizesThatContradictEachOther) {
  expect_refused(with(8, 0x4d4), ".report_size");
  expect_refused(with(0x4c0, 20), ".runtime_data.size");
  expect_refused(with(0x4d0, 0), ".runtime_data.claims_size");
  expect_refused(with(0x4d0, 0xffffffffU), ".runtime_data.claims_size");
  Bytes large = MadeHclReport{}.bytes();
  large.resize(azure::kMaxHclReport + 1);
  expect_refused(large, "are possible");
}

TEST(HclReport, RejectsWhatItDoesNotKnow) {
  expect_refused(with(0, 0), "HCLA");
  expect_refused(with(4, 3), ".version", ErrorCode::unsupported);
  expect_refused(with(12, 1), ".request_type", ErrorCode::unsupported);
  expect_refused(with(16, 1), ".status");
  expect_refused(with(28, 1), ".status");
  expect_refused(with(0x4c4, 2), ".runtime_data.version", ErrorCode::unsupported);
  expect_refused(with(0x4c8, 3), ".report_type", ErrorCode::unsupported);
  expect_refused(with(0x4cc, 0), ".hash_type", ErrorCode::unsupported);
  expect_refused(with(0x4cc, 4), ".hash_type", ErrorCode::unsupported);
}

TEST(HclReport, HasNothingButZerosBehindItsParts) {
  Bytes bytes = MadeHclReport{}.bytes();
  bytes.back() = 1;
  expect_refused(bytes, "behind the runtime claims");
  MadeHclReport tdx;
  tdx.kind = 4;
  tdx.hardware_report.back() = 1;
  expect_refused(tdx.bytes(), "behind the TDREPORT");
  tdx.hardware_report.resize(1024);
  EXPECT_EQ(azure::parse_hcl_report(tdx.bytes())->kind, azure::HclKind::tdx);
}

Result<azure::RuntimeClaims> claims(std::string_view text) {
  return azure::parse_runtime_claims({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(RuntimeClaims, NameTheAttestationKeyAndTheUserData) {
  const std::string user_data(128, 'A');
  const auto good = claims(R"({"keys":[{"kid":"HCLEkPub"},{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"_-7d"}],)"
                           R"("vm-configuration":{"secure-boot":true},"user-data":")" +
                           user_data + R"("})");
  ASSERT_TRUE(good.has_value()) << good.error().message();
  EXPECT_EQ(good->ak_exponent, (Bytes{1, 0, 1}));
  EXPECT_EQ(good->ak_modulus, (Bytes{0xff, 0xee, 0xdd}));
  ASSERT_TRUE(good->user_data.has_value());
  EXPECT_EQ((*good->user_data)[63], 0xaa);
}

TEST(RuntimeClaims, MayLackUserData) { EXPECT_FALSE(claims(MadeHclReport{}.claims)->user_data.has_value()); }

TEST(RuntimeClaims, RejectsWhatLeavesTheKeyInDoubt) {
  for (
      const char* bad :
      {"", "[]", "{}", R"({"keys":[]})", R"({"keys":{}})",
       R"({"keys":[{"kid":"HCLEkPub","kty":"RSA","e":"AQAB","n":"qR7L"}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"EC","e":"AQAB","n":"qR7L"}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB"}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":""}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"","n":"qR7L"}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"q+7L"}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7="}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7L"},{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7L"}]})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7L"}],"user-data":"00"})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7L"}],"user-data":null})",
       R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7L"}],"keys":[]})"}) {
    EXPECT_FALSE(claims(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace tenzro::tee
