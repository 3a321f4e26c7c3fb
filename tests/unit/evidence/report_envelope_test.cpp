// SPDX-License-Identifier: Apache-2.0
// The "tenzro-report/1" envelope: strict on the way in, one form on the way out.
#include <gtest/gtest.h>

#include "core/text.hpp"
#include "made/document.hpp"
#include "made_quote.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

Json good() {
  return {{"format", "tenzro-report/1"},
          {"platform", "intel-tdx"},
          {"simulated", false},
          {"evidence", to_base64(test::MadeQuote().bytes())},
          {"certificate_chain", Json::array()},
          {"generated_at", "2026-11-22T07:00:00Z"}};
}
void expect_refused(const std::string& text, std::string_view part) {
  const auto report = parse_report(test::view(text));
  ASSERT_FALSE(report.has_value()) << part;
  EXPECT_EQ(report.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(report.error().message().find(part), std::string::npos) << report.error().message();
}
void expect_refused_with(std::string_view member, const Json& value, std::string_view part) {
  Json envelope = good();
  envelope[std::string(member)] = value;
  expect_refused(envelope.dump(), part);
}

TEST(ReportEnvelope, RejectsOtherJson) {
  expect_refused("{}", "no known form of evidence");
  expect_refused("{\"quote\":\"0400\"}", "no known form of evidence: JSON without \"format\"");
  expect_refused_with("format", "tenzro-report/2", "no known form of evidence");
  expect_refused_with("format", 1, "no known form of evidence");
}

TEST(ReportEnvelope, RejectsBrokenJson) {
  const std::string text = good().dump();
  for (std::size_t size = 1; size < text.size(); size += 97) {
    EXPECT_FALSE(parse_report(test::view(text.substr(0, size))).has_value());
  }
  expect_refused(text + "x", "json");
  std::string twice = text;
  twice.insert(1, "\"platform\":\"intel-tdx\",");
  expect_refused(twice, "platform");
}

TEST(ReportEnvelope, RejectsUnknownAndMissingMembers) {
  expect_refused_with("Evidence", "", "unknown member \"Evidence\"");
  expect_refused_with("user_data", "", "unknown member \"user_data\"");
  for (const char* name : {"platform", "evidence"}) {
    Json envelope = good();
    envelope.erase(name);
    expect_refused(envelope.dump(), name);
  }
}

TEST(ReportEnvelope, RejectsPlatformsThatDoNotExist) {
  expect_refused_with("platform", "intel-tdx ", "unknown platform");
  expect_refused_with("platform", "Intel-TDX", "unknown platform");
  expect_refused_with("platform", "unknown", "unknown platform");
}

// ATTACK(X3): the verifier sees both names, and refuses.
TEST(ReportEnvelope, LeavesAQuoteUnderAnotherPlatformsNameToTheVerifier) {
  for (const char* name : {"amd-sev-snp", "aws-nitro", "nvidia-gpu", "intel-sgx", "aws-nitro-tpm"}) {
    Json envelope = good();
    envelope["platform"] = name;
    const auto report = parse_report(test::view(envelope.dump()));
    ASSERT_TRUE(report.has_value()) << report.error().message();
    EXPECT_EQ(to_string(report->platform), name);
  }
}

TEST(ReportEnvelope, CarriesNitroDocuments) {
  test::MadeDocument made;
  made.set("user_data", test::cbor_bytes({0xab, 0xcd}));
  for (const char* name : {"aws-nitro", "aws-nitro-tpm", "intel-tdx"}) {
    Json envelope = good();
    envelope["platform"] = name;
    envelope["evidence"] = to_base64(made.bytes());
    const auto report = parse_report(test::view(envelope.dump()));
    ASSERT_TRUE(report.has_value()) << report.error().message();
    EXPECT_EQ(report->evidence, made.bytes());
    EXPECT_EQ(to_string(report->platform), name) << "as claimed; the verifier sees both names";
    EXPECT_EQ(report->report_data_hex, "abcd");
    EXPECT_EQ(report->signature_hex, to_hex(Bytes(96, 0x5a)));
  }
}

TEST(ReportEnvelope, RejectsMembersOfAnotherType) {
  expect_refused_with("simulated", "false", "report.simulated: expected true or false");
  expect_refused_with("simulated", 0, "report.simulated");
  expect_refused_with("simulated", nullptr, "report.simulated");
  expect_refused_with("evidence", nullptr, "report.evidence");
  expect_refused_with("evidence", "", "report.evidence");
}

TEST(ReportEnvelope, RejectsBase64ThatIsNotStrict) {
  const std::string evidence = good()["evidence"];
  expect_refused_with("evidence", evidence + "\n", "report.evidence: base64");
  expect_refused_with("evidence", " " + evidence, "report.evidence: base64");
  expect_refused_with("evidence", evidence.substr(1), "report.evidence: base64");
  expect_refused_with("event_log", "A", "report.event_log: base64");
  expect_refused_with("event_log", nullptr, "report.event_log");
  expect_refused_with("certificate_chain", "MAA=", "report.certificate_chain");
  expect_refused_with("certificate_chain", Json::array({"MA"}), "report.certificate_chain[0]: base64");
  expect_refused_with("certificate_chain", Json::array({""}), "report.certificate_chain[0]");
}

// ATTACK(P8): each member at its cap, and one byte above it.
TEST(ReportEnvelope, RejectsMembersThatAreTooLarge) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  for (const char* name : {"evidence", "event_log", "runtime_data", "tpm_quote", "device_evidence"}) {
    expect_refused_with(name, to_base64(Bytes(kMiB + 1, 4)), concat("report.", name));
    Json envelope = good();
    envelope[name] = to_base64(Bytes(kMiB, 4));
    EXPECT_TRUE(parse_report(test::view(envelope.dump())).has_value()) << name;
  }
  expect_refused_with("certificate_chain", Json(std::vector<std::string>(17, "MAA=")), "report.certificate_chain");
}

