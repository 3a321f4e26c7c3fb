// SPDX-License-Identifier: Apache-2.0
#include "evidence/tdx/quote.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/vectors.hpp"
#include "unit/evidence/made_quote.hpp"

namespace tenzro::tee {
namespace {

using test::every_kind;
using test::MadeQuote;
using test::sgx_v3;
using test::v5;

void expect_refused(const Bytes& bytes, ErrorCode code, std::string_view part) {
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_FALSE(quote.has_value()) << part;
  EXPECT_EQ(quote.error().code(), code) << quote.error().message();
  EXPECT_NE(quote.error().message().find(part), std::string::npos) << quote.error().message();
}
void expect_malformed(const MadeQuote& made, std::string_view part) {
  expect_refused(made.bytes(), ErrorCode::malformed_input, part);
}
bool all(ByteView bytes, std::uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [&](std::uint8_t byte) { return byte == value; });
}

// ATTACK(T12)
TEST(TdxQuote, RejectsEveryTruncation) {
  for (const MadeQuote& made : every_kind()) {
    const Bytes whole = made.bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto quote = tdx::parse_quote(ByteView(whole).first(size));
      ASSERT_FALSE(quote.has_value()) << "version " << made.version << ", " << size << " bytes";
      ASSERT_EQ(quote.error().code(), ErrorCode::malformed_input) << quote.error().message();
    }
  }
}

TEST(TdxQuote, RejectsSizesOutsideThePossible) {
  expect_refused({}, ErrorCode::malformed_input, "quote: has 0 bytes; 1020 to 65536 are possible");
  MadeQuote made;
  made.trailing = tdx::kMaxQuoteSize - made.bytes().size();
  EXPECT_TRUE(tdx::parse_quote(made.bytes()).has_value());
  ++made.trailing;
  expect_malformed(made, "quote: has 65537 bytes");
}

// ATTACK(T12)
TEST(TdxQuote, RejectsSignatureDataThatRunsPastTheEnd) {
  for (MadeQuote made : every_kind()) {
    const auto honest = static_cast<std::uint32_t>(made.signature_data().size());
    for (const std::uint32_t lie : {honest + 1, honest + 0x10000, 0x7fffffffU, 0x80000000U, 0xfffffffcU, 0xffffffffU}) {
      made.signature_size = lie;
      expect_malformed(made, "quote.signature_data: needs " + std::to_string(lie) + " bytes");
    }
  }
}

// ATTACK(T12)
TEST(TdxQuote, RejectsSignatureDataLengthThatDoesNotAddUp) {
  for (MadeQuote made : every_kind()) {
    const auto honest = static_cast<std::uint32_t>(made.signature_data().size());
    made.trailing = 64;
    for (std::uint32_t more = 1; more <= 64; ++more) {
      made.signature_size = honest + more;
      expect_malformed(made, made.version == 3 ? "unexpected bytes" : "certification_data_size");
    }
    for (std::uint32_t lie = 0; lie < honest; ++lie) {
      made.signature_size = lie;
      EXPECT_FALSE(tdx::parse_quote(made.bytes()).has_value()) << lie;
    }
  }
}

// ATTACK(T12)
TEST(TdxQuote, RejectsInnerSizesThatAreOff) {
  for (const MadeQuote& honest : every_kind()) {
    for (const int off : {-1, 1}) {
      MadeQuote made = honest;
      made.auth_size = static_cast<std::uint16_t>(static_cast<int>(made.auth_bytes) + off);
      EXPECT_FALSE(tdx::parse_quote(made.bytes()).has_value());
      made = honest;
      made.certification_size = static_cast<std::uint32_t>(static_cast<int>(made.certification_bytes) + off);
      expect_malformed(made, off < 0 ? "1 unexpected bytes" : "certification_data: needs 78 bytes");
      if (made.version == 3) {
        continue;
      }
      made = honest;
      made.outer_size = static_cast<std::uint32_t>(static_cast<int>(made.qe_part().size()) + off);
      expect_malformed(made, "quote.signature_data.certification_data_size: is ");
    }
  }
}

