// SPDX-License-Identifier: Apache-2.0
// `tenzro attest`, and what 'tenzro verify' makes of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "cli/process.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::test {
namespace {

struct Switch {
  const char* variable;
  const char* platform;
};
// For the names of the tests; GoogleTest looks for this name.
void PrintTo(const Switch& one, std::ostream* out) { *out << one.variable; }
constexpr Switch kSwitches[] = {{"TENZRO_SIMULATE_TDX", "intel-tdx"},       {"TENZRO_SIMULATE_SEV", "amd-sev-snp"},
                                {"TENZRO_SIMULATE_SEV_SNP", "amd-sev-snp"}, {"TENZRO_SIMULATE_NITRO", "aws-nitro"},
                                {"TENZRO_SIMULATE_NVIDIA", "nvidia-gpu"},   {"TENZRO_SIMULATE_GPU", "nvidia-gpu"}};

Outcome attest(std::vector<std::string> more, std::vector<std::string> environment = {},
               const std::string& machine = "bare") {
  std::vector<std::string> arguments = {"attest"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run({.arguments = arguments, .environment = std::move(environment), .machine = machine});
}

Outcome verify(const std::string& report, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"verify", "-", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run({.arguments = arguments, .stdin_bytes = Bytes(report.begin(), report.end())});
}

std::string first_failure(const Outcome& verdict) {
  const Json failures = verdict.json()["failures"];
  return failures.empty() ? std::string() : failures.front()["code"].get<std::string>();
}

class Simulation : public testing::TestWithParam<Switch> {
 protected:
  std::vector<std::string> on() const { return {std::string(GetParam().variable) + "=true"}; }
};

// The tutorial's pipeline, under each switch.
TEST_P(Simulation, IsVerifiedWithPermission) {
  const Outcome made = attest({"--user-data", "hello"}, on());
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(std::count(made.err.begin(), made.err.end(), '\n'), 1) << made.err;
  EXPECT_TRUE(made.err.starts_with("tenzro: warning: simulating " + std::string(GetParam().platform))) << made.err;
  const Outcome verdict = verify(made.out, {"--user-data", "hello", "--allow-simulated"});
  EXPECT_EQ(verdict.exit_code, 0) << verdict.out;
  const Json document = verdict.json();
  EXPECT_EQ(document["platform"], GetParam().platform);
  EXPECT_EQ(document["simulated"], true);
  EXPECT_EQ(document["user_data_verified"], true);
  EXPECT_EQ(document["trust_anchors"], "simulated");
}

// No service is asked about it, and none would know it.
TEST_P(Simulation, BringsItsCollateral) {
  const Outcome made = attest({"--user-data", "hello", "--with-collateral"}, on());
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Outcome verdict = verify(made.out, {"--user-data", "hello", "--allow-simulated", "--offline"});
  EXPECT_EQ(verdict.exit_code, 0) << verdict.out;
}

TEST_P(Simulation, IsRefusedWithoutPermission) {
  const Outcome made = attest({"--user-data", "hello"}, on());
  // The switch speaks to who makes evidence; who judges it has to say so himself.
  const Outcome verdict = run({.arguments = {"verify", "-", "--json", "--user-data", "hello"},
                               .stdin_bytes = Bytes(made.out.begin(), made.out.end()),
                               .environment = on()});
  EXPECT_EQ(verdict.exit_code, 1);
  EXPECT_EQ(first_failure(verdict), "simulated_not_accepted");
}

TEST_P(Simulation, IsRefusedWhenItAnswersSomethingElse) {
  const Outcome made = attest({"--user-data", "hello"}, on());
  const Outcome verdict = verify(made.out, {"--user-data", "goodbye", "--allow-simulated"});
  EXPECT_EQ(verdict.exit_code, 1);
  const std::string code = first_failure(verdict);
  EXPECT_TRUE(code == "user_data_mismatch" || code == "nonce_mismatch") << code;
}

TEST_P(Simulation, IsRefusedWhenItWasAlteredOnItsWay) {
  const Outcome made = attest({"--user-data", "hello"}, on());
  AttestationReport report = parse_report(Bytes(made.out.begin(), made.out.end())).value();
  const std::size_t step = report.evidence.size() / 7 + 1;
  for (std::size_t at = report.evidence.size() / 20; at < report.evidence.size(); at += step) {
    AttestationReport altered = report;
    altered.evidence[at] ^= 1;
    const Outcome verdict = verify(to_json(altered), {"--user-data", "hello", "--allow-simulated"});
    EXPECT_NE(verdict.exit_code, 0) << GetParam().platform << ", byte " << at;
  }
}

TEST_P(Simulation, NeedsTheWordTrue) {
  for (const std::string value : {"yes", "TRUE", "0", "", "false"}) {
    const Outcome made = attest({"--user-data", "hello"}, {std::string(GetParam().variable) + "=" + value});
    EXPECT_EQ(made.exit_code, 4) << value;
    EXPECT_EQ(made.out, "");
    EXPECT_EQ(made.err.find(GetParam().variable) != std::string::npos, !value.empty()) << made.err;
  }
}

// ATTACK(D5): whoever sets the environment of a TEE must not make it imitate another.
TEST_P(Simulation, IsRefusedWhereHardwareShows) {
  for (const std::string machine : {"tdx-ordinary-user", "snp-cpuid", "azure"}) {
    const Outcome made = attest({"--user-data", "hello"}, on(), machine);
    EXPECT_EQ(made.exit_code, 4) << machine;
    EXPECT_EQ(made.out, "");
    EXPECT_NE(made.err.find(std::string(GetParam().variable) + " is set, and has no effect where hardware shows"),
              std::string::npos)
        << made.err;
  }
}

// ATTACK(D5): where the hardware can be used, it makes the evidence, and no other.
TEST_P(Simulation, TakesNothingFromHardware) {
  const Outcome made = attest({"--user-data", "hello"}, on(), "tdx-h100");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.err, "");
  const Json envelope = Json::parse(made.out);
  EXPECT_EQ(envelope["platform"], "intel-tdx");
  EXPECT_EQ(envelope["simulated"], false);
}

// ATTACK(B16): what people read bears the mark as documents do.
TEST_P(Simulation, IsMarkedInEverySummary) {
  if (!has_terminals()) {
    GTEST_SKIP() << "no pseudoterminals here";
  }
  const auto shown = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"attest", "--user-data", "hello"});
    std::vector<std::string> environment = on();
    environment.emplace_back("NO_COLOR=1");
    return run({.arguments = options, .environment = environment, .out = Stdout::terminal, .machine = "bare"}).out;
  };
  const std::string platform = GetParam().platform;
  EXPECT_NE(shown({}).find(platform + "  *** SIMULATED: PROVES NOTHING ***"), std::string::npos) << shown({});
  EXPECT_TRUE(shown({"-q"}).starts_with(platform + " (simulated)")) << shown({"-q"});
}

