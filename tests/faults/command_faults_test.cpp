// SPDX-License-Identifier: Apache-2.0
// The command while one call into the kernel fails: every call in turn, in every way that it can. Whatever fails, no
// file that was there is lost or altered, nothing half-written stands under a name, nothing temporary stays behind, an
// exit code of success is the truth, and every other one comes with a sentence that says what it was about.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/evidence.hpp"
#include "cli/process.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "support/alterations.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

using Files = std::map<std::string, Bytes>;

struct Way {
  std::string call, problem;
};
const std::vector<Way>& ways() {
  static const std::vector<Way> all = {
      {"read", "short"},   {"read", "EINTR"},   {"read", "EIO"},        {"write", "short"},    {"write", "EINTR"},
      {"write", "EIO"},    {"write", "ENOSPC"}, {"open", "EIO"},        {"open", "EMFILE"},    {"fsync", "EIO"},
      {"fsync", "ENOSPC"}, {"rename", "EIO"},   {"rename", "ENOSPC"},   {"link", "EIO"},       {"link", "ENOSPC"},
      {"close", "EIO"},    {"close", "EINTR"},  {"mkdir", "ENOSPC"},    {"flock", "ENOLCK"},   {"poll", "EINTR"},
      {"poll", "ENOMEM"},  {"stat", "EIO"},     {"getrandom", "short"}, {"getrandom", "EINTR"}};
  return all;
}

/// All files below a folder, by their names below it.
Files files_in(const std::filesystem::path& folder) {
  Files out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      out[std::filesystem::relative(entry.path(), folder)] = read_file(entry.path());
    }
  }
  return out;
}

/// What is done, to what, and what must have come of it when it says that it worked.
struct Scenario {
  std::string name;
  std::vector<std::string> arguments;  ///< FOLDER stands for the folder
  std::function<void(const Scratch&)> prepare;
  std::set<std::string> may_appear{};  ///< or be replaced, when it worked
  std::set<std::string> may_remain{};  ///< of its own, whole, also when it did not
  int expected = 0;                    ///< exit code while nothing fails
  /// Empty: as it should be.
  std::function<std::string(const Scratch&, const Outcome&)> check = [](const Scratch&, const Outcome&) {
    return std::string();
  };
};