// ATTACK(T12)
TEST(TdxQuote, RejectsSizesThatWouldWrap) {
  for (const MadeQuote& honest : every_kind()) {
    for (const std::uint32_t lie : {0x7fffffffU, 0x80000000U, 0xffffff00U, 0xffffffffU}) {
      MadeQuote made = honest;
      made.certification_size = lie;
      expect_malformed(made, "certification_data: needs");
      made = honest;
      made.outer_size = lie;
      if (made.version != 3) {
        expect_malformed(made, "certification_data_size");
      }
      made = honest;
      made.body_size = lie;
      if (made.version == 5) {
        expect_malformed(made, "quote.body_size: is ");
      }
    }
    MadeQuote made = honest;
    made.auth_size = 0xffff;
    expect_malformed(made, "qe_auth_data: needs 65535 bytes");
  }
}

TEST(TdxQuote, RejectsAQeReportInsideAQeReport) {
  for (MadeQuote made : every_kind()) {
    made.inner_type = 6;
    expect_malformed(made, "6 (QE report) may not stand beside a QE report");
  }
}

TEST(TdxQuote, RejectsOuterCertificationTypesOtherThanQeReport) {
  for (const std::uint16_t type : std::vector<std::uint16_t>{0, 1, 4, 5, 7, 0x600, 0xffff}) {
    MadeQuote made;
    made.outer_type = type;
    expect_malformed(made, "version 4 demands 6");
    made = v5(3, tdx::kTdReport15Size);
    made.outer_type = type;
    expect_malformed(made, "version 5 demands 6");
  }
}

// ATTACK(T4)
TEST(TdxQuote, RejectsUnknownVersionsAndTeeTypes) {
  for (const std::uint16_t version : std::vector<std::uint16_t>{0, 1, 2, 6, 7, 0x0300, 0x0400, 0xffff}) {
    MadeQuote made;
    made.version = version;
    expect_refused(made.bytes(), ErrorCode::unsupported, "quote.header.version: " + std::to_string(version));
  }
  for (const std::uint32_t type : {1U, 2U, 0x80U, 0x82U, 0x8100U, 0x81000000U, 0xffffffffU}) {
    for (MadeQuote made : every_kind()) {
      made.tee_type = type;
      expect_refused(made.bytes(), ErrorCode::unsupported, "quote.header.tee_type: " + std::to_string(type));
    }
  }
}

// ATTACK(T11)
TEST(TdxQuote, RejectsBodiesThatDoNotBelongToTheTeeType) {
  MadeQuote made = sgx_v3();
  made.tee_type = tdx::kTeeTypeTdx;
  expect_malformed(made, "must be 0 in version 3");
  made = v5(1, tdx::kSgxReportSize);
  made.tee_type = tdx::kTeeTypeTdx;
  expect_malformed(made, "quote.body_type: 1 does not belong to TEE type 129");
  for (const MadeQuote& honest : {v5(2, 584), v5(3, 648), v5(4, 885)}) {
    made = honest;
    made.tee_type = tdx::kTeeTypeSgx;
    expect_malformed(made, "does not belong to TEE type 0");
  }
}

// ATTACK(T11)
TEST(TdxQuote, RejectsBodyDescriptorsThatLie) {
  for (const std::uint16_t type : std::vector<std::uint16_t>{0, 5, 6, 0x100, 0xffff}) {
    expect_refused(v5(type, 584).bytes(), ErrorCode::unsupported, "quote.body_type: ");
  }
  for (const std::uint16_t type : std::vector<std::uint16_t>{1, 2, 3, 4}) {
    for (const std::size_t size : {384, 584, 648, 885}) {
      const auto quote = tdx::parse_quote(v5(type, size).bytes());
      const bool fits = (type == 1 && size == 384) || (type == 2 && size == 584) || (type == 3 && size == 648) ||
                        (type == 4 && size == 885);
      EXPECT_EQ(quote.has_value(), fits) << type << " " << size;
    }
    for (const int off : {-1, 1}) {
      MadeQuote made = v5(type, type == 1 ? 384 : type == 2 ? 584 : type == 3 ? 648 : 885);
      made.body_size = static_cast<std::uint32_t>(static_cast<int>(made.body_bytes) + off);
      expect_malformed(made, "quote.body_size: is ");
    }
  }
}