INSTANTIATE_TEST_SUITE_P(Attest, Simulation, testing::ValuesIn(kSwitches),
                         [](const auto& one) { return std::string(one.param.variable); });

TEST(Attest, HasATdSignThroughItsKernel) {
  const Outcome made = attest({"--user-data", "hello", "--with-event-log"}, {}, "tdx-h100");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.err, "");
  const Json envelope = Json::parse(made.out);
  EXPECT_EQ(envelope["platform"], "intel-tdx");
  EXPECT_EQ(envelope["simulated"], false);
  EXPECT_FALSE(envelope["event_log"].is_null());
  // Its root gives it away: what a made-up machine signs is simulated, whatever its envelope says.
  const Outcome verdict = verify(made.out, {"--user-data", "hello", "--offline"});
  EXPECT_EQ(verdict.exit_code, 1);
  EXPECT_EQ(verdict.json()["simulated"], true);
}

// ATTACK(D2): a host that never answers, and a caller who leaves: the kernel is to keep nothing.
TEST(Attest, EndsTidilyWhenItIsInterrupted) {
  for (const std::string machine : {"tdx-hung", "tdx-hung-at-terminal", "tdx-hung-up"}) {
    const Outcome made = attest({"--user-data", "hello"}, {}, machine);
    EXPECT_EQ(made.exit_code, 4) << made.err;
    EXPECT_EQ(made.out, "");
    expect_one_clear_line(made.err);
    EXPECT_NE(made.err.find("the caller stopped waiting; nothing was written"), std::string::npos) << made.err;
  }
}

// The second signal means it, whatever hangs.
TEST(Attest, EndsAtOnceWhenItIsInterruptedTwice) {
  const Outcome made = attest({"--user-data", "hello"}, {}, "broken-driver-interrupted-twice");
  EXPECT_GT(made.exit_code, 128) << made.err;
  EXPECT_EQ(made.out, "");
  EXPECT_EQ(made.err, "");
}

TEST(Attest, NeedsNoThreadToListenForInterruptions) {
  // The leak checker of a sanitized build wants a thread of its own.
  const Outcome made = run({.arguments = {"attest", "--user-data", "hello"},
                            .environment = {"TENZRO_SIMULATE_NITRO=true", "ASAN_OPTIONS=detect_leaks=0"},
                            .machine = "bare",
                            .as_ordinary_user = true,
                            .without_threads = true});
  EXPECT_EQ(made.exit_code, 0) << made.err;
}