class CommandFaults : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string_view(TENZRO_FAULT_PRELOAD).empty()) {
      GTEST_SKIP() << "a sanitizer's runtime wants to be the first library of a process";
    }
  }

  static Outcome call(const Scenario& what, const Scratch& scratch, std::vector<std::string> environment) {
    std::vector<std::string> arguments = what.arguments;
    for (std::string& argument : arguments) {
      if (const auto at = argument.find("FOLDER"); at != std::string::npos) {
        argument.replace(at, 6, scratch.path().string());
      }
    }
    environment.insert(environment.end(),
                       {"TENZRO_SIMULATE_TDX=1", "TENZRO_STATE_DIR=" + (scratch / "state").string()});
    return run({.arguments = std::move(arguments),
                .environment = std::move(environment),
                .machine = "bare",
                .hangs_after = 60});
  }

  /// Empty: nothing is wrong. Sets reached to whether the call came.
  static std::string problem_with(const Scenario& what, const Way& way, std::size_t number, bool& reached) {
    const Scratch scratch, elsewhere;
    what.prepare(scratch);
    const Files before = files_in(scratch.path());
    const std::string mark = (elsewhere / "mark").string();
    const Outcome outcome = call(what, scratch,
                                 {std::string("LD_PRELOAD=") + TENZRO_FAULT_PRELOAD, "TENZRO_TEST_FAULT_MARK=" + mark,
                                  "TENZRO_TEST_FAULT=" + way.call + ":" + std::to_string(number) + ":" + way.problem});
    reached = std::filesystem::exists(mark);
    return reached ? problem_after(what, scratch, before, outcome) : "";
  }

  static std::string problem_after(const Scenario& what, const Scratch& scratch, const Files& before,
                                   const Outcome& outcome) {
    const bool as_expected = outcome.exit_code == what.expected;
    Files after = files_in(scratch.path());
    for (const std::string& name : what.may_remain) {
      if (!before.contains(name)) {
        after.erase(name);
      }
    }
    if (as_expected) {
      if (std::string problem = what.check(scratch, outcome); !problem.empty()) {
        return problem;
      }
      Files others = before;
      for (const std::string& name : what.may_appear) {
        after.erase(name);
        others.erase(name);
      }
      return after == others ? "" : "other files are not as they were: " + names_of(after);
    }
    if (outcome.exit_code == 0 || outcome.exit_code >= 128) {
      return "exit code " + std::to_string(outcome.exit_code) + ": " + outcome.out + outcome.err;
    }
    if (after != before) {
      return "files are not as they were: " + names_of(after);
    }
    const bool names_something = outcome.err.find(scratch.path().string()) != std::string::npos ||
                                 outcome.err.find("standard ") != std::string::npos;
    const auto last = outcome.err.rfind("tenzro: ");
    if (last == std::string::npos || !outcome.err.ends_with('\n') || !names_something) {
      return "no clear sentence: " + outcome.err;
    }
    return "";
  }

  static std::string names_of(const Files& files) {
    std::string out;
    for (const auto& [name, content] : files) {
      out += name + " (" + std::to_string(content.size()) + ") ";
    }
    return out;
  }

  static void expect_safe(const Scenario& what) {
    SCOPED_TRACE(what.name);
    {
      const Scratch scratch;
      what.prepare(scratch);
      const Files before = files_in(scratch.path());
      const Outcome outcome = call(what, scratch, {});
      ASSERT_EQ(outcome.exit_code, what.expected) << outcome.out << outcome.err;
      ASSERT_EQ(problem_after(what, scratch, before, outcome), "");
    }
    const std::size_t step = stride(7);
    std::size_t tried = 0;
    for (const Way& way : ways()) {
      bool reached = true;
      for (std::size_t number = 1; reached; number += step) {
        EXPECT_EQ(problem_with(what, way, number, reached), "") << way.call << ":" << number << ":" << way.problem;
        tried += reached ? 1 : 0;
      }
    }
    std::cout << what.name << ": " << tried << " failing calls\n";
    EXPECT_GT(tried, 0U);
  }
};

// --- Sealing

constexpr std::size_t kSize = 50'000;  // four chunks of the smallest kind would be 64 KiB; one of the usual

Bytes plaintext() {
  Bytes out(kSize);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  }
  return out;
}

/// Made once, by the command itself: a state folder, and what was sealed under it.
struct Sealed {
  Scratch scratch;
  Files files;
  Sealed() {
    scratch.write("plain", plaintext());
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"seal", "--key-id", "k", "-i", (scratch / "plain").string(), "-o",
                                   (scratch / "sealed").string()},
          {"seal", "--raw", "--key-id", "k", "-i", (scratch / "plain").string(), "-o", (scratch / "raw").string()}}) {
      const Outcome made =
          run({.arguments = arguments,
               .environment = {"TENZRO_SIMULATE_TDX=1", "TENZRO_STATE_DIR=" + (scratch / "state").string()},
               .machine = "bare"});
      EXPECT_EQ(made.exit_code, 0) << made.err;
    }
    files = files_in(scratch.path());
  }
  static const Sealed& get() {
    static const Sealed made;
    return made;
  }
};