TEST(ReportEnvelope, RejectsCollateralThatIsNoObject) {
  for (const Json& value : {Json("text"), Json(1), Json::array(), Json(nullptr)}) {
    expect_refused_with("collateral", value, "report.collateral: expected an object");
  }
}

TEST(ReportEnvelope, RejectsTimesAndTextsThatAreNone) {
  expect_refused_with("generated_at", "yesterday", "report.generated_at");
  expect_refused_with("generated_at", 1, "report.generated_at");
  expect_refused_with("report_data", 1, "report.report_data");
  expect_refused_with("signature", Json::array(), "report.signature");
  expect_refused_with("firmware_version", std::string(5000, '1'), "report.firmware_version");
}

TEST(ReportEnvelope, KeepsEveryMember) {
  Json envelope = good();
  envelope["simulated"] = true;
  envelope["certificate_chain"] = Json::array({"MAA=", "MAEA"});
  envelope["event_log"] = to_base64(test::view("log"));
  envelope["runtime_data"] = to_base64(test::view("runtime"));
  envelope["tpm_quote"] = to_base64(test::view("tpm"));
  envelope["device_evidence"] = to_base64(test::view("devices"));
  const auto report = parse_report(test::view(envelope.dump(2)));
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(report->platform, Platform::intel_tdx);
  EXPECT_TRUE(report->simulated);
  EXPECT_EQ(report->evidence, test::MadeQuote().bytes());
  ASSERT_EQ(report->certificate_chain.size(), 2U);
  EXPECT_EQ(to_hex(report->certificate_chain[1]), "300100");
  EXPECT_EQ(to_hex(report->event_log), to_hex(test::view("log")));
  EXPECT_EQ(to_hex(report->runtime_data), to_hex(test::view("runtime")));
  EXPECT_EQ(to_hex(report->tpm_quote), to_hex(test::view("tpm")));
  EXPECT_EQ(to_hex(report->device_evidence), to_hex(test::view("devices")));
  EXPECT_EQ(to_rfc3339(report->generated_at), "2026-11-22T07:00:00Z");
}