TEST(Attest, WantsSomethingToAnswer) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {"--user-data", ""},
        {"--user-data-hex", "00"},
        {"--user-data-hex", "6"},
        {"--user-data", "x", "--random"},
        {"--nonce-hex", ""},
        {"--user-data", "x", "--format", "pem"},
        {"--user-data", "x", "--platform", "intel"},
        {"--user-data", "x", "--timeout", "0"},
        {"--user-data", "x", "--simulated-claim", "mr_td"},
        {"--user-data", "x", "--simulated-claim", "mr_td=00"},
        {"--user-data", "x", "--simulated-claim", "mr_tds=00"},
        {"--user-data", "x", "--simulated-claim", "rtmr3=", "--simulated-claim", "rtmr3="}}) {
    const Outcome made = attest(arguments, {"TENZRO_SIMULATE_TDX=1"});
    EXPECT_EQ(made.exit_code, 2) << Json(arguments) << made.err;
    EXPECT_EQ(made.out, "");
  }
}

TEST(Attest, AsksEachPlatformOnlyWhatItHas) {
  const std::string nonce(64, 'a');
  const std::string short_nonce(62, 'a');
  struct Case {
    std::vector<std::string> arguments;
    int tdx, snp, nitro, nvidia;
  };
  for (const auto& [arguments, tdx, snp, nitro, nvidia] :
       {Case{{"--user-data", "x"}, 0, 0, 0, 0}, Case{{"--nonce-hex", nonce}, 2, 2, 0, 0},
        Case{{"--nonce-hex", short_nonce}, 2, 2, 0, 2}, Case{{"--user-data", "x", "--nonce-hex", nonce}, 2, 2, 0, 2},
        Case{{"--user-data", "x", "--with-event-log"}, 0, 2, 2, 2}}) {
    for (const auto& [variable, expected] :
         {std::pair<std::string, int>{"TDX", tdx}, {"SEV", snp}, {"NITRO", nitro}, {"NVIDIA", nvidia}}) {
      const Outcome made = attest(arguments, {"TENZRO_SIMULATE_" + variable + "=true"});
      EXPECT_EQ(made.exit_code, expected) << variable << " " << Json(arguments) << made.err;
    }
  }
}

