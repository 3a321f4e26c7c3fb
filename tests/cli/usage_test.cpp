// SPDX-License-Identifier: Apache-2.0
// Usage: what exists, what does not, and how mistakes are told.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/process.hpp"

namespace tenzro::tee::test {
namespace {

void expect_usage_error(std::vector<std::string> arguments, const std::string& mentions) {
  const Outcome plain = run_tenzro(arguments);
  EXPECT_EQ(plain.exit_code, 2) << plain.err;
  EXPECT_EQ(plain.out, "");
  expect_one_clear_line(plain.err);
  EXPECT_NE(plain.err.find(mentions), std::string::npos) << plain.err;

  arguments.push_back("--json");
  const Outcome json = run_tenzro(arguments);
  EXPECT_EQ(json.exit_code, 2);
  expect_one_clear_line(json.err);
  const Json document = json.json();
  ASSERT_EQ(document.size(), 1U);
  ASSERT_EQ(document["error"].size(), 2U);
  EXPECT_EQ(document["error"]["code"], "invalid_argument");
  EXPECT_NE(document["error"]["message"].get<std::string>().find(mentions), std::string::npos) << document;
}

TEST(CliUsage, RefusesNoCommandAndUnknownCommands) {
  expect_usage_error({}, "command");
  expect_usage_error({"frobnicate"}, "frobnicate");
}

TEST(CliUsage, RefusesOptionsThatDoNotExist) {
  for (const std::string option : {"--policy", "--ear-key", "--ear-out", "--config", "--frobnicate"}) {
    expect_usage_error({"verify", option, "x"}, option);
    expect_usage_error({"inspect", option, "x"}, option);
    // The good file beside it is not at fault.
    EXPECT_EQ(run_tenzro({"verify", option, "x", "report.json"}).err,
              "tenzro: unknown option " + option + "; run 'tenzro verify --help'\n");
  }
  EXPECT_EQ(run_tenzro({"inspect", "--frobnicate=x", "report.json"}).err,
            "tenzro: unknown option --frobnicate; run 'tenzro inspect --help'\n");
  expect_usage_error({"inspect", "--user-data", "x"}, "--user-data");
  expect_usage_error({"inspect", "--event-log", "x"}, "--event-log");
  expect_usage_error({"inspect", "--runtime-data", "x"}, "--runtime-data");
}

TEST(CliUsage, RefusesASecondReport) { expect_usage_error({"verify", "a", "b"}, "b"); }

TEST(CliUsage, StandardInputIsReadOnce) {
  expect_usage_error({"verify", "--user-data-file", "-"}, "standard input");
  expect_usage_error({"verify", "-", "--trust-anchor", "-"}, "standard input");
}

TEST(CliUsage, UserDataOptionsExcludeOneAnother) {
  expect_usage_error({"verify", "--user-data", "x", "--user-data-hex", "00ff"}, "--user-data-hex");
  expect_usage_error({"verify", "--user-data", "x", "--user-data-file", "f"}, "--user-data-file");
  expect_usage_error({"verify", "--user-data-hex", "01", "--user-data-file", "f"}, "--user-data-file");
}

TEST(CliUsage, RefusesOptionsGivenTwice) {
  expect_usage_error({"verify", "--user-data", "x", "--user-data", "y"}, "--user-data");
  expect_usage_error({"verify", "--at", "2026-01-01T00:00:00Z", "--at", "2025-01-01T00:00:00Z"}, "--at");
}

TEST(CliUsage, RefusesUserDataThatWouldCollide) {
  expect_usage_error({"verify", "--user-data", ""}, "--user-data");
  expect_usage_error({"verify", "--user-data-hex", ""}, "--user-data-hex");
  expect_usage_error({"verify", "--user-data-hex", "0000"}, "--user-data-hex");
  expect_usage_error({"verify", "--user-data-hex", "0100"}, "--user-data-hex");
  expect_usage_error({"verify", "--user-data-hex", std::string(128, '0')}, "--user-data-hex");
  const Scratch scratch;
  expect_usage_error({"verify", "--user-data-file", scratch.write("empty", std::string_view())}, "--user-data-file");
  expect_usage_error({"verify", "--user-data-file", scratch.zeros("zeros", 64)}, "--user-data-file");
}

TEST(CliUsage, HexIsStrict) {
  for (const std::string hex : {"0", "0g", "0x01", "01 02", "01:02", " 01"}) {
    expect_usage_error({"verify", "--user-data-hex", hex}, "--user-data-hex");
    expect_usage_error({"verify", "--nonce-hex", hex}, "--nonce-hex");
  }
}

TEST(CliUsage, RefusesNoncesThatAreNone) {
  expect_usage_error({"verify", "--nonce-hex", ""}, "--nonce-hex");
  expect_usage_error({"verify", "--nonce-hex", std::string(2050, '1')}, "--nonce-hex");
}

TEST(CliUsage, RefusesAgesThatAreNone) {
  for (const std::string age : {"", "0", "1.5", "1h", "+60", " 60", "3153600001", "99999999999999999999"}) {
    expect_usage_error({"verify", "--max-age", age}, "--max-age");
  }
  expect_usage_error({"verify", "--max-age=-1"}, "--max-age");
}

TEST(CliUsage, RefusesValuesOutsideTheirWords) {
  expect_usage_error({"verify", "--platform", "intel"}, "intel-tdx");
  expect_usage_error({"verify", "--platform", ""}, "--platform");
  expect_usage_error({"verify", "--revocation", "no"}, "if-available");
  expect_usage_error({"verify", "--revocation", ""}, "--revocation");
  for (const std::string time :
       {"", "yesterday", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "1767225600"}) {
    expect_usage_error({"verify", "--at", time}, "--at");
  }
}

TEST(CliUsage, AdviseTheHelpOfTheCommandThatWasMeant) {
  for (const auto& [arguments, advised] : {std::pair<std::vector<std::string>, std::string>{{"rtmr"}, "rtmr"},
                                           {{"rtmr", "read", "5"}, "rtmr read"},
                                           {{"rtmr", "read", "--frobnicate"}, "rtmr read"},
                                           {{"rtmr", "extend"}, "rtmr extend"},
                                           {{"rtmr", "extend", "3", "x"}, "rtmr extend"}}) {
    const Outcome outcome = run_tenzro(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_TRUE(outcome.err.ends_with("; run 'tenzro " + advised + " --help'\n")) << outcome.err;
  }
}

TEST(CliUsage, HelpIsNoWiderThanItsWidestOption) {
  for (const std::string command : {"hardware", "attest", "rtmr", "measure"}) {
    const Outcome help = run_tenzro({command, "--help"});
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 140U) << command << ": " << line;
    }
  }
}

TEST(CliUsage, MessagesCarryNoControlCharacters) {
  const Outcome outcome = run_tenzro({"verify", "--\033[31mred\n"});
  EXPECT_EQ(outcome.exit_code, 2);
  expect_one_clear_line(outcome.err);
}

TEST(CliUsage, PrintsItsVersion) {
  const Outcome outcome = run_tenzro({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "tenzro " TENZRO_PROJECT_VERSION "\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(CliUsage, HelpListsOnlyWhatExists) {
  const Outcome main = run_tenzro({"--help"});
  EXPECT_EQ(main.exit_code, 0);
  EXPECT_EQ(main.err, "");
  for (const std::string command : {"hardware", "attest", "verify", "inspect", "measure", "rtmr", "seal", "unseal"}) {
    EXPECT_NE(main.out.find("\n  " + command), std::string::npos) << main.out;
  }
  for (const std::string later : {"keygen", "serve", "connect", "infer"}) {
    EXPECT_EQ(main.out.find("\n  " + later), std::string::npos) << later;
  }

  const Outcome verify = run_tenzro({"verify", "--help"});
  EXPECT_EQ(verify.exit_code, 0);
  for (const std::string option : {"--user-data",  "--user-data-hex",   "--user-data-file", "--nonce-hex",
                                   "--max-age",    "--platform",        "--collateral",     "--event-log",
                                   "--offline",    "--ca-file",         "--tcb-update",     "--at",
                                   "--revocation", "--allow-simulated", "--trust-anchor",   "--gpu-verifier",
                                   "--json",       "--output",          "--verbose",        "--quiet"}) {
    EXPECT_NE(verify.out.find(option), std::string::npos) << option;
  }
  for (const std::string later : {"--policy", "--ear", "--config"}) {
    EXPECT_EQ(verify.out.find(later), std::string::npos) << later;
  }
  for (const std::string noise : {"Excludes:", "REPORT FILE", "|-", "..."}) {
    EXPECT_EQ(verify.out.find(noise), std::string::npos) << noise;
  }
  for (const std::string platform :
       {"intel-tdx", "amd-sev-snp", "aws-nitro,", "nvidia-gpu", "intel-sgx", "aws-nitro-tpm"}) {
    EXPECT_NE(verify.out.find(platform), std::string::npos) << platform;
  }
  EXPECT_EQ(run_tenzro({"inspect", "--help"}).exit_code, 0);
  EXPECT_EQ(run_tenzro({"measure", "--help"}).exit_code, 0);
}

}  // namespace
}  // namespace tenzro::tee::test
