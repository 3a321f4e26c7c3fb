// SPDX-License-Identifier: Apache-2.0
// `tenzro verify` and `inspect` on real SEV-SNP reports: alone and extended, with files and without, of Azure guests.
#include <gtest/gtest.h>

#include <set>

#include "cli/golden.hpp"
#include "cli/process.hpp"
#include "support/snp_vectors.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {
namespace {

using Arguments = std::vector<std::string>;
using Codes = std::set<std::string>;

const std::string kAt = "2026-09-21T14:13:20Z";  // the manifest's time for most of them

std::string file(const std::string& relative) { return (vectors_dir() / "sev-snp" / relative).string(); }

Codes codes(const Outcome& outcome, const char* list = "failures") {
  Codes out;
  const Json document = outcome.json();
  for (const auto& finding : document.value(list, Json::array())) {
    out.insert(finding["code"].get<std::string>());
  }
  return out;
}
void expect_rejected(const Outcome& outcome, const Codes& wanted) {
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.json()["valid"], false);
  EXPECT_EQ(outcome.json()["platform"], "amd-sev-snp");
  EXPECT_EQ(codes(outcome), wanted) << outcome.out;
}
void expect_accepted(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.json()["valid"], true);
}

class CliSnp : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
  }
  /// more: options and the report.
  static Outcome verify(const Arguments& more, const std::string& at = kAt) {
    Arguments arguments = {"verify", "--offline", "--json", "--at", at};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tenzro(arguments);
  }
  /// A Turin, with what it takes.
  static Outcome verify_turin(const Arguments& more, const std::string& at = kAt) {
    Arguments arguments = {"--collateral", kVcek, "--collateral", kLists};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return verify(arguments, at);
  }

  inline static const std::string kReport = file("s07_turin_v5/report.bin");
  inline static const std::string kVcek = file("s07_turin_v5/vcek.pem");
  inline static const std::string kLists = file("crl");
  Scratch scratch;
};

TEST_F(CliSnp, AReportWithItsVcekAndListPasses) {
  const Outcome outcome = verify_turin({kReport});
  expect_accepted(outcome);
  const Json verdict = outcome.json();
  EXPECT_EQ(verdict["platform"], "amd-sev-snp");
  EXPECT_EQ(verdict["simulated"], false);
  EXPECT_EQ(verdict["firmware_version"], "1.55.65");
  for (const char* flag : {"platform_verified", "signature_verified", "certificate_chain_verified"}) {
    EXPECT_EQ(verdict[flag], true) << flag;
  }
  EXPECT_EQ(verdict["freshness_verified"], false);
  EXPECT_TRUE(verdict["user_data_verified"].is_null());
  EXPECT_EQ(verdict["trust_anchors"], "pinned");
  EXPECT_EQ(verdict["certificates"].size(), 3U);
  EXPECT_EQ(verdict["collateral"][0]["kind"], "amd_crl");
  EXPECT_EQ(verdict["valid_until"], verdict["collateral"][0]["next_update"]);
  EXPECT_TRUE(codes(outcome, "warnings").contains("replay_not_ruled_out"));
  expect_golden("verify_snp_turin_v5.json", outcome.out);
}

TEST_F(CliSnp, AReportIsTakenRawAndAsText) {
  const std::string expected = verify_turin({kReport}).out;
  const Bytes bytes = read_vector("sev-snp/s07_turin_v5/report.bin");
  EXPECT_EQ(verify_turin({scratch.write("hex", to_hex(bytes) + "\n")}).out, expected);
  EXPECT_EQ(verify_turin({scratch.write("base64", to_base64(bytes) + "\n")}).out, expected);
  Arguments arguments = {"verify", "--offline", "--json", "--at", kAt, "--collateral", kVcek, "--collateral", kLists};
  EXPECT_EQ(run({.arguments = arguments, .stdin_bytes = bytes}).out, expected);
  AttestationReport envelope = parse_report(bytes).value();
  EXPECT_EQ(verify_turin({scratch.write("envelope", to_json(envelope))}).out, expected);
  envelope.certificate_chain = certificates_in(read_vector("sev-snp/s07_turin_v5/vcek.pem"));
  expect_accepted(verify({"--collateral", kLists, scratch.write("chained", to_json(envelope))}));
}

