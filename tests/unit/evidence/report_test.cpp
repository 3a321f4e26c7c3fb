// SPDX-License-Identifier: Apache-2.0
// What is recognised as evidence, and what is not.
#include "tenzro/tee/report.hpp"

#include <gtest/gtest.h>

#include "made/document.hpp"
#include "made/snp.hpp"
#include "made_quote.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee {
namespace {

using test::MadeQuote;

void expect_unknown(ByteView input, std::string_view part) {
  const auto report = parse_report(input);
  ASSERT_FALSE(report.has_value()) << part;
  EXPECT_EQ(report.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
  EXPECT_EQ(report.error().message().find('\n'), std::string::npos);
}
void expect_same(const std::string& text, const Bytes& quote) {
  const auto report = parse_report(test::view(text));
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(report->evidence, quote);
}

TEST(Report, RejectsWhatHasNoKnownForm) {
  expect_unknown({}, "the input is empty");
  expect_unknown(Bytes{4}, "no known form of evidence (tried the tenzro-report/1 envelope");
  expect_unknown(Bytes(kMaxReportInput, 0), "no known form");
  const auto binary = parse_report(Bytes(64, 0x80));
  ASSERT_FALSE(binary.has_value());
  EXPECT_TRUE(binary.error().message().ends_with(')')) << "it is no text: nothing of it is told";
  expect_unknown(Bytes(kMaxReportInput + 1, 0), "input has 8388609 bytes, at most 8388608 are read");
  expect_unknown(test::view(" \n\t "), "no known form");
  expect_unknown(test::view("hello world!"), "no known form");
  expect_unknown(test::view("0x"), "no known form");
  expect_unknown(test::view("deadbeef"), "it is hex or base64, but of nothing known");
  expect_unknown(test::view("aGVsbG8gd29ybGQ="), "it is hex or base64, but of nothing known");
  expect_unknown(test::view("[1,2,3]"), "no known form");
  expect_unknown(Bytes{6, 0, 2, 0, 0x81, 0, 0, 0, 0, 0, 0, 0}, "no known form");
}

TEST(Report, NamesWhatIsBrokenInTextThatBeginsLikeAQuote) {
  const std::string hex = to_hex(MadeQuote().bytes());
  expect_unknown(test::view(hex.substr(0, hex.size() - 1)), "hex: odd number of digits");
  expect_unknown(test::view(hex.substr(0, 2000) + "g" + hex.substr(2001)), "\"g\" at offset 2000 is no hex digit");
  expect_unknown(test::view("0x" + hex + "zz"), "is no hex digit");
  const std::string base64 = to_base64(MadeQuote().bytes());
  expect_unknown(test::view(base64.substr(0, base64.size() - 1)), "base64: length is not a multiple of 4");
  expect_unknown(test::view(base64.substr(0, 100) + "-" + base64.substr(101)),
                 "\"-\" at offset 100 is no base64 digit");
}

TEST(Report, DecodesTextOnlyOnce) {
  const std::string once = to_hex(MadeQuote().bytes());
  expect_unknown(test::view(to_hex(test::view(once))), "of nothing known");
  expect_unknown(test::view(to_base64(test::view(once))), "of nothing known");
}

TEST(Report, RecognisesNitroDocumentsRawAndAsText) {
  test::MadeDocument made;
  for (const bool tagged : {false, true}) {
    made.envelope.tag = tagged ? Bytes{0xd2} : Bytes{};
    const Bytes document = made.bytes();
    const auto raw = parse_report(document);
    ASSERT_TRUE(raw.has_value()) << raw.error().message();
    EXPECT_EQ(raw->platform, Platform::aws_nitro);
    EXPECT_EQ(raw->evidence, document);
    expect_same(to_hex(document), document);
    expect_same("0x" + to_hex(document) + "\n", document);
    expect_same(to_base64(document), document);
    // As tools print it: lines of 76 characters.
    std::string lines = to_base64(document);
    for (std::size_t at = 76; at < lines.size(); at += 77) {
      lines.insert(at, "\n");
    }
    expect_same(lines, document);
  }
  made.without("pcrs").set("nitrotpm_pcrs", test::cbor_map(test::MadeDocument::pcrs_of(24)));
  EXPECT_EQ(parse_report(made.bytes())->platform, Platform::aws_nitro_tpm);
  made.without("nitrotpm_pcrs");
  EXPECT_EQ(parse_report(made.bytes())->platform, Platform::aws_nitro) << "what is wrong with it, the verifier says";
}

TEST(Report, RecognisesQuotesRawAndAsText) {
  const Bytes quote = MadeQuote().bytes();
  const auto raw = parse_report(quote);
  ASSERT_TRUE(raw.has_value());
  EXPECT_EQ(raw->evidence, quote);
  const std::string hex = to_hex(quote);
  std::string upper = hex;
  for (char& c : upper) {
    c = static_cast<char>(std::toupper(c));
  }
  expect_same(hex, quote);
  expect_same(upper, quote);
  expect_same("0x" + hex, quote);
  expect_same("0X" + hex + "\r\n", quote);
  expect_same("\n " + hex.substr(0, 33) + " \t\n" + hex.substr(33) + "\n", quote);
  const std::string base64 = to_base64(quote);
  expect_same(base64, quote);
  expect_same(base64.substr(0, 64) + "\r\n" + base64.substr(64) + "\n\n", quote);
}

TEST(Report, TellsEnclavesFromTrustDomains) {
  for (const MadeQuote& made : test::every_kind()) {
    const auto report = parse_report(made.bytes());
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->platform, made.tee_type == tdx::kTeeTypeTdx ? Platform::intel_tdx : Platform::intel_sgx);
    EXPECT_FALSE(report->simulated);
  }
}

// The verifier then says which version or algorithm it is that it does not know.
TEST(Report, LeavesSnpReportsOfOtherVersionsAndAlgorithmsToTheVerifier) {
  test::MadeSnpReport newer;
  newer.version = 6;
  Bytes other = test::MadeSnpReport{}.bytes();
  test::put_le_at(other, test::snp_at::kSignatureAlgo, 2, 4);
  for (const Bytes& bytes : {newer.bytes(), other}) {
    const std::string hex = to_hex(bytes);
    for (const Bytes& input : {bytes, Bytes(hex.begin(), hex.end())}) {
      const auto report = parse_report(input);
      ASSERT_TRUE(report.has_value()) << report.error().message();
      EXPECT_EQ(report->platform, Platform::amd_sev_snp);
      EXPECT_EQ(report->evidence, bytes);
    }
  }
}

TEST(Report, LeavesAMalformedQuoteToTheVerifier) {
  const auto report = parse_report(Bytes{4, 0, 2, 0, 0x81, 0, 0, 0});
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->platform, Platform::intel_tdx);
  EXPECT_EQ(report->evidence.size(), 8U);
  EXPECT_TRUE(report->report_data_hex.empty());
  EXPECT_TRUE(report->signature_hex.empty());
  EXPECT_TRUE(report->firmware_version.empty());
  Bytes large = MadeQuote().bytes();
  large.resize(tdx::kMaxQuoteSize + 1);
  EXPECT_TRUE(parse_report(large).has_value());
}

TEST(Report, DescribesAQuoteForPeople) {
  Bytes quote = MadeQuote().bytes();
  quote[48] = 6;  // TEE_TCB_SVN: minor, then major
  quote[49] = 1;
  const auto report = parse_report(quote);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->firmware_version, "1.6");
  EXPECT_EQ(report->report_data_hex, to_hex(Bytes(64, 0xa2)));
  EXPECT_EQ(report->signature_hex, to_hex(Bytes(64, 0xb1)));
  const auto enclave = parse_report(test::sgx_v3().bytes());
  ASSERT_TRUE(enclave.has_value());
  EXPECT_EQ(enclave->firmware_version, std::to_string(0xc1c1));
  EXPECT_EQ(enclave->report_data_hex, to_hex(Bytes(64, 0xa2)));
}

}  // namespace
}  // namespace tenzro::tee
