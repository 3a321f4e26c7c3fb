// SPDX-License-Identifier: Apache-2.0
// Event logs on the command line: beside evidence, measured, and decoded.
#include <gtest/gtest.h>

#include "cli/evidence.hpp"
#include "made/event_log.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

class CliEventLog : public testing::Test {
 protected:
  Scratch scratch;
  MadeLog log = made_boot();
  simulated::TdxEvidenceMaker maker;

  AttestationReport logged_report() const {
    simulated::QuoteSpec spec = simulated::tdx_quote_spec();
    spec.td.rtmr = log.registers();
    return maker.report(spec, issued());
  }
  Outcome verify(const AttestationReport& report, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {
        "verify", scratch.write("report.json", to_json(report)), "--at", kJudgedAt, "--allow-simulated", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tenzro(arguments);
  }
};

TEST_F(CliEventLog, IsJudgedFromFileAndEnvelope) {
  AttestationReport report = logged_report();
  const std::string file = scratch.write("ccel", log.bytes());
  const Outcome given = verify(report, {"--event-log", file});
  EXPECT_EQ(given.exit_code, 0) << given.out << given.err;
  EXPECT_NE(given.out.find("event_log.rtmr3"), std::string::npos);
  report.event_log = log.bytes();
  EXPECT_EQ(verify(report, {}).exit_code, 0);

  report.event_log = MadeLog{}.bytes();
  const Outcome enclosed = verify(report, {});
  EXPECT_EQ(enclosed.exit_code, 1);
  EXPECT_EQ(enclosed.json()["failures"][0]["check"], "event_log");
  EXPECT_EQ(enclosed.json()["failures"][0]["code"], "event_log_mismatch");
  // The caller's own takes its place.
  EXPECT_EQ(verify(report, {"--event-log", file}).exit_code, 0);
}

TEST_F(CliEventLog, ThatDoesNotReplayOrParseIsARejection) {
  const Outcome other = verify(logged_report(), {"--event-log", scratch.write("other", MadeLog{}.bytes())});
  EXPECT_EQ(other.exit_code, 1) << other.err;
  EXPECT_EQ(other.json()["valid"], false);
  EXPECT_EQ(other.json()["failures"][0]["code"], "event_log_mismatch");
  const Outcome broken = verify(logged_report(), {"--event-log", scratch.write("broken", "no log")});
  EXPECT_EQ(broken.exit_code, 1) << broken.err;
  EXPECT_EQ(broken.json()["failures"][0]["check"], "event_log");
  EXPECT_EQ(broken.json()["failures"][0]["code"], "event_log_malformed");
}

TEST_F(CliEventLog, ThatCannotBeReadIsAnInputError) {
  const std::string dots = scratch.path().string();
  for (const std::string& file : {(scratch / "absent").string(), dots, scratch.write("empty", std::string_view()),
                                  scratch.zeros("huge", kMaxEventLog + 1)}) {
    const Outcome outcome = verify(logged_report(), {"--event-log", file});
    EXPECT_EQ(outcome.exit_code, 3) << file << outcome.out;
    expect_one_clear_line(outcome.err);
    EXPECT_NE(outcome.err.find("--event-log"), std::string::npos) << outcome.err;
    EXPECT_TRUE(outcome.json().contains("error"));
  }
  const Outcome twice = run_tenzro({"verify", "-", "--event-log", "-"});
  EXPECT_EQ(twice.exit_code, 2);
}

TEST_F(CliEventLog, MeasureGivesTheRegisters) {
  const std::string file = scratch.write("ccel", log.bytes());
  std::string lines;
  Json expected;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string name = "rtmr" + std::to_string(i);
    expected[name] = to_hex(log.registers()[i]);
    lines += name + ": " + to_hex(log.registers()[i]) + "\n";
  }
  const Outcome text = run_tenzro({"measure", "ccel", file});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(text.out, lines);
  EXPECT_EQ(run_tenzro({"measure", "ccel", file, "--json"}).json(), expected);
  EXPECT_EQ(run({.arguments = {"measure", "ccel"}, .stdin_bytes = log.bytes()}).out, lines);
  const std::string out = (scratch / "out").string();
  EXPECT_EQ(run_tenzro({"measure", "ccel", file, "-o", out}).exit_code, 0);
  EXPECT_EQ(to_hex(read_file(out)), to_hex(view(lines)));
}

TEST_F(CliEventLog, MeasureRefusesWhatItCannot) {
  const auto refused = [](const std::vector<std::string>& arguments, int code) {
    const Outcome outcome = run_tenzro(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    expect_one_clear_line(outcome.err);
    std::vector<std::string> json = arguments;
    json.push_back("--json");
    EXPECT_TRUE(run_tenzro(json).json().contains("error"));
  };
  refused({"measure"}, 2);
  refused({"measure", "frobnicate", "x"}, 2);
  refused({"measure", "ccel", "a", "b"}, 2);
  refused({"measure", "ccel", (scratch / "absent").string()}, 3);
  refused({"measure", "ccel", scratch.path().string()}, 3);
  refused({"measure", "ccel", scratch.write("other", "no log")}, 3);
  refused({"measure", "ccel", scratch.write("empty", std::string_view())}, 3);
  refused({"measure", "ccel", scratch.zeros("huge", kMaxEventLog + 1)}, 3);
}

// ATTACK(H6): what events say never reaches a terminal as it is.
TEST_F(CliEventLog, InspectEscapesWhatEventsSay) {
  auto list = made_application_log();
  list.back()["event"] = "\x1b[2JPASSED\n";
  const Outcome text = run_tenzro({"inspect", scratch.write("list.json", list.dump())});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(text.out.starts_with("event_log (decoded, not verified)\n")) << text.out;
  EXPECT_EQ(text.out.find('\x1b'), std::string::npos);
  EXPECT_NE(text.out.find("description: \\x1b[2JPASSED\\x0a\n"), std::string::npos) << text.out;
}

TEST_F(CliEventLog, RealLogsMeasureAsTheirManifestSays) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const auto& manifest = vector_manifest("tdx/manifest.json");
  for (const auto& one : manifest["cases"]) {
    if (!one.contains("eventlog_replay")) {
      continue;
    }
    const std::string file = one[one.contains("eventlog") ? "eventlog" : "quote"];
    const Json document = run_tenzro({"measure", "ccel", (vectors_dir() / "tdx" / file).string(), "--json"}).json();
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(document["rtmr" + std::to_string(i)].get<std::string>(),
                one["eventlog_replay"]["rtmr"][i].get<std::string>());
    }
    EXPECT_EQ(run_tenzro({"inspect", (vectors_dir() / "tdx" / file).string(), "--json"}).json()["kind"], "event_log");
  }
}

}  // namespace
}  // namespace tenzro::tee::test