TEST_F(CliSnp, AnExtendedReportBringsItsCertificates) {
  const Bytes extended = snp_evidence(snp_entry("cases", "s12"));
  const std::string path = scratch.write("extended", extended);
  const Outcome outcome = verify({"--collateral", kLists, path});
  expect_accepted(outcome);
  EXPECT_EQ(outcome.json()["claims"]["product"], "Genoa");
  EXPECT_EQ(outcome.json()["certificates"].size(), 3U);
  // Without lists nothing is missing but them.
  const Outcome without = verify({path});
  EXPECT_EQ(without.exit_code, 4);
  EXPECT_EQ(codes(without), Codes{"revocation_missing"});
  // The report alone, whose certificates were in the table.
  const std::string alone = scratch.write("alone", ByteView(extended).first(snp::kReportSize));
  const Outcome bare = verify({"--collateral", kLists, alone});
  EXPECT_EQ(bare.exit_code, 4);
  EXPECT_EQ(codes(bare), Codes{"collateral_missing"});
  // A table that ends too early.
  Bytes cut = extended;
  cut.resize(cut.size() - 1);
  expect_rejected(verify({"--collateral", kLists, scratch.write("cut", cut)}), {"malformed_evidence"});
}

TEST_F(CliSnp, MissingCollateralIsNoRejection) {
  for (const Arguments& given : {Arguments{kReport}, Arguments{"--collateral", kLists, kReport}}) {
    const Outcome outcome = verify(given);
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_EQ(codes(outcome), Codes{"collateral_missing"});
    const std::string message = outcome.json()["failures"][0]["message"];
    EXPECT_NE(message.find("VCEK certificate of Turin, chip 59790fb1c39f35c1"), std::string::npos) << message;
    EXPECT_NE(message.find("TCB 0101010400000051"), std::string::npos) << message;
  }
  const Outcome no_list = verify({"--collateral", kVcek, kReport});
  EXPECT_EQ(no_list.exit_code, 4);
  EXPECT_EQ(codes(no_list), Codes{"revocation_missing"});
  EXPECT_EQ(no_list.json()["certificate_chain_verified"], false);
}

TEST_F(CliSnp, RevocationMayBeRelaxedByName) {
  const Outcome off = verify({"--revocation", "off", "--collateral", kVcek, kReport});
  expect_accepted(off);
  EXPECT_TRUE(codes(off, "warnings").contains("revocation_not_checked"));
  const Outcome lenient = verify({"--revocation", "if-available", "--collateral", kVcek, kReport});
  expect_accepted(lenient);
  EXPECT_TRUE(codes(lenient, "warnings").contains("revocation_missing"));
  // A list that is there and stale is no missing one.
  for (const std::string mode : {"require", "if-available"}) {
    expect_rejected(verify_turin({"--revocation", mode, kReport}, "2026-10-04T00:00:00Z"), {"collateral_expired"});
  }
}

// ATTACK(X10)
TEST_F(CliSnp, DatesAreJudgedAsOfTheGivenTime) {
  expect_accepted(verify_turin({"--revocation", "off", kReport}, "2026-02-05T01:04:33Z"));
  expect_rejected(verify_turin({"--revocation", "off", kReport}, "2026-02-05T01:04:32Z"),
                  {"certificate_not_yet_valid"});
  expect_accepted(verify_turin({"--revocation", "off", kReport}, "2033-02-05T01:04:32Z"));
  expect_rejected(verify_turin({"--revocation", "off", kReport}, "2033-02-05T01:04:33Z"), {"certificate_expired"});
}