TEST(TdxQuote, FindsEveryFieldOfEveryKind) {
  for (MadeQuote made : every_kind()) {
    made.trailing = 3;
    const Bytes bytes = made.bytes();
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote.has_value()) << quote.error().message();
    EXPECT_EQ(quote->header.version, made.version);
    EXPECT_EQ(quote->header.attestation_key_type, tdx::kAttestationKeyEcdsaP256);
    EXPECT_EQ(quote->header.tee_type, made.tee_type);
    EXPECT_EQ(quote->header.qe_vendor_id, tdx::kIntelQeVendorId);
    EXPECT_TRUE(all(quote->header.user_data, 0xa1));
    EXPECT_EQ(quote->is_tdx(), made.tee_type == tdx::kTeeTypeTdx);
    EXPECT_EQ(quote->body.size(), made.body_bytes);
    EXPECT_TRUE(all(quote->body, 0xa2));
    // The descriptor of version 5 is signed, the length of the signature data is not.
    EXPECT_EQ(quote->signed_bytes.data(), bytes.data());
    EXPECT_EQ(quote->signed_bytes.size(), 48 + (made.version == 5 ? 6U : 0U) + made.body_bytes);
    EXPECT_EQ(quote->signature.size(), 64U);
    EXPECT_TRUE(all(quote->signature, 0xb1));
    EXPECT_EQ(quote->attestation_key.size(), 64U);
    EXPECT_TRUE(all(quote->attestation_key, 0xb2));
    EXPECT_EQ(quote->qe_report.size(), 384U);
    EXPECT_TRUE(all(quote->qe_report, 0xc1));
    EXPECT_EQ(quote->qe_report_signature.size(), 64U);
    EXPECT_TRUE(all(quote->qe_report_signature, 0xc2));
    EXPECT_EQ(quote->qe_auth_data.size(), 32U);
    EXPECT_TRUE(all(quote->qe_auth_data, 0xc3));
    EXPECT_EQ(quote->certification_type, 5);
    EXPECT_EQ(quote->certification_data.size(), 77U);
    EXPECT_TRUE(all(quote->certification_data, 0xc4));
    EXPECT_EQ(quote->trailing_bytes, 3U);
  }
}

TEST(TdxQuote, LeavesConstantsAndOtherCertificationTypesToTheVerifier) {
  for (const std::uint16_t type : std::vector<std::uint16_t>{0, 1, 2, 3, 4, 7, 8, 0xffff}) {
    MadeQuote made;
    made.inner_type = type;
    made.auth_bytes = 0;
    made.certification_bytes = 0;
    const Bytes bytes = made.bytes();
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote.has_value()) << quote.error().message();
    EXPECT_EQ(quote->certification_type, type);
    EXPECT_TRUE(quote->certification_data.empty());
    EXPECT_TRUE(quote->qe_auth_data.empty());
  }
  Bytes other = MadeQuote().bytes();
  other[2] = 3;
  other[12] ^= 0xff;
  const auto quote = tdx::parse_quote(other);
  ASSERT_TRUE(quote.has_value());
  EXPECT_EQ(quote->header.attestation_key_type, 3);
  EXPECT_NE(quote->header.qe_vendor_id, tdx::kIntelQeVendorId);
}