TEST(Attest, BindsRandomDataThatItTells) {
  const Outcome made = attest({"--random"}, {"TENZRO_SIMULATE_NITRO=true"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string before = "--user-data-hex: ";
  const std::string value = made.err.substr(made.err.find(before) + before.size(), 128);
  EXPECT_EQ(verify(made.out, {"--user-data-hex", value, "--allow-simulated"}).exit_code, 0) << made.err;
}

TEST(Attest, HasSimulatedMachinesSayWhatTheyAreTold) {
  const std::string digest(96, '7');
  const Outcome made = attest({"--user-data", "x", "--simulated-claim", "mr_td=" + digest, "--simulated-claim",
                               "quote_version=5", "--simulated-claim", "tcb_status=OutOfDate"},
                              {"TENZRO_SIMULATE_TDX=true"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Outcome verdict = verify(made.out, {"--user-data", "x", "--allow-simulated"});
  EXPECT_EQ(first_failure(verdict), "tcb_out_of_date");
  EXPECT_EQ(verdict.json()["claims"]["mr_td"], digest);
  EXPECT_EQ(verdict.json()["claims"]["quote_version"], 5);
}

TEST(Attest, ChoosesThePlatformThatIsNamed) {
  const std::vector<std::string> both = {"TENZRO_SIMULATE_TDX=1", "TENZRO_SIMULATE_NITRO=1"};
  EXPECT_EQ(Json::parse(attest({"--user-data", "x"}, both).out)["platform"], "intel-tdx");
  EXPECT_EQ(Json::parse(attest({"--user-data", "x", "--platform", "aws-nitro"}, both).out)["platform"], "aws-nitro");
  const Outcome none = attest({"--user-data", "x", "--platform", "amd-sev-snp"}, both);
  EXPECT_EQ(none.exit_code, 4);
  EXPECT_EQ(none.err.find("/dev/nsm"), std::string::npos) << "says what is wanted of others: " << none.err;
}

TEST(Attest, WritesTheEvidenceAlone) {
  const Scratch scratch;
  const std::string path = (scratch / "quote.bin").string();
  const Outcome made = attest({"--user-data", "x", "--format", "raw", "-o", path}, {"TENZRO_SIMULATE_TDX=1"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out, "");
  EXPECT_EQ(run({.arguments = {"inspect", "--json", path}}).json()["kind"], "tdx_quote");
}

TEST(Attest, ShowsASummaryOnATerminal) {
  if (!has_terminals()) {
    GTEST_SKIP() << "no pseudoterminals here";
  }
  const Outcome made = run({.arguments = {"attest", "--user-data", "hello"},
                            .environment = {"TENZRO_SIMULATE_SEV=1", "NO_COLOR=1"},
                            .out = Stdout::terminal,
                            .machine = "bare"});
  EXPECT_EQ(made.exit_code, 0);
  for (const std::string line : {"Platform", "Firmware", "Report data       (64 bytes) 68656c6c6f00",
                                 "Signature         144 bytes", "Cert chain        3 certificates"}) {
    EXPECT_NE(made.out.find(line), std::string::npos) << made.out;
  }
  const Outcome raw = run({.arguments = {"attest", "--user-data", "hello", "--format", "raw"},
                           .environment = {"TENZRO_SIMULATE_SEV=1"},
                           .out = Stdout::terminal,
                           .machine = "bare"});
  EXPECT_EQ(raw.exit_code, 2);
}

TEST(Rtmr, ReadsTheRegistersOfATd) {
  const Outcome all = run({.arguments = {"rtmr", "read", "--json"}, .machine = "tdx-h100"});
  ASSERT_EQ(all.exit_code, 0) << all.err;
  const Json registers = all.json();
  EXPECT_EQ(registers.size(), 4U);
  const Outcome one = run({.arguments = {"rtmr", "read", "3"}, .machine = "tdx-h100"});
  EXPECT_EQ(one.out, "rtmr3 " + std::string(96, '0') + "\n");
}

TEST(Rtmr, ExtendsARegister) {
  const std::string digest(96, 'a');
  const std::vector<std::string> extend = {"rtmr", "extend", "3", "--digest-hex", digest};
  const Outcome outcome = run({.arguments = extend, .machine = "tdx-h100"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "tenzro: rtmr3 extended with " + digest + "\n");
  std::vector<std::string> quietly = extend;
  quietly.insert(quietly.begin() + 1, "-q");
  EXPECT_EQ(run({.arguments = quietly, .machine = "tdx-h100"}).err, "");
  const std::string content = "what is measured";
  const Outcome of_file = run({.arguments = {"rtmr", "extend", "2", "-i", "-"},
                               .stdin_bytes = Bytes(content.begin(), content.end()),
                               .machine = "tdx-h100"});
  EXPECT_EQ(of_file.exit_code, 0) << of_file.err;
  EXPECT_TRUE(of_file.err.starts_with("tenzro: rtmr2 extended with ")) << of_file.err;
}

TEST(Rtmr, SaysWhetherItExtendedWhenItIsInterrupted) {
  const Outcome outcome =
      run({.arguments = {"rtmr", "extend", "3", "--digest-hex", std::string(96, 'a')}, .machine = "tdx-hung-register"});
  EXPECT_EQ(outcome.exit_code, 4);
  expect_one_clear_line(outcome.err);
  EXPECT_NE(outcome.err.find("the register may be extended, or may yet be"), std::string::npos) << outcome.err;
}

TEST(Rtmr, RefusesWhatCannotBe) {
  struct Case {
    std::vector<std::string> arguments;
    std::string machine;
    int exit_code;
  };
  const std::string digest(96, 'a');
  for (const auto& [arguments, machine, exit_code] :
       {Case{{"rtmr"}, "tdx-h100", 2}, Case{{"rtmr", "read", "4"}, "tdx-h100", 2}, Case{{"rtmr", "read"}, "bare", 4},
        Case{{"rtmr", "extend", "3"}, "tdx-h100", 2},
        Case{{"rtmr", "extend", "0", "--digest-hex", digest}, "tdx-h100", 2},
        Case{{"rtmr", "extend", "3", "--digest-hex", "aa"}, "tdx-h100", 2},
        Case{{"rtmr", "extend", "3", "--digest-hex", digest, "-i", "-"}, "tdx-h100", 2},
        Case{{"rtmr", "extend", "3", "-i", "/"}, "tdx-h100", 3},
        Case{{"rtmr", "extend", "3", "-i", "/nowhere"}, "tdx-h100", 3},
        Case{{"rtmr", "extend", "2", "--digest-hex", digest}, "bare", 4}}) {
    const Outcome outcome = run({.arguments = arguments, .machine = machine});
    EXPECT_EQ(outcome.exit_code, exit_code) << Json(arguments) << outcome.err;
    expect_one_clear_line(outcome.err);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