// ATTACK(S4) ATTACK(S5): genuine, and refused.
TEST_F(CliSnp, GenuineIsNotGoodEnough) {
  const Outcome debug = verify({"--collateral", file("s01_milan_v2_debug/vcek.der"), "--collateral", kLists,
                                file("s01_milan_v2_debug/report.bin")});
  expect_rejected(debug, {"guest_debug"});
  EXPECT_EQ(debug.json()["signature_verified"], true);
  EXPECT_EQ(debug.json()["certificate_chain_verified"], true);
  EXPECT_EQ(debug.json()["claims"]["debug"], true);
  const Outcome vmpl = verify({"--revocation", "off", "--collateral", file("s04_milan_v3_vlek_vmpl1/vlek.der"),
                               file("s04_milan_v3_vlek_vmpl1/report.bin")},
                              "2025-06-01T00:00:00Z");
  expect_rejected(vmpl, {"vmpl_not_allowed"});
  EXPECT_EQ(vmpl.json()["claims"]["signing_key"], "vlek");
}

// ATTACK(S1) ATTACK(S11)
TEST_F(CliSnp, AlteredReportsAndForeignCertificatesAreRejected) {
  const Bytes report = read_vector("sev-snp/s07_turin_v5/report.bin");
  Bytes flipped = report;
  flipped[0x90] ^= 1;
  expect_rejected(verify_turin({scratch.write("flipped", flipped)}), {"report_signature_invalid"});
  flipped = report;
  flipped[0x330] = 1;
  expect_rejected(verify_turin({scratch.write("tail", flipped)}), {"reserved_bytes_not_zero"});
  const Bytes shorter(report.begin(), report.end() - 1);
  expect_rejected(verify_turin({scratch.write("shorter", shorter)}), {"malformed_evidence"});
  Bytes longer = report;
  longer.push_back(0);
  expect_rejected(verify_turin({scratch.write("longer", longer)}), {"malformed_evidence"});
  // Another chip of the same product.
  expect_rejected(verify({"--collateral", file("s08_turin_v5_fw158/vcek.der"), "--collateral", kLists, kReport}),
                  {"report_signature_invalid"});
  // Another product's.
  expect_rejected(verify({"--collateral", file("s09_genoa_zen4c_v5/vcek.der"), "--collateral", kLists, kReport}),
                  {"product_mismatch"});
}

TEST_F(CliSnp, ThePlatformIsTheOneAskedFor) {
  expect_accepted(verify_turin({"--platform", "amd-sev-snp", kReport}));
  expect_rejected(verify_turin({"--platform", "intel-tdx", kReport}), {"platform_mismatch"});
  // ATTACK(P9)
  AttestationReport envelope = parse_report(read_vector("sev-snp/s07_turin_v5/report.bin")).value();
  envelope.platform = Platform::intel_tdx;
  expect_rejected(verify_turin({scratch.write("mislabelled", to_json(envelope))}), {"platform_mismatch"});
  envelope.platform = Platform::amd_sev_snp;
  envelope.simulated = true;
  expect_rejected(verify_turin({scratch.write("simulated", to_json(envelope))}), {"simulated_mismatch"});
}

// ATTACK(X2)
TEST_F(CliSnp, ATrustAnchorReplacesThePinnedRoots) {
  const Outcome own = verify_turin({"--trust-anchor", file("roots/turin_ark.pem"), kReport});
  expect_accepted(own);
  EXPECT_EQ(own.json()["trust_anchors"], "custom");
  expect_rejected(verify_turin({"--trust-anchor", file("roots/genoa_ark.pem"), kReport}), {"untrusted_root"});
}

TEST_F(CliSnp, ReportDataIsComparedWhole) {
  const Arguments zen4c = {"--collateral", file("s09_genoa_zen4c_v5/vcek.der"), "--collateral", kLists};
  const auto bound = [&](const std::string& option, const std::string& value) {
    Arguments arguments = zen4c;
    arguments.insert(arguments.end(), {option, value, file("s09_genoa_zen4c_v5/report.bin")});
    return verify(arguments);
  };
  for (const Outcome& good :
       {bound("--user-data", "hello-attestation"), bound("--user-data-hex", to_hex(view("hello-attestation"))),
        bound("--user-data-file", scratch.write("data", "hello-attestation"))}) {
    expect_accepted(good);
    EXPECT_EQ(good.json()["user_data_verified"], true);
    EXPECT_EQ(good.json()["freshness_verified"], true);
    EXPECT_FALSE(codes(good, "warnings").contains("replay_not_ruled_out"));
  }
  // ATTACK(B5)
  for (const std::string other : {"hello-attestatio", "hello-attestation!", "Hello-attestation"}) {
    const Outcome bad = bound("--user-data", other);
    expect_rejected(bad, {"user_data_mismatch"});
    EXPECT_EQ(bad.json()["user_data_verified"], false);
    EXPECT_EQ(bad.json()["freshness_verified"], false);
    EXPECT_EQ(bad.json()["failures"][0]["check"], "user_data");
  }
}