TEST(TdxQuote, ReadsTheTdReportByIntelsOffsets) {
  Bytes bytes = v5(4, tdx::kTdReport15ExtendedSize).bytes();
  for (std::size_t i = 0; i < tdx::kTdReport15ExtendedSize; ++i) {
    bytes[54 + i] = static_cast<std::uint8_t>(i % 251);
  }
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_TRUE(quote.has_value());
  const tdx::TdReport td = tdx::read_td_report(*quote);
  const auto at = [](ByteView field, std::size_t offset) {
    return field.front() == offset % 251 && field.back() == (offset + field.size() - 1) % 251;
  };
  EXPECT_TRUE(at(td.tee_tcb_svn, 0));
  EXPECT_TRUE(at(td.mr_seam, 16));
  EXPECT_TRUE(at(td.mr_signer_seam, 64));
  EXPECT_TRUE(at(td.seam_attributes, 112));
  EXPECT_TRUE(at(td.td_attributes, 120));
  EXPECT_TRUE(at(td.xfam, 128));
  EXPECT_TRUE(at(td.mr_td, 136));
  EXPECT_TRUE(at(td.mr_config_id, 184));
  EXPECT_TRUE(at(td.mr_owner, 232));
  EXPECT_TRUE(at(td.mr_owner_config, 280));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(at(td.rtmr[i], 328 + 48 * i));
  }
  EXPECT_TRUE(at(td.report_data, 520));
  ASSERT_TRUE(td.tee_tcb_svn2 && td.mr_service_td);
  EXPECT_TRUE(at(*td.tee_tcb_svn2, 584));
  EXPECT_TRUE(at(*td.mr_service_td, 600));
}

TEST(TdxQuote, HasNoNewerMembersInATdReport10) {
  const Bytes bytes = MadeQuote().bytes();
  const auto quote = tdx::parse_quote(bytes);
  ASSERT_TRUE(quote.has_value());
  EXPECT_FALSE(tdx::read_td_report(*quote).tee_tcb_svn2.has_value());
  EXPECT_FALSE(tdx::read_td_report(*quote).mr_service_td.has_value());
}

TEST(TdxQuote, ReadsTheSgxReportByIntelsOffsets) {
  std::array<std::uint8_t, tdx::kSgxReportSize> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i % 251);
  }
  const tdx::SgxReport report = tdx::read_sgx_report(bytes);
  EXPECT_EQ(report.cpu_svn[15], 15);
  EXPECT_EQ(report.misc_select, 0x13121110U);
  EXPECT_EQ(report.misc_select_bytes, (ByteArray<4>{0x10, 0x11, 0x12, 0x13}));
  EXPECT_EQ(report.attributes[0], 48);
  EXPECT_EQ(report.mr_enclave[0], 64);
  EXPECT_EQ(report.mr_signer[0], 128);
  EXPECT_EQ(report.isv_prod_id, 5 + (6 << 8));
  EXPECT_EQ(report.isv_svn, 7 + (8 << 8));
  EXPECT_EQ(report.report_data[63], (320 + 63) % 251);
}

TEST(TdxQuote, IsNotSeenInAnythingElse) {
  EXPECT_FALSE(tdx::looks_like_quote({}));
  EXPECT_FALSE(tdx::looks_like_quote(Bytes(4096, 0)));
  for (const std::string_view text : {"{\"format\":\"tenzro-report/1\"}", "-----BEGIN CERTIFICATE-----\n",
                                      "040002008100000000000000", "0x04000200810000", "\n\n\n\n\n\n\n\n\n\n"}) {
    EXPECT_FALSE(tdx::looks_like_quote(test::view(text))) << text;
  }
  EXPECT_FALSE(tdx::looks_like_quote(Bytes{0x30, 0x82, 0x02, 0x8f, 0x30, 0x82, 0x02, 0x34}));
  EXPECT_FALSE(tdx::looks_like_quote(Bytes{4, 0, 2, 0, 0x81, 0, 0}));
  EXPECT_TRUE(tdx::looks_like_quote(Bytes{4, 0, 2, 0, 0x81, 0, 0, 0}));
  for (const MadeQuote& made : every_kind()) {
    EXPECT_TRUE(tdx::looks_like_quote(made.bytes()));
  }
}

TEST(TdxQuote, SurvivesEveryByteSetToItsExtremes) {
  for (const MadeQuote& made : every_kind()) {
    const Bytes honest = made.bytes();
    for (std::size_t i = 0; i < honest.size(); ++i) {
      for (const std::uint8_t value : Bytes{0x00, 0x01, 0x7f, 0x80, 0xff}) {
        Bytes bytes = honest;
        bytes[i] = value;
        const auto quote = tdx::parse_quote(bytes);
        if (quote) {
          ASSERT_EQ(quote->trailing_bytes, 0U);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tenzro::tee
