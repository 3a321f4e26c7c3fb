// SPDX-License-Identifier: Apache-2.0
// The verdict document and the exit codes of `tenzro verify`, on evidence made here.
#include <gtest/gtest.h>

#include "cli/contract.hpp"
#include "cli/evidence.hpp"
#include "collateral/bundle.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {
namespace {

class CliVerify : public testing::Test {
 protected:
  Outcome verify(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"verify", report, "--at", kJudgedAt, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tenzro(arguments);
  }
  Scratch scratch;
  std::string text = simulated_report();
  std::string report = scratch.write("report.json", text);
};

TEST_F(CliVerify, SimulatedEvidenceNeedsPermission) {
  const Outcome outcome = verify({});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const Json verdict = outcome.json();
  expect_contract(verdict);
  EXPECT_EQ(verdict["valid"], false);
  EXPECT_EQ(verdict["simulated"], true);
  EXPECT_EQ(verdict["failures"][0]["check"], "platform");
}

// ATTACK(B16): an environment variable grants nothing.
TEST_F(CliVerify, EnvironmentGrantsNoSimulation) {
  const Outcome outcome = run({.arguments = {"verify", report, "--at", kJudgedAt, "--json"},
                               .environment = {"TENZRO_SIMULATE_TDX=true", "TENZRO_ALLOW_SIMULATED=true"}});
  EXPECT_EQ(outcome.exit_code, 1);
}

TEST_F(CliVerify, AcceptedVerdictHasExactlyTheContractsKeysInOrder) {
  const Outcome outcome = verify({"--allow-simulated"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const Json verdict = outcome.json();
  expect_contract(verdict);
  EXPECT_EQ(keys(verdict["claims"]), kTdClaimKeys);
  EXPECT_EQ(verdict["valid"], true);
  EXPECT_EQ(verdict["platform"], "intel-tdx");
  EXPECT_EQ(verdict["simulated"], true);
  EXPECT_EQ(verdict["trust_anchors"], "simulated");
  EXPECT_EQ(verdict["platform_verified"], true);
  EXPECT_EQ(verdict["signature_verified"], true);
  EXPECT_EQ(verdict["certificate_chain_verified"], true);
  EXPECT_EQ(verdict["freshness_verified"], false);
  EXPECT_TRUE(verdict["user_data_verified"].is_null());
  EXPECT_TRUE(verdict["nonce_verified"].is_null());
  EXPECT_TRUE(verdict["policy_verified"].is_null());
  EXPECT_TRUE(verdict["policy"].is_null());
  EXPECT_EQ(verdict["devices"], Json::array());
  EXPECT_EQ(verdict["verified_at"], kJudgedAt);
  EXPECT_EQ(verdict["tcb"]["status"], "UpToDate");
  EXPECT_EQ(verdict["certificates"].size(), 3U);
  EXPECT_EQ(verdict["collateral"].size(), 4U);
  bool replay = false;
  for (const Json& warning : verdict["warnings"]) {
    replay |= warning["code"] == "replay_not_ruled_out";
  }
  EXPECT_TRUE(replay);
}

TEST_F(CliVerify, SameVerdictAsTheLibrary) {
  const auto parsed = parse_report(view(text));
  ASSERT_TRUE(parsed);
  const AttestationVerifier verifier(no_collateral());
  const VerificationResult verdict =
      verifier.verify(*parsed, VerifyOptions::unbound_replay_possible()
                                   .at(*from_rfc3339(kJudgedAt))
                                   .accept_simulated(InsecureSimulation::for_development_only()));
  EXPECT_EQ(verify({"--allow-simulated"}).out, to_json(verdict) + "\n");
}

TEST_F(CliVerify, ReadsStandardInputAndTextForms) {
  const std::string expected = verify({"--allow-simulated"}).out;
  const std::vector<std::string> options = {"--allow-simulated", "--at", kJudgedAt, "--json"};
  const auto piped = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run({.arguments = std::move(arguments), .stdin_bytes = Bytes(text.begin(), text.end())});
  };
  EXPECT_EQ(piped({"verify"}).out, expected);
  EXPECT_EQ(piped({"verify", "-"}).out, expected);

  const Foreign foreign;
  const std::string root = scratch.write("root.der", foreign.root());
  const std::string bundle = scratch.write("bundle.json", collateral::bundle_to_json(foreign.collateral()));
  const Bytes quote = foreign.quote();
  std::string wrapped = to_hex(quote);
  for (std::size_t at = 64; at < wrapped.size(); at += 65) {
    wrapped.insert(at, "\n");
  }
  for (const std::string& path :
       {scratch.write("raw", quote), scratch.write("hex", wrapped), scratch.write("base64", to_base64(quote) + "\n")}) {
    const Outcome outcome =
        run_tenzro({"verify", path, "--at", kJudgedAt, "--trust-anchor", root, "--collateral", bundle, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << path << outcome.out << outcome.err;
  }
}

TEST_F(CliVerify, PemTrustAnchorsWorkToo) {
  const Foreign foreign;
  const std::string base64 = to_base64(foreign.root());
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) {
    pem += base64.substr(at, 64) + "\n";
  }
  pem += "-----END CERTIFICATE-----\n";
  const Outcome outcome =
      run_tenzro({"verify", scratch.write("quote", foreign.quote()), "--at", kJudgedAt, "--trust-anchor",
                  scratch.write("root.pem", pem), "--collateral",
                  scratch.write("bundle.json", collateral::bundle_to_json(foreign.collateral())), "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["trust_anchors"], "custom");
}

// ATTACK(X2): a foreign hierarchy of the same names.
TEST_F(CliVerify, ForeignRootIsRejected) {
  const Foreign foreign;
  const Outcome outcome = run_tenzro(
      {"verify", scratch.write("quote", foreign.quote()), "--at", kJudgedAt, "--allow-simulated", "--collateral",
       scratch.write("bundle.json", collateral::bundle_to_json(foreign.collateral())), "--json"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  const Json verdict = outcome.json();
  expect_contract(verdict);
  EXPECT_EQ(verdict["certificate_chain_verified"], false);
}

TEST_F(CliVerify, MalformedEvidenceOfARecognisedPlatformIsAVerdict) {
  const simulated::TdxEvidenceMaker maker;
  Bytes quote = maker.quote(simulated::tdx_quote_spec());
  quote.resize(700);
  const Outcome outcome = run_tenzro({"verify", scratch.write("cut", quote), "--at", kJudgedAt, "--json"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  const Json verdict = outcome.json();
  expect_contract(verdict);
  EXPECT_EQ(verdict["failures"][0]["check"], "format");
}

TEST_F(CliVerify, UserDataIsComparedHoweverItIsGiven) {
  const std::string data = "the caller's own bytes";
  const auto expected = ReportData::from_caller_data(view(data));
  ASSERT_TRUE(expected);
  const simulated::TdxEvidenceMaker maker;
  simulated::QuoteSpec spec = simulated::tdx_quote_spec();
  std::copy(expected->bytes().begin(), expected->bytes().end(), spec.td.report_data.begin());
  report = scratch.write("bound.json", to_json(maker.report(spec, issued())));
  for (const std::vector<std::string>& how : {std::vector<std::string>{"--user-data", data},
                                              {"--user-data-hex", to_hex(view(data))},
                                              {"--user-data-file", scratch.write("data", data)}}) {
    const Outcome outcome = verify({"--allow-simulated", how[0], how[1]});
    EXPECT_EQ(outcome.exit_code, 0) << how[0] << outcome.out << outcome.err;
    const Json verdict = outcome.json();
    EXPECT_EQ(verdict["user_data_verified"], true);
    EXPECT_EQ(verdict["freshness_verified"], true);
  }
  // ATTACK(B12): a replayed report, bound to something else.
  const Outcome replay = verify({"--allow-simulated", "--user-data", "another challenge"});
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_EQ(replay.json()["user_data_verified"], false);
  EXPECT_EQ(replay.json()["failures"][0]["check"], "user_data");
}

TEST_F(CliVerify, OtherPlatformThanAskedForIsRejected) {
  EXPECT_EQ(verify({"--allow-simulated", "--platform", "intel-tdx"}).exit_code, 0);
  for (const std::string other : {"amd-sev-snp", "aws-nitro", "nvidia-gpu", "intel-sgx", "aws-nitro-tpm"}) {
    const Outcome outcome = verify({"--allow-simulated", "--platform", other});
    EXPECT_EQ(outcome.exit_code, 1) << other;
    const Json verdict = outcome.json();
    EXPECT_EQ(verdict["failures"][0]["check"], "platform");
    EXPECT_EQ(verdict["platform_verified"], false);
  }
}

// ATTACK(X3)
TEST_F(CliVerify, QuoteUnderAnotherPlatformsNameIsRejected) {
  for (const std::string other : {"amd-sev-snp", "aws-nitro", "nvidia-gpu", "intel-sgx", "aws-nitro-tpm"}) {
    Json envelope = Json::parse(text);
    envelope["platform"] = other;
    report = scratch.write("renamed.json", envelope.dump());
    const Outcome outcome = verify({"--allow-simulated"});
    EXPECT_EQ(outcome.exit_code, 1) << other << outcome.err;
    expect_contract(outcome.json());
    EXPECT_EQ(outcome.json()["failures"][0]["code"], "platform_mismatch");
    EXPECT_EQ(outcome.json()["platform_verified"], false);
    envelope["evidence"] = to_base64(Bytes(1184, 2));
    report = scratch.write("unknown.json", envelope.dump());
    EXPECT_EQ(verify({"--allow-simulated"}).exit_code, 1) << other;
  }
}

// ATTACK(N10)
TEST_F(CliVerify, NonceOfAPlatformThatHasNoneIsAUsageError) {
  const Outcome outcome = verify({"--allow-simulated", "--nonce-hex", "0102"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.out.find("intel-tdx has no nonce"), std::string::npos) << outcome.out;
}

TEST_F(CliVerify, SgxOnlyWhenAskedFor) {
  const simulated::TdxEvidenceMaker maker;
  report = scratch.write("sgx.json", to_json(maker.report(simulated::sgx_quote_spec(), issued())));
  EXPECT_EQ(verify({"--allow-simulated"}).exit_code, 1);
  const Outcome asked = verify({"--allow-simulated", "--platform", "intel-sgx"});
  EXPECT_EQ(asked.exit_code, 0) << asked.out;
  const Keys expected = {"mr_enclave",  "mr_signer", "isv_prod_id", "isv_svn", "attributes",
                         "misc_select", "cpu_svn",   "report_data", "fmspc",   "debug"};
  EXPECT_EQ(keys(asked.json()["claims"]), expected);
}

TEST_F(CliVerify, RevocationOptionRelaxesWithAWarning) {
  const Foreign foreign;
  std::vector<CollateralDocument> documents = foreign.collateral();
  std::erase_if(documents, [](const CollateralDocument& d) {
    return d.kind == CollateralKind::root_crl || d.kind == CollateralKind::pck_crl;
  });
  const std::vector<std::string> arguments = {
      "verify",         scratch.write("quote", foreign.quote()),
      "--offline",      "--at",
      kJudgedAt,        "--json",
      "--trust-anchor", scratch.write("root.der", foreign.root()),
      "--collateral",   scratch.write("bundle.json", collateral::bundle_to_json(documents))};
  const auto with = [&](const std::string& mode) {
    std::vector<std::string> all = arguments;
    if (!mode.empty()) {
      all.insert(all.end(), {"--revocation", mode});
    }
    return run_tenzro(all);
  };
  for (const std::string mode : {"", "require"}) {
    const Outcome outcome = with(mode);
    EXPECT_EQ(outcome.exit_code, 4) << outcome.out;
    EXPECT_NE(outcome.out.find("revocation_missing"), std::string::npos) << outcome.out;
  }
  for (const std::string mode : {"if-available", "off"}) {
    const Outcome outcome = with(mode);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
    EXPECT_FALSE(outcome.json()["warnings"].empty());
  }
}

// 4 says that better collateral could help; a forged quote never gets it, whatever else is missing.
TEST_F(CliVerify, ForgedEvidenceWithoutCollateralIsRejectedNotUnavailable) {
  const Foreign foreign;
  Bytes quote = foreign.quote();
  quote[568] ^= 1;  // report data
  const Outcome outcome = run_tenzro({"verify", scratch.write("quote", quote), "--at", kJudgedAt, "--json",
                                      "--trust-anchor", scratch.write("root.der", foreign.root())});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
}

TEST_F(CliVerify, OfflineIsAccepted) { EXPECT_EQ(verify({"--allow-simulated", "--offline"}).exit_code, 0); }

}  // namespace
}  // namespace tenzro::tee::test