TEST_F(CliSnp, WhatMakesNoSenseIsAUsageError) {
  for (const Arguments& more : {Arguments{"--nonce-hex", "00", kReport},
                                {"--user-data", "a", "--user-data-hex", "61", kReport},
                                {"--user-data-hex", "6", kReport},
                                {"--revocation", "sometimes", kReport},
                                {"--platform", "amd", kReport}}) {
    const Outcome outcome = verify_turin(more);
    EXPECT_EQ(outcome.exit_code, 2) << more[0] << outcome.out;
    EXPECT_TRUE(outcome.json().contains("error"));
    expect_one_clear_line(outcome.err);
  }
}

TEST_F(CliSnp, WhatCannotBeReadIsAnInputError) {
  const std::string empty = scratch.write("empty", "");
  const std::string nonsense = scratch.write("nonsense", "this is no collateral");
  const Bytes report = read_vector("sev-snp/s07_turin_v5/report.bin");
  const std::string unknown = scratch.write("unknown", ByteView(report).first(0x37));
  for (const Arguments& more : {Arguments{"--runtime-data", empty, kReport},
                                {"--tpm-quote", empty, kReport},
                                {"--runtime-data", (scratch / "missing").string(), kReport},
                                {"--tpm-quote", scratch.path().string(), kReport},
                                {"--collateral", nonsense, kReport},
                                {"--trust-anchor", (scratch / "missing").string(), kReport},
                                {unknown},
                                {scratch.path().string()}}) {
    const Outcome outcome = verify_turin(more);
    EXPECT_EQ(outcome.exit_code, 3) << more[0] << outcome.out;
    EXPECT_TRUE(outcome.json().contains("error"));
    expect_one_clear_line(outcome.err);
  }
}

TEST_F(CliSnp, WhatNobodyJudgesIsRefused) {
  const std::string something = scratch.write("something", "{}");
  expect_rejected(verify_turin({"--event-log", something, kReport}), {"event_log_not_supported"});
  expect_rejected(verify_turin({"--tpm-quote", something, kReport}), {"runtime_data_missing"});
  expect_rejected(verify_turin({"--runtime-data", something, kReport}), {"runtime_data_mismatch"});
}

// --- Azure guests.
class CliAzure : public CliSnp {
 protected:
  static Outcome verify_azure(const Arguments& more, const std::string& evidence = kBlob) {
    Arguments arguments = {"--collateral", file("s10_azure_hcl_v2/vcek_and_chain.pem"), "--collateral", kLists};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(evidence);
    return verify(arguments);
  }
  static Bytes blob() { return read_vector("sev-snp/s10_azure_hcl_v2/hcl-report.bin"); }
  std::string report_alone() const { return scratch.write("report", ByteView(blob()).subspan(32, snp::kReportSize)); }
  static std::string runtime_claims() {
    const Bytes bytes = blob();
    const std::string text(bytes.begin() + 0x4d4, bytes.end());
    return text.substr(0, text.find('\0'));
  }

  inline static const std::string kBlob = file("s10_azure_hcl_v2/hcl-report.bin");
  inline static const std::string kQuote = file("s10_azure_hcl_v2/tpm-quote-v1.json");
};

