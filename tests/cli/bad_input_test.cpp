// SPDX-License-Identifier: Apache-2.0
// Hostile and hopeless inputs: each ends at once, with the promised exit code, one clear line and little memory.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "cli/evidence.hpp"
#include "collateral/bundle.hpp"

namespace tenzro::tee::test {
namespace {

constexpr std::size_t kMemoryBeyondInput = std::size_t{64} << 20;

void expect_modest(const Outcome& outcome, std::size_t input) {
#ifdef TENZRO_SANITIZED
  static_cast<void>(input);
  EXPECT_LT(outcome.cpu_seconds, 20);
#else
  EXPECT_LT(outcome.cpu_seconds, 1);
  EXPECT_LT(outcome.peak_memory, input + kMemoryBeyondInput);
#endif
}

void expect_refused(const Outcome& outcome, std::size_t input, int exit_code, const std::string& mentions) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  expect_one_clear_line(outcome.err);
  EXPECT_NE(outcome.err.find(mentions), std::string::npos) << outcome.err;
  expect_modest(outcome, input);
}

/// Both commands, as a named file and through a pipe.
void expect_unreadable(const Scratch& scratch, ByteView content, const std::string& mentions) {
  const std::string path = scratch.write("input", content);
  for (const std::string command : {"verify", "inspect"}) {
    expect_refused(run_tenzro({command, path}), content.size(), 3, mentions);
    expect_refused(run({.arguments = {command}, .stdin_bytes = Bytes(content.begin(), content.end())}), content.size(),
                   3, mentions);
    const Outcome json = run_tenzro({command, path, "--json"});
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_EQ(json.json()["error"]["code"], "malformed_input");
  }
}

/// A named file in place of the report: both commands.
void expect_unreadable_path(const std::string& path, const std::string& mentions, bool as_ordinary_user = false) {
  for (const std::string command : {"verify", "inspect"}) {
    expect_refused(run({.arguments = {command, path}, .as_ordinary_user = as_ordinary_user}), 0, 3, mentions);
    const Outcome json = run({.arguments = {command, path, "--json"}, .as_ordinary_user = as_ordinary_user});
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_EQ(json.json()["error"]["code"], "io_failure");
  }
}

TEST(CliBadInput, EmptyFile) { expect_unreadable(Scratch(), {}, "empty"); }

TEST(CliBadInput, OneByte) {
  for (const std::uint8_t byte : Bytes{0x00, 0x04, 0x0a, 0x20, 0x30, 0x7b, 0xff}) {
    expect_unreadable(Scratch(), Bytes{byte}, byte == 0x04 ? "no known form" : "");
  }
}

// ATTACK(P8)
TEST(CliBadInput, ZerosUpToTheLimitAndBeyond) {
  const Scratch scratch;
  constexpr std::size_t kLimit = kMaxReportInput;
  for (const std::string command : {"verify", "inspect"}) {
    expect_refused(run_tenzro({command, scratch.zeros("z8", kLimit)}), kLimit, 3, "z8");
    expect_refused(run_tenzro({command, scratch.zeros("z8_1", kLimit + 1)}), kLimit + 1, 3, "8388608");
    expect_refused(run_tenzro({command, scratch.zeros("z64", 8 * kLimit)}), 8 * kLimit, 3, "8388608");
#ifndef TENZRO_SANITIZED
    // Refused by its size, so no memory is spent on it either.
    EXPECT_LT(run_tenzro({command, scratch.zeros("z64", 8 * kLimit)}).peak_memory, 2 * kMemoryBeyondInput);
#endif
  }
}

TEST(CliBadInput, EndlessStreamIsCutAtTheLimit) {
  for (const std::string command : {"verify", "inspect"}) {
    expect_refused(run({.arguments = {command, "-"}, .stdin_bytes = Bytes(2 * kMaxReportInput)}), 2 * kMaxReportInput,
                   3, "8388608");
  }
}

TEST(CliBadInput, HostileTextsUpToTheLimit) {
  const Scratch scratch;
  const auto all = [](std::string_view unit) {
    std::string text;
    while (text.size() + unit.size() <= kMaxReportInput) {
      text += unit;
    }
    return text;
  };
  for (const std::string_view unit :
       {" ", "0", "f", "A", "{\"a\":", "[", "{", "%41", "-----BEGIN CERTIFICATE-----\n"}) {
    const std::string path = scratch.write("text", all(unit));
    // Both read alike, so that one of them need not read each.
    std::vector<std::string> commands = {"verify"};
    if (unit == "A" || unit == "{\"a\":") {
      commands.emplace_back("inspect");
    }
    for (const std::string& command : commands) {
      const Outcome outcome = run_tenzro({command, path});
      EXPECT_EQ(outcome.exit_code, 3) << unit;
      expect_one_clear_line(outcome.err);
      expect_modest(outcome, kMaxReportInput);
    }
  }
}

TEST(CliBadInput, Directory) {
  const Scratch scratch;
  expect_unreadable_path(scratch.path().string(), "is a folder, a regular file is needed");
}

TEST(CliBadInput, MissingFile) {
  const Scratch scratch;
  expect_unreadable_path((scratch / "absent").string(), "absent");
}

TEST(CliBadInput, Socket) {
  const Scratch scratch;
  const std::string path = (scratch / "socket").string();
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(fd, 1), 0);
  expect_unreadable_path(path, "socket");
  close(fd);
}

TEST(CliBadInput, Device) { expect_unreadable_path("/dev/zero", "device"); }

TEST(CliBadInput, UnreadableFile) {
  const Scratch scratch;
  const std::string path = scratch.write("secret", std::string_view("x"));
  std::filesystem::permissions(path, std::filesystem::perms::none);
  expect_unreadable_path(path, "Permission denied", true);
}

