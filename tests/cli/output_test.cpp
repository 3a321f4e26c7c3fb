// SPDX-License-Identifier: Apache-2.0
// Results arrive whole or not at all, and say so; nothing from evidence reaches a terminal unescaped.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "cli/evidence.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/finding.hpp"

namespace tenzro::tee::test {
namespace {

class CliOutput : public testing::Test {
 protected:
  std::vector<std::string> verify(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"verify", report, "--allow-simulated", "--at", kJudgedAt};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Scratch scratch;
  std::string report = scratch.write("report.json", simulated_report());
  std::string target = (scratch / "verdict").string();
};

TEST_F(CliOutput, FailureToWriteIsNeverSuccess) {
  for (const Stdout kind : {Stdout::full_disk, Stdout::closed, Stdout::closed_pipe}) {
    for (const auto& arguments :
         {verify(), verify({"--json"}), verify({"-q"}), {"inspect", report}, {"--help"}, {"--version"}}) {
      const Outcome outcome = run({.arguments = arguments, .out = kind});
      EXPECT_EQ(outcome.exit_code, 4) << arguments[0] << outcome.err;
      expect_one_clear_line(outcome.err);
    }
  }
}

TEST_F(CliOutput, GoesToTheNamedFileAlone) {
  const Outcome outcome = run_tenzro(verify({"--json", "-o", target}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  const Bytes written = read_file(target);
  EXPECT_EQ(std::string(written.begin(), written.end()), run_tenzro(verify({"--json"})).out);
  struct stat status{};
  ASSERT_EQ(stat(target.c_str(), &status), 0);
  const mode_t mask = umask(0);
  umask(mask);
  EXPECT_EQ(status.st_mode & 0777, 0644 & ~mask);
}

TEST_F(CliOutput, DashIsStandardOutput) {
  EXPECT_EQ(run_tenzro(verify({"--json", "-o", "-"})).out, run_tenzro(verify({"--json"})).out);
}

TEST_F(CliOutput, RejectedVerdictsAreWrittenToo) {
  const Outcome outcome = run_tenzro({"verify", report, "--at", kJudgedAt, "--json", "-o", target});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  const Bytes written = read_file(target);
  EXPECT_EQ(Json::parse(written.begin(), written.end())["valid"], false);
}

TEST_F(CliOutput, ReplacesAFileInOneStep) {
  scratch.write("verdict", std::string_view("old"));
  const std::filesystem::path hard_link = scratch / "old";
  std::filesystem::create_hard_link(target, hard_link);
  EXPECT_EQ(run_tenzro(verify({"-o", target})).exit_code, 0);
  EXPECT_EQ(read_file(hard_link).size(), 3U) << "the old file was written into instead of replaced";
  EXPECT_GT(read_file(target).size(), 3U);
}

TEST_F(CliOutput, FollowsALinkToTheFileItNames) {
  scratch.write("real", std::string_view("old"));
  std::filesystem::create_symlink(scratch / "real", target);
  EXPECT_EQ(run_tenzro(verify({"-o", target})).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(target));
  EXPECT_GT(read_file(scratch / "real").size(), 3U);
}

TEST_F(CliOutput, NeverLeavesAPartialFile) {
  const std::string folder = (scratch / "folder").string();
  std::filesystem::create_directory(folder);
  // Refused before anything is judged, unwritable, and a folder in place of the file.
  EXPECT_EQ(run_tenzro({"verify", "/dev/zero", "-o", folder + "/out"}).exit_code, 3);
  EXPECT_EQ(run_tenzro(verify({"-o", folder})).exit_code, 4);
  const Outcome missing = run_tenzro(verify({"--json", "-o", folder + "/absent/out"}));
  EXPECT_EQ(missing.exit_code, 4);
  EXPECT_EQ(missing.json()["error"]["code"], "io_failure");
  EXPECT_NE(missing.err.find("create the folder " + folder + "/absent"), std::string::npos) << missing.err;
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  const Outcome denied = run({.arguments = verify({"-o", folder + "/out"}), .as_ordinary_user = true});
  EXPECT_EQ(denied.exit_code, geteuid() == 0 ? 4 : 0) << denied.err;
}

// Before evidence is made: its challenge may be good for one.
TEST_F(CliOutput, AFileIsReplacedOnlyWhereItsFolderTakesAnother) {
  const Scratch elsewhere;
  const std::string file = elsewhere.write("report", std::string_view("old"));
  std::filesystem::permissions(file, std::filesystem::perms(0666));
  std::filesystem::permissions(elsewhere.path(), std::filesystem::perms(0555));
  const Scratch links;
  std::filesystem::create_symlink(file, links / "link");
  for (const std::string& path : {file, (links / "link").string()}) {
    // Nothing but the output stands in the way of this: a check that let it pass would warn of the simulation first.
    const Outcome denied = run({.arguments = {"attest", "--user-data", "x", "-o", path},
                                .environment = {"TENZRO_SIMULATE_NITRO=1"},
                                .machine = "bare",
                                .as_ordinary_user = true});
    EXPECT_EQ(denied.exit_code, 4) << denied.err;
    expect_one_clear_line(denied.err);
    EXPECT_NE(denied.err.find("cannot be written: Permission denied"), std::string::npos) << denied.err;
  }
  std::filesystem::permissions(elsewhere.path(), std::filesystem::perms(0755));
}

TEST_F(CliOutput, DevicesAreWrittenToNotReplaced) {
  EXPECT_EQ(run_tenzro(verify({"-o", "/dev/null"})).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(run_tenzro(verify({"-o", "/dev/full"})).exit_code, 4);
}

TEST_F(CliOutput, ColourOnlyOnATerminalWithoutNoColor) {
  if (!has_terminals()) {
    GTEST_SKIP() << "this system has no pseudoterminals (is devpts mounted?)";
  }
  const auto coloured = [](const std::string& text) { return text.find('\033') != std::string::npos; };
  EXPECT_FALSE(coloured(run_tenzro(verify()).out));
  EXPECT_TRUE(coloured(run({.arguments = verify(), .out = Stdout::terminal}).out));
  EXPECT_FALSE(coloured(run({.arguments = verify(), .environment = {"NO_COLOR=1"}, .out = Stdout::terminal}).out));
  EXPECT_FALSE(coloured(run({.arguments = verify({"--json"}), .out = Stdout::terminal}).out));
  EXPECT_EQ(run({.arguments = verify({"-o", target}), .out = Stdout::terminal}).exit_code, 0);
  const Bytes written = read_file(target);
  EXPECT_FALSE(coloured(std::string(written.begin(), written.end())));
}

TEST_F(CliOutput, QuietIsOneLine) {
  const Outcome good = run_tenzro(verify({"-q"}));
  EXPECT_EQ(std::count(good.out.begin(), good.out.end(), '\n'), 1);
  EXPECT_TRUE(good.out.starts_with("PASSED")) << good.out;
  EXPECT_NE(good.out.find("SIMULATED"), std::string::npos);
  const Outcome bad = run_tenzro({"-q", "verify", report, "--at", kJudgedAt});
  EXPECT_EQ(std::count(bad.out.begin(), bad.out.end(), '\n'), 1);
  EXPECT_TRUE(bad.out.starts_with("FAILED")) << bad.out;
}

TEST_F(CliOutput, VerboseSaysMore) {
  EXPECT_GT(run_tenzro(verify({"-v"})).out.size(), run_tenzro(verify()).out.size());
  EXPECT_EQ(run_tenzro(verify({"-v", "--json"})).out, run_tenzro(verify({"--json"})).out);
}

// What people read first, in the words of the tutorial.
TEST_F(CliOutput, PrintsTheTutorialsLines) {
  const std::string text = run_tenzro(verify()).out;
  EXPECT_TRUE(text.starts_with("PASSED  intel-tdx  *** SIMULATED")) << text;
  for (const std::string line :
       {"Platform match", "Signature valid", "Cert chain OK", "Fresh report", "Certificate chain",
        "Subject: ", "Issuer: ", "UpToDate", "replay_not_ruled_out", "mr_td: "}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " is not in\n" << text;
  }
}

TEST_F(CliOutput, FailuresSayWhatToDo) {
  const Outcome outcome = run_tenzro({"verify", report, "--at", kJudgedAt});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(outcome.out.starts_with("FAILED  intel-tdx")) << outcome.out;
  EXPECT_NE(outcome.out.find("--allow-simulated"), std::string::npos) << outcome.out;
  for (const std::string_view code : {"simulated_not_accepted", "replay_not_ruled_out"}) {
    const std::string advice = "\n    -> " + std::string(find_help(code)->advice) + "\n";
    EXPECT_NE(outcome.out.find(advice), std::string::npos) << advice << " is not in\n" << outcome.out;
  }
}

TEST_F(CliOutput, SkippedChecksSayWhy) {
  const std::string text = run_tenzro(verify({"--revocation", "off"})).out;
  EXPECT_NE(text.find("  skipped   root_crl\n          why:         revocation is switched off\n"), std::string::npos)
      << text;
}

TEST_F(CliOutput, PassedChecksSayWhyWhenAsked) {
  const std::string line = "          found:       quote version 4\n";
  EXPECT_EQ(run_tenzro(verify()).out.find(line), std::string::npos);
  EXPECT_NE(run_tenzro(verify({"-v"})).out.find("  pass      format\n" + line), std::string::npos);
}

// Names in certificates are the attacker's to choose.
TEST_F(CliOutput, EscapesWhatEvidenceSays) {
  const simulated::IntelHierarchy hierarchy("names that move the cursor");
  simulated::CertificateSpec spec;
  spec.common_name = "evil\033[2J\r\nPASSED";
  spec.not_before = issued();
  spec.not_after = issued() + std::chrono::years(1);
  const std::string path =
      scratch.write("evil.der", simulated::make_certificate(spec, hierarchy.root().key.get(), &hierarchy.root()));
  for (const auto& arguments : {std::vector<std::string>{"inspect", path}, {"inspect", path, "--json"}}) {
    const Outcome outcome = run_tenzro(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("evil"), std::string::npos);
    EXPECT_TRUE(std::ranges::all_of(outcome.out, [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); }));
    EXPECT_EQ(outcome.out.find("\nPASSED"), std::string::npos);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