// ATTACK(T13)
TEST(ReportEnvelope, KeepsTheExactBytesOfTheCollateral) {
  const std::string collateral = "{ \"format\" : \"tenzro-collateral/1\",\n\t\"documents\":[ ] }";
  std::string text = good().dump();
  text.insert(text.size() - 1, ", \"collateral\" : " + collateral + " ");
  const auto report = parse_report(test::view(text));
  ASSERT_TRUE(report.has_value()) << report.error().message();
  EXPECT_EQ(std::string(report->collateral.begin(), report->collateral.end()), collateral);
  const auto again = parse_report(test::view(to_json(*report)));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->collateral, report->collateral);
}

TEST(ReportEnvelope, DerivesTheMembersForPeopleFromTheEvidence) {
  Json envelope = good();
  envelope["firmware_version"] = "99.99";
  envelope["report_data"] = "00";
  envelope["signature"] = "00";
  const auto report = parse_report(test::view(envelope.dump()));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->firmware_version, concat(0xa2, ".", 0xa2));
  EXPECT_EQ(report->report_data_hex, to_hex(Bytes(64, 0xa2)));
  EXPECT_EQ(report->signature_hex, to_hex(Bytes(64, 0xb1)));
  envelope["evidence"] = "AAAA";
  const auto broken = parse_report(test::view(envelope.dump()));
  ASSERT_TRUE(broken.has_value()) << "it is the verifier that says what is wrong with evidence";
  EXPECT_EQ(broken->firmware_version, "");
  EXPECT_EQ(broken->report_data_hex, "");
  EXPECT_EQ(broken->signature_hex, "");
}

TEST(ReportEnvelope, IsRecognisedAsHexAndBase64) {
  const std::string text = good().dump();
  for (const std::string& encoded : {to_hex(test::view(text)), to_base64(test::view(text))}) {
    const auto report = parse_report(test::view(encoded));
    ASSERT_TRUE(report.has_value()) << report.error().message();
    EXPECT_EQ(report->evidence, test::MadeQuote().bytes());
  }
}

TEST(ReportEnvelope, IsWrittenInTheOrderOfTheContract) {
  AttestationReport report;
  report.platform = Platform::intel_tdx;
  report.evidence = {1, 2, 3};
  report.certificate_chain = {{0x30, 0x00}, {0x30, 0x01, 0x00}};
  const std::string collateral = "{\"documents\":[]}";
  report.collateral.assign(collateral.begin(), collateral.end());
  report.event_log = {4};
  report.runtime_data = {5};
  report.tpm_quote = {6};
  report.device_evidence = {7};
  report.firmware_version = "1.\"6\xff";
  report.report_data_hex = "aa";
  report.signature_hex = "bb";
  EXPECT_EQ(to_json(report),
            "{\n  \"format\": \"tenzro-report/1\",\n  \"platform\": \"intel-tdx\",\n  \"simulated\": false,\n"
            "  \"evidence\": \"AQID\",\n  \"certificate_chain\": [\"MAA=\", \"MAEA\"],\n"
            "  \"collateral\": {\"documents\":[]},\n  \"event_log\": \"BA==\",\n  \"runtime_data\": \"BQ==\",\n"
            "  \"tpm_quote\": \"Bg==\",\n  \"device_evidence\": \"Bw==\",\n"
            "  \"generated_at\": \"1970-01-01T00:00:00Z\",\n  \"firmware_version\": \"1.\\\"6\xef\xbf\xbd\",\n"
            "  \"report_data\": \"aa\",\n  \"signature\": \"bb\"\n}");
}

TEST(ReportEnvelope, IsWrittenWithoutCollateralThatItWouldNotRead) {
  AttestationReport report;
  for (const std::string_view collateral : {"", "[]", "1", "\"text\"", "null", "{", "{}{}"}) {
    report.collateral.assign(collateral.begin(), collateral.end());
    EXPECT_EQ(to_json(report).find("collateral"), std::string::npos) << collateral;
  }
}

TEST(ReportEnvelope, ComesBackAsItWasWritten) {
  const auto raw = parse_report(test::sgx_v3().bytes());
  ASSERT_TRUE(raw.has_value());
  const std::string text = to_json(*raw);
  const auto again = parse_report(test::view(text));
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->platform, Platform::intel_sgx);
  EXPECT_EQ(again->evidence, raw->evidence);
  EXPECT_EQ(to_json(*again), text);
}

}  // namespace
}  // namespace tenzro::tee