TEST(CliBadInput, EnvelopeWithDuplicateKeys) {
  const Scratch scratch;
  std::string text = simulated_report();
  text.insert(text.find('{') + 1, "\"platform\":\"intel-tdx\",");
  expect_refused(run_tenzro({"verify", scratch.write("twice.json", text)}), text.size(), 3, "platform");
  // The same at depth.
  expect_refused(
      run_tenzro(
          {"verify", scratch.write("deep.json", std::string(R"({"format":"tenzro-report/1","x":{"a":1,"a":2}})"))}),
      0, 3, "deep.json");
}

// --- collateral ---

class CliCollateral : public testing::Test {
 protected:
  std::vector<std::string> verify(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"verify", quote, "--offline", "--trust-anchor", root, "--at", kJudgedAt};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void expect_missing(const Outcome& outcome) const {
    EXPECT_EQ(outcome.exit_code, 4) << outcome.out << outcome.err;
    const Json verdict = outcome.json();
    EXPECT_EQ(verdict["valid"], false);
    ASSERT_FALSE(verdict["failures"].empty());
    for (const Json& failure : verdict["failures"]) {
      EXPECT_TRUE(failure["code"] == "collateral_missing" || failure["code"] == "revocation_missing") << failure;
    }
    expect_modest(outcome, 0);
  }

  Scratch scratch;
  Foreign evidence;
  std::string quote = scratch.write("quote.bin", evidence.quote());
  std::string root = scratch.write("root.der", evidence.root());
  std::string bundle = scratch.write("bundle.json", collateral::bundle_to_json(evidence.collateral()));
};

TEST_F(CliCollateral, GoodCollateralIsAccepted) {
  const Outcome outcome = run_tenzro(verify({"--collateral", bundle, "--json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["trust_anchors"], "custom");
}

TEST_F(CliCollateral, NoneIsMissing) { expect_missing(run_tenzro(verify({"--json"}))); }

// ATTACK(T5)
TEST_F(CliCollateral, ForeignTcbInfoOnlyIsMissing) {
  simulated::QuoteSpec other = evidence.spec;
  other.pck.fmspc = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66};
  std::vector<CollateralDocument> documents = evidence.maker.collateral(other, {.issued = issued()});
  std::erase_if(documents, [](const CollateralDocument& d) { return d.kind != CollateralKind::tcb_info; });
  const std::string foreign = scratch.write("foreign.json", collateral::bundle_to_json(documents));
  const Outcome outcome = run_tenzro(verify({"--collateral", foreign, "--json"}));
  expect_missing(outcome);
  EXPECT_NE(outcome.out.find("collateral_missing"), std::string::npos);
  EXPECT_NE(outcome.out.find("112233445566"), std::string::npos) << "does not say what was seen: " << outcome.out;
}

TEST_F(CliCollateral, FolderWithNothingForItIsMissing) {
  std::filesystem::create_directory(scratch / "empty");
  expect_missing(run_tenzro(verify({"--collateral", (scratch / "empty").string(), "--json"})));
}

TEST_F(CliCollateral, BrokenFileInAFolderIsSkippedWithAWarning) {
  std::filesystem::create_directory(scratch / "folder");
  scratch.write("folder/broken.json", std::string_view("{\"tcbInfo\":"));
  std::filesystem::copy_file(bundle, scratch / "folder/bundle.json");
  const Outcome outcome = run_tenzro(verify({"--collateral", (scratch / "folder").string(), "--json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("collateral_ignored"), std::string::npos);
}

TEST_F(CliCollateral, NamedFileThatIsBrokenIsUnreadable) {
  const std::string twice = R"({"tcbInfo":{"id":"TDX","id":"TDX"},"signature":"00"})";
  for (const std::string& content : {std::string(), std::string("x"), std::string("{\"tcbInfo\":"), twice,
                                     std::string("{\"unknown\":1}"), std::string("-----BEGIN CERTIFICATE-----\n")}) {
    const std::string path = scratch.write("broken", content);
    expect_refused(run_tenzro(verify({"--collateral", path})), content.size(), 3, "broken");
  }
  expect_refused(run_tenzro(verify({"--collateral", (scratch / "absent").string()})), 0, 3, "absent");
}

TEST_F(CliCollateral, CollateralFromTheFutureIsAFinding) {
  std::vector<std::string> arguments = {
      "verify", quote, "--trust-anchor", root, "--at", "2026-05-31T23:59:59Z", "--json", "--collateral", bundle};
  const Outcome outcome = run_tenzro(arguments);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("collateral_not_yet_valid"), std::string::npos) << outcome.out;
  expect_modest(outcome, 0);
}

TEST_F(CliCollateral, TrustAnchorThatIsNoneIsUnreadable) {
  for (const std::string& path : {scratch.write("text", std::string_view("not a certificate")), bundle, quote,
                                  scratch.path().string(), (scratch / "absent").string()}) {
    expect_refused(run_tenzro({"verify", quote, "--trust-anchor", path}), 0, 3, "--trust-anchor");
  }
}

TEST_F(CliCollateral, RepeatedOptionsDoNotSwallowTheReport) {
  const Outcome outcome = run_tenzro(
      {"verify", "--trust-anchor", root, "--at", kJudgedAt, "--collateral", bundle, "--collateral", bundle, quote});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
}

TEST_F(CliCollateral, BracketsInANameAreNoList) {
  std::filesystem::copy_file(bundle, scratch / "[a,b]");
  const Outcome outcome = run_tenzro(verify({"--collateral", (scratch / "[a,b]").string()}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
}

}  // namespace
}  // namespace tenzro::tee::test