TEST_F(CliAzure, ABlobWithItsQuoteAnswersTheChallenge) {
  const Outcome outcome = verify_azure({"--tpm-quote", kQuote, "--user-data", "challenge"});
  expect_accepted(outcome);
  const Json verdict = outcome.json();
  EXPECT_EQ(verdict["user_data_verified"], true);
  EXPECT_EQ(verdict["freshness_verified"], true);
  EXPECT_EQ(verdict["claims"]["azure_runtime_data_sha256"],
            verdict["claims"]["report_data"].get<std::string>().substr(0, 64));
  EXPECT_EQ(verdict["claims"]["azure_runtime_data"], runtime_claims());
  EXPECT_EQ(verdict["claims"]["vtpm_pcrs"].size(), 24U);
  EXPECT_FALSE(codes(outcome, "warnings").contains("vtpm_quote_missing"));
  expect_rejected(verify_azure({"--tpm-quote", kQuote, "--user-data", "another"}), {"user_data_mismatch"});
}

TEST_F(CliAzure, WithoutAQuoteOnlyTheParavisorIsKnown) {
  const Outcome outcome = verify_azure({});
  expect_accepted(outcome);
  EXPECT_TRUE(codes(outcome, "warnings").contains("vtpm_quote_missing"));
  EXPECT_FALSE(outcome.json()["claims"].contains("vtpm_pcrs") && !outcome.json()["claims"]["vtpm_pcrs"].empty());
  expect_rejected(verify_azure({"--user-data", "challenge"}), {"paravisor_not_accepted"});
  expect_rejected(verify_azure({"--user-data", "challenge", "--accept-paravisor"}), {"user_data_mismatch"});
}

TEST_F(CliAzure, RuntimeDataMayComeBesideTheReport) {
  const std::string report = report_alone();
  const Outcome whole = verify_azure({"--runtime-data", kBlob, "--tpm-quote", kQuote}, report);
  expect_accepted(whole);
  const Outcome json =
      verify_azure({"--runtime-data", scratch.write("claims.json", runtime_claims()), "--tpm-quote", kQuote}, report);
  expect_accepted(json);
  EXPECT_EQ(json.out, whole.out);
  EXPECT_EQ(verify_azure({"--tpm-quote", kQuote}).json()["claims"], whole.json()["claims"]);
  expect_rejected(verify_azure({"--tpm-quote", kQuote}, report), {"runtime_data_missing"});
}

// ATTACK(B8)
TEST_F(CliAzure, ForeignOrAlteredRuntimeDataAreRejected) {
  const std::string report = report_alone();
  expect_rejected(verify_azure({"--runtime-data", file("s14_mismatch_other_chip/hcl-report-snp.bin")}, report),
                  {"runtime_data_mismatch"});
  std::string altered = runtime_claims();
  altered.back() = ' ';
  expect_rejected(verify_azure({"--runtime-data", scratch.write("altered", altered)}, report),
                  {"runtime_data_mismatch"});
  expect_rejected(verify_azure({"--runtime-data", scratch.write("longer", runtime_claims() + "\n")}, report),
                  {"runtime_data_mismatch"});
  Bytes flipped = blob();
  flipped[0x4d4 + 10] ^= 1;
  expect_rejected(verify_azure({}, scratch.write("flipped", flipped)), {"runtime_data_mismatch"});
  // Beside a blob that encloses others.
  expect_rejected(verify_azure({"--runtime-data", scratch.write("other", altered)}), {"runtime_data_mismatch"});
  flipped = blob();
  flipped[0x100] ^= 1;
  expect_rejected(verify_azure({}, scratch.write("report_flipped", flipped)), {"report_signature_invalid"});
}

// ATTACK(B8)
TEST_F(CliAzure, ForeignOrAlteredQuotesAreRejected) {
  nlohmann::json quote = read_vector_json("sev-snp/s10_azure_hcl_v2/tpm-quote-v1.json");
  const auto judged = [&](const nlohmann::json& given) {
    return verify_azure({"--tpm-quote", scratch.write("quote", given.dump())});
  };
  expect_accepted(judged(quote));
  nlohmann::json foreign = quote;
  foreign["message"] = to_hex(read_vector("sev-snp/s10_azure_hcl_v2/tpm-quote.msg"));
  foreign["signature"] = to_hex(read_vector("sev-snp/s10_azure_hcl_v2/tpm-quote.sig"));
  expect_rejected(judged(foreign), {"tpm_quote_signature_invalid"});
  nlohmann::json altered = quote;
  altered["pcrs"][4] = to_hex(Bytes(32, 0xee));
  expect_rejected(judged(altered), {"tpm_quote_digest_mismatch"});
  altered = quote;
  altered["pcrs"].erase(23);
  expect_rejected(judged(altered), {"tpm_quote_malformed"});
  expect_rejected(verify_azure({"--tpm-quote", scratch.write("none", "no quote")}), {"tpm_quote_malformed"});
}

