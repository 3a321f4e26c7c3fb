// SPDX-License-Identifier: Apache-2.0
// Real evidence through the command: the library's verdict, the manifest's answer, and the documents as they were.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <sstream>

#include "cli/golden.hpp"
#include "cli/process.hpp"
#include "support/snp_vectors.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {
namespace {

std::string vector_path(const std::string& relative) { return (vectors_dir() / relative).string(); }

TEST(CliVectors, VerdictDocumentOfARealQuoteStaysAsItWas) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const Outcome outcome =
      run_tenzro({"verify", vector_path("tdx/quotes/v4_b0c06f_uptodate.bin"), "--collateral",
                  vector_path("tdx/collateral/bundle_b0c06f_2025-06.json"), "--at", "2025-06-20T00:00:00Z", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  expect_golden("verify_v4_uptodate_b0c06f.json", outcome.out);
}

TEST(CliVectors, InspectionOfARealQuoteStaysAsItWas) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const Outcome outcome = run_tenzro({"inspect", vector_path("tdx/quotes/v4_b0c06f_uptodate.bin"), "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_golden("inspect_v4_uptodate_b0c06f.json", outcome.out);
}

// A report of version 2, one with its certificate table, one in Azure's blob, and certificates of each kind of key.
TEST(CliVectors, InspectionOfRealSnpEvidenceStaysAsItWas) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const Scratch scratch;
  for (const auto& [id, golden] : {std::pair{"s02", "inspect_snp_v2.json"},
                                   {"s12", "inspect_snp_extended.json"},
                                   {"s10", "inspect_snp_hcl.json"}}) {
    const std::string path = scratch.write(id, snp_evidence(snp_entry("cases", id)));
    const Outcome outcome = run_tenzro({"inspect", path, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    expect_golden(golden, outcome.out);
  }
  for (const auto& [file, golden] : {std::pair{"s04_milan_v3_vlek_vmpl1/vlek.der", "inspect_vlek.json"},
                                     {"s08_turin_v5_fw158/vcek.der", "inspect_vcek_turin.json"}}) {
    const Outcome outcome = run_tenzro({"inspect", vector_path(std::string("sev-snp/") + file), "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    expect_golden(golden, outcome.out);
  }
}

// Without -v: what says which code runs, and on whose machine.
TEST(CliVectors, TheShortFormShowsVtpmRegistersAndProvider) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const std::string azure = "sev-snp/s10_azure_hcl_v2/";
  const Outcome guest = run_tenzro(
      {"verify", vector_path(azure + "hcl-report.bin"), "--offline", "--collateral",
       vector_path(azure + "vcek_and_chain.pem"), "--tpm-quote", vector_path(azure + "tpm-quote-v1.json"),
       "--collateral", vector_path("sev-snp/crl/milan_vcek_crl_2026-08.der"), "--at", "2026-09-21T00:00:00Z"});
  EXPECT_EQ(guest.exit_code, 0) << guest.out << guest.err;
  EXPECT_NE(guest.out.find("\n  vtpm_pcrs:\n    0: "), std::string::npos) << guest.out;
  const std::string aws = "sev-snp/s04_milan_v3_vlek_vmpl1/";
  const Outcome vlek = run_tenzro({"verify", vector_path(aws + "report.bin"), "--offline", "--revocation", "off",
                                   "--collateral", vector_path(aws + "vlek.der"), "--at", "2025-06-01T00:00:00Z"});
  EXPECT_EQ(vlek.exit_code, 1) << "asked for at VMPL 1";
  EXPECT_NE(vlek.out.find("\n  csp_id: CN=cc-us-east-2.amazonaws.com\n"), std::string::npos) << vlek.out;
}

/// The lines of the README that begin with this, from "tenzro" on, split at spaces.
std::vector<std::vector<std::string>> commands_of_readme(const std::string& begin) {
  const Bytes readme = read_file(std::filesystem::path(TENZRO_PROJECT_DIR) / "README.md");
  std::istringstream lines(std::string(readme.begin(), readme.end()));
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin)) {
      std::istringstream words(line.substr(begin.size()));
      out.emplace_back(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
    }
  }
  return out;
}

// The README's examples for evidence that nobody can make at a desk, on real evidence under the names that it uses. As
// of the evidence's time and with lists as files in place of the network.
TEST(CliVectors, TheReadmesExamplesOfRealEvidencePass) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const Scratch scratch;
  const Bytes report = snp_evidence(snp_entry("cases", "s12"));
  const Bytes list = read_vector("sev-snp/crl/genoa_vcek_crl_2026-08.der");
  const std::string nonce = "challenge";
  const std::map<std::string, Bytes> files = {{"report.bin", report},
                                              {"challenge", Bytes(report.begin() + 0x50, report.begin() + 0x90)},
                                              {"crl", list},
                                              {"hcl.bin", read_vector("sev-snp/s10_azure_hcl_v2/hcl-report.bin")},
                                              {"quote.json", read_vector("sev-snp/s10_azure_hcl_v2/tpm-quote-v1.json")},
                                              {"nonce", Bytes(nonce.begin(), nonce.end())},
                                              {"document.cbor", read_vector("nitro/real/veracruz-2022-11-09.cose")}};
  std::size_t run = 0;
  for (std::vector<std::string> arguments : commands_of_readme("$ tenzro ")) {
    if (arguments.front() != "verify" || !files.contains(arguments.back())) {
      continue;  // simulated evidence: another test runs the README with it
    }
    const std::string evidence = arguments.back();
    for (std::string& argument : arguments) {
      if (const auto file = files.find(argument); file != files.end()) {
        argument = scratch.write(file->first, file->second);
      }
    }
    if (std::ranges::find(arguments, "--offline") == arguments.end()) {
      arguments.insert(arguments.end(), {"--offline", "--collateral", vector_path("sev-snp/crl")});
    }
    if (evidence == "hcl.bin") {
      arguments.insert(arguments.end(), {"--collateral", vector_path("sev-snp/s10_azure_hcl_v2/vcek_and_chain.pem")});
    }
    arguments.insert(arguments.end(),
                     {"--at", evidence == "document.cbor" ? "2022-11-09T22:53:00Z" : "2026-09-21T00:00:00Z", "--json"});
    const Outcome outcome = run_tenzro(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << evidence << outcome.out << outcome.err;
    EXPECT_EQ(outcome.json()["freshness_verified"], true) << evidence;
    ++run;
  }
  EXPECT_EQ(run, 4U);
}

/// The documents of a case, in the manifest's roles. Single documents and a bundle go in together: the former win.
std::vector<std::filesystem::path> collateral_of(const Json& entry) {
  std::vector<std::filesystem::path> out;
  if (!entry.contains("collateral")) {
    return out;
  }
  for (const auto& [role, file] : entry["collateral"].items()) {
    out.push_back(vectors_dir() / "tdx" / file.get<std::string>());
  }
  return out;
}

Bytes quote_of(const Json& entry) {
  Bytes file = read_vector("tdx/" + entry["quote"].get<std::string>());
  if (!entry.contains("quote_json_field")) {
    return file;
  }
  const auto decoded =
      from_hex(Json::parse(file.begin(), file.end())[entry["quote_json_field"].get<std::string>()].get<std::string>());
  EXPECT_TRUE(decoded);
  return *decoded;
}

TEST(CliVectors, SameVerdictAsTheLibraryForEveryTdxCase) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  const Scratch scratch;
  std::size_t judged = 0;
  const auto& manifest = vector_manifest("tdx/manifest.json");
  for (const auto& item : manifest["cases"]) {
    const Json entry = item;
    if (!entry.contains("quote")) {
      continue;
    }
    SCOPED_TRACE(entry["id"].get<std::string>());
    const Json& expect = entry["expect"];
    const std::string at = expect.contains("at")                 ? expect["at"].get<std::string>()
                           : entry.contains("verification_time") ? entry["verification_time"].get<std::string>()
                                                                 : "2025-06-20T00:00:00Z";
    const Bytes quote = quote_of(entry);
    const auto report = parse_report(quote);
    ASSERT_TRUE(report);

    std::vector<std::string> arguments = {"verify", scratch.write("quote", quote), "--offline", "--at", at, "--json"};
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
    options.at(*from_rfc3339(at));
    if (report->platform == Platform::intel_sgx) {
      arguments.insert(arguments.end(), {"--platform", "intel-sgx"});
      options.require_platform(Platform::intel_sgx);
    }
    const auto files = collateral_of(entry);
    for (const auto& file : files) {
      arguments.insert(arguments.end(), {"--collateral", file.string()});
    }
    const auto source = files.empty() ? no_collateral() : offline_collateral(files).value();
    const VerificationResult verdict = AttestationVerifier(source).verify(*report, options);
    const Outcome outcome = run_tenzro(arguments);
    EXPECT_EQ(outcome.out, to_json(verdict) + "\n");
    EXPECT_EQ(outcome.err, "");

    const bool accepted = expect["result"] == "accept";
    const bool only_missing = expect.contains("reason") && expect["reason"] == "collateral-missing";
    EXPECT_EQ(outcome.exit_code, accepted ? 0 : only_missing ? 4 : 1) << outcome.out;
    EXPECT_EQ(run_tenzro({"inspect", scratch.write("quote", quote), "--json"}).exit_code, 0);
    ++judged;
  }
  EXPECT_GE(judged, 17U);
}

}  // namespace
}  // namespace tenzro::tee::test