/// The files of these names, and the root's.
std::function<void(const Scratch&)> with(std::vector<std::string> names, bool root = true) {
  return [names = std::move(names), root](const Scratch& scratch) {
    for (const auto& [name, content] : Sealed::get().files) {
      if (name.starts_with("state/") && root) {
        std::filesystem::create_directories(scratch / "state");
        std::filesystem::permissions(scratch / "state", std::filesystem::perms::owner_all);
        std::filesystem::permissions(scratch.write(name, content),
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
      }
      if (std::ranges::find(names, name) != names.end()) {
        scratch.write(name, content);
      }
    }
    if (std::ranges::find(names, "old") != names.end()) {
      scratch.write("old", std::string_view("what was here before"));
    }
  };
}

/// What was sealed opens to the plaintext, without faults.
std::function<std::string(const Scratch&, const Outcome&)> opens(const std::string& name, bool raw = false) {
  return [name, raw](const Scratch& scratch, const Outcome&) -> std::string {
    std::vector<std::string> arguments = {"unseal", "--key-id", "k", "-i", (scratch / name).string()};
    if (raw) {
      arguments.insert(arguments.begin() + 1, "--raw");
    }
    const Outcome opened =
        run({.arguments = arguments,
             .environment = {"TENZRO_SIMULATE_TDX=1", "TENZRO_STATE_DIR=" + (scratch / "state").string()},
             .machine = "bare"});
    const Bytes wanted = plaintext();
    return opened.exit_code == 0 && std::ranges::equal(view(opened.out), wanted) ? ""
                                                                                 : "it does not open: " + opened.err;
  };
}
std::function<std::string(const Scratch&, const Outcome&)> holds(const std::string& name) {
  return [name](const Scratch& scratch, const Outcome&) -> std::string {
    return read_file(scratch / name) == plaintext() ? "" : "another plaintext";
  };
}

TEST_F(CommandFaults, SealLosesNothing) {
  expect_safe({.name = "seal",
               .arguments = {"seal", "--key-id", "k", "-i", "FOLDER/plain", "-o", "FOLDER/new"},
               .prepare = with({"plain"}),
               .may_appear = {"new"},
               .check = opens("new")});
}
TEST_F(CommandFaults, SealForTheFirstTimeLosesNothing) {
  expect_safe({.name = "seal, a new root",
               .arguments = {"seal", "--key-id", "k", "-i", "FOLDER/plain", "-o", "FOLDER/new"},
               .prepare = with({"plain"}, false),
               .may_appear = {"new"},
               .may_remain = {"state/simulated-sealing-root"},
               .check = opens("new")});
}
TEST_F(CommandFaults, SealOverAFileLosesNothing) {
  expect_safe({.name = "seal --force",
               .arguments = {"seal", "--force", "--key-id", "k", "-i", "FOLDER/plain", "-o", "FOLDER/old"},
               .prepare = with({"plain", "old"}),
               .may_appear = {"old"},
               .check = opens("old")});
}
TEST_F(CommandFaults, SealRawLosesNothing) {
  expect_safe({.name = "seal --raw",
               .arguments = {"seal", "--raw", "--force", "--key-id", "k", "-i", "FOLDER/plain", "-o", "FOLDER/old"},
               .prepare = with({"plain", "old"}),
               .may_appear = {"old"},
               .check = opens("old", true)});
}
TEST_F(CommandFaults, RewrapInPlaceLosesNothing) {
  expect_safe(
      {.name = "seal --rewrap --force",
       .arguments = {"seal", "--rewrap", "--force", "--key-id", "k", "-i", "FOLDER/sealed", "-o", "FOLDER/sealed"},
       .prepare = with({"sealed"}),
       .may_appear = {"sealed"},
       .check = opens("sealed")});
}
TEST_F(CommandFaults, UnsealLosesNothing) {
  expect_safe({.name = "unseal --force",
               .arguments = {"unseal", "--force", "--key-id", "k", "-i", "FOLDER/sealed", "-o", "FOLDER/old"},
               .prepare = with({"sealed", "old"}),
               .may_appear = {"old"},
               .check = holds("old")});
}
TEST_F(CommandFaults, UnsealRawLosesNothing) {
  expect_safe({.name = "unseal --raw",
               .arguments = {"unseal", "--raw", "--key-id", "k", "-i", "FOLDER/raw", "-o", "FOLDER/new"},
               .prepare = with({"raw"}),
               .may_appear = {"new"},
               .check = holds("new")});
}
TEST_F(CommandFaults, UnsealToStandardOutputSaysWhenItFailed) {
  expect_safe({.name = "unseal to standard output",
               .arguments = {"unseal", "--key-id", "k", "-i", "FOLDER/sealed"},
               .prepare = with({"sealed"}),
               .check = [](const Scratch&, const Outcome& outcome) -> std::string {
                 const Bytes wanted = plaintext();
                 return std::ranges::equal(view(outcome.out), wanted) ? "" : "success, and another plaintext";
               }});
}
TEST_F(CommandFaults, UnsealOfAlteredDataNeverWorks) {
  expect_safe({.name = "unseal of altered data",
               .arguments = {"unseal", "--force", "--key-id", "k", "-i", "FOLDER/sealed", "-o", "FOLDER/old"},
               .prepare =
                   [](const Scratch& scratch) {
                     with({"sealed", "old"})(scratch);
                     Bytes altered = read_file(scratch / "sealed");
                     altered.at(altered.size() / 2) ^= 1;
                     scratch.write("sealed", altered);
                   },
               .expected = 1});
}

// --- Evidence

std::string valid_of(const Outcome& outcome) {
  const Json document = Json::parse(outcome.out, nullptr, false);
  return document.is_discarded() ? "not JSON" : document.value("valid", false) ? "valid" : "not valid";
}

TEST_F(CommandFaults, AttestWritesAllOrNothing) {
  expect_safe({.name = "attest -o",
               .arguments = {"attest", "--user-data", "hello", "-o", "FOLDER/old"},
               .prepare = with({"old"}, false),
               .may_appear = {"old"},
               .check = [](const Scratch& scratch, const Outcome&) -> std::string {
                 const auto report = parse_report(read_file(scratch / "old"));
                 return report ? "" : report.error().message();
               }});
}

/// A quote, its collateral as a folder of files, and the root that makes it good.
void write_evidence(const Scratch& scratch, bool revoked) {
  static const Foreign foreign;
  static const Bytes quote = foreign.quote();
  static const auto documents = [](bool with_revoked) {
    simulated::CollateralSpec spec{.issued = issued()};
    if (with_revoked) {
      spec.pck_crl.revoked_serials = {simulated::serial_of(foreign.maker.pck_certificate(foreign.spec))};
    }
    return foreign.maker.collateral(foreign.spec, spec);
  };
  static const auto good = documents(false), bad = documents(true);
  scratch.write("quote", quote);
  scratch.write("root.der", foreign.root());
  std::filesystem::create_directory(scratch / "collateral");
  int number = 0;
  for (const CollateralDocument& document : revoked ? bad : good) {
    const std::string name = "collateral/" + std::to_string(number++);
    scratch.write(name, document.body);
    int certificate = 0;
    for (const Bytes& der : document.issuer_chain) {
      scratch.write(name + "-" + std::to_string(certificate++) + ".der", der);
    }
  }
}

std::vector<std::string> verify_arguments() {
  return {"verify",       "--offline",         "--json",      "--at", kJudgedAt, "--trust-anchor", "FOLDER/root.der",
          "--collateral", "FOLDER/collateral", "FOLDER/quote"};
}

TEST_F(CommandFaults, VerifySaysYesOnlyToWhatIsGood) {
  expect_safe({.name = "verify, good",
               .arguments = verify_arguments(),
               .prepare = [](const Scratch& scratch) { write_evidence(scratch, false); },
               .check = [](const Scratch&, const Outcome& outcome) -> std::string {
                 return valid_of(outcome) == "valid" ? "" : outcome.out;
               }});
}
TEST_F(CommandFaults, VerifyNeverOverlooksARevocation) {
  expect_safe({.name = "verify, revoked",
               .arguments = verify_arguments(),
               .prepare = [](const Scratch& scratch) { write_evidence(scratch, true); },
               .expected = 1});
}
// Nobody needs a list for Nitro, so a list that is not read would not be missed.
TEST_F(CommandFaults, VerifyNeverOverlooksAListThatNobodyDemands) {
  static const simulated::NitroEvidenceMaker maker("a hierarchy of the command's tests");
  expect_safe({.name = "verify, Nitro, revoked",
               .arguments = verify_arguments(),
               .prepare =
                   [](const Scratch& scratch) {
                     simulated::NitroDocumentSpec spec;
                     spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(*from_rfc3339(kJudgedAt));
                     static const Bytes document = maker.document(spec);
                     static const Bytes list = simulated::make_aws_crl(
                         {.this_update = issued(),
                          .next_update = issued() + std::chrono::days{7},
                          .revoked_serials = {simulated::serial_of(maker.hierarchy().regional().certificate)}},
                         maker.hierarchy().root());
                     scratch.write("quote", document);
                     scratch.write("root.der", maker.hierarchy().root().certificate);
                     std::filesystem::create_directory(scratch / "collateral");
                     scratch.write("collateral/readme", std::string_view("lists of ours"));
                     scratch.write("collateral/root.crl", list);
                   },
               .expected = 1});
}

}  // namespace
}  // namespace tenzro::tee::test