TEST_F(CliAzure, ATdxBlobAloneProvesNothing) {
  const Outcome outcome = verify({(vectors_dir() / "tdx/azure/hcl_report.bin").string()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.err.find("--runtime-data"), std::string::npos) << outcome.err;
}

// --- All of them, and inspect.
TEST_F(CliSnp, SameVerdictAsTheLibraryForEveryCase) {
  std::size_t judged = 0;
  for (const auto& one : snp_entries("cases")) {
    SCOPED_TRACE(one["id"].get<std::string>());
    const Bytes evidence = snp_evidence(one);
    const std::string path = scratch.write("evidence", evidence);
    const UtcTime at{std::chrono::seconds(one["verify_at_unix"].get<std::int64_t>())};
    Arguments arguments = {"verify", "--offline", "--json", "--revocation", "off", "--at", to_rfc3339(at)};
    std::vector<std::filesystem::path> files;
    std::size_t number = 0;
    for (const Bytes& certificate : snp_certificates(one)) {
      files.emplace_back(scratch.write("certificate" + std::to_string(number++), certificate));
      arguments.insert(arguments.end(), {"--collateral", files.back().string()});
    }
    arguments.push_back(path);
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
    options.at(at).revocation(Revocation::off);
    const auto source = files.empty() ? no_collateral() : offline_collateral(files).value();
    const VerificationResult verdict = AttestationVerifier(source).verify(parse_report(evidence).value(), options);
    const Outcome outcome = run_tenzro(arguments);
    EXPECT_EQ(outcome.out, to_json(verdict) + "\n");
    EXPECT_EQ(outcome.err, "");
    const bool only_missing = one.value("parse_only", false);
    EXPECT_EQ(outcome.exit_code, verdict.valid() ? 0 : only_missing ? 4 : 1);
    const Outcome inspected = run_tenzro({"inspect", path, "--json"});
    EXPECT_EQ(inspected.exit_code, 0);
    const Json shown = inspected.json()["claims"], judged_claims = outcome.json()["claims"];
    for (const auto& [name, value] : shown.items()) {
      if (name != "product") {  // a verdict knows it from the certificate too
        EXPECT_EQ(value, judged_claims[name]) << name;
      }
    }
    ++judged;
  }
  EXPECT_EQ(judged, 16U);
}

TEST_F(CliSnp, InspectionOfAnExtendedReportStaysAsItWas) {
  const std::string path = scratch.write("extended", snp_evidence(snp_entry("cases", "s12")));
  const Outcome outcome = run_tenzro({"inspect", path, "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_golden("inspect_snp_genoa_extended.json", outcome.out);
  const Outcome text = run_tenzro({"inspect", path});
  EXPECT_TRUE(text.out.starts_with("snp_report (decoded, not verified)\n")) << text.out;
  EXPECT_NE(text.out.find("platform_info_set: smt_en, ecc_en, alias_check_complete\n"), std::string::npos);
}

TEST_F(CliSnp, TextSaysWhatAPersonWants) {
  const Outcome text =
      run_tenzro({"verify", "--offline", "--at", kAt, "--collateral", kVcek, "--collateral", kLists, kReport});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(text.out.starts_with("PASSED  amd-sev-snp\n")) << text.out;
  for (const std::string_view line :
       {"  Firmware          1.55.65\n", "  product: Turin\n", "  signing_key: vcek\n", "  debug: no\n",
        "  Status            UpToDate\n", "  [2] Subject: CN=ARK-Turin,"}) {
    EXPECT_NE(text.out.find(line), std::string::npos) << line << " is not in\n" << text.out;
  }
}

}  // namespace
}  // namespace tenzro::tee::test
