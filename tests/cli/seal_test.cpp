// SPDX-License-Identifier: Apache-2.0
// `tenzro seal` and `tenzro unseal`: what scripts rely on, and that nothing of the user's is lost.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>

#include "cli/process.hpp"
#include "support/alterations.hpp"

namespace tenzro::tee::test {
namespace {

class Sealing : public testing::Test {
 protected:
  Outcome call(std::vector<std::string> arguments, std::optional<Bytes> in = {}, Stdout out = Stdout::captured,
               unsigned hangs_after = 60) {
    return run({.arguments = std::move(arguments),
                .stdin_bytes = std::move(in),
                .environment = {"TENZRO_SIMULATE_TDX=1", state()},
                .out = out,
                .machine = "bare",
                .hangs_after = hangs_after});
  }
  std::string state() const { return "TENZRO_STATE_DIR=" + (scratch_ / "state").string(); }
  std::string path(const std::string& name) const { return (scratch_ / name).string(); }

  static Bytes bytes_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
  }
  static Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

  /// The names in the folder, without the state's.
  std::vector<std::string> left_in_folder() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(scratch_.path())) {
      if (entry.path().filename() != "state") {
        out.push_back(entry.path().filename());
      }
    }
    std::ranges::sort(out);
    return out;
  }

  Scratch scratch_;
};

/// Starts the program, and sends it a signal after a while. Its wait status.
int signalled_after(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                    std::chrono::microseconds delay, int number) {
  std::vector<char*> argv, envp;
  for (const std::string& one : arguments) {
    argv.push_back(const_cast<char*>(one.c_str()));
  }
  for (const std::string& one : environment) {
    envp.push_back(const_cast<char*>(one.c_str()));
  }
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, argv.front(), &actions, nullptr, argv.data(), envp.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  std::this_thread::sleep_for(delay);
  kill(child, number);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

/// Whether it was killed before it had ended by itself.
bool killed_after(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                  std::chrono::microseconds delay) {
  return WIFSIGNALED(signalled_after(arguments, environment, delay, SIGKILL));
}

int told_to_end_after(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                      std::chrono::microseconds delay) {
  return signalled_after(arguments, environment, delay, SIGTERM);
}

constexpr std::string_view kMessage = "0123456789abcdef0123456789abcdef!";  // 33 bytes

TEST_F(Sealing, RoundsTripsThroughFilesAndPipes) {
  const std::string file = scratch_.write("m", kMessage);
  const Outcome sealed = call({"seal", "--key-id", "a", "-i", file, "-o", path("m.tzs")});
  ASSERT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_TRUE(sealed.out.empty());
  const Outcome opened = call({"unseal", "--key-id", "a", "-i", path("m.tzs")});
  EXPECT_EQ(opened.exit_code, 0) << opened.err;
  EXPECT_EQ(opened.out, kMessage);
  const Outcome piped = call({"seal", "--key-id", "a"}, bytes(kMessage));
  ASSERT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_TRUE(piped.out.starts_with("TZS1"));
  EXPECT_EQ(call({"unseal", "--key-id", "a"}, bytes(piped.out)).out, kMessage);
  EXPECT_EQ(call({"unseal", "--key-id", "a", "-i", path("m.tzs"), "-o", path("back")}).exit_code, 0);
  EXPECT_EQ(bytes_of(path("back")), bytes(kMessage));
  EXPECT_EQ(left_in_folder(), (std::vector<std::string>{"back", "m", "m.tzs"}));
}

TEST_F(Sealing, WritesPlaintextForItsOwnerOnly) {
  const std::string file = scratch_.write("m", kMessage);
  ASSERT_EQ(call({"seal", "--key-id", "a", "-i", file, "-o", path("m.tzs")}).exit_code, 0);
  ASSERT_EQ(call({"unseal", "--key-id", "a", "-i", path("m.tzs"), "-o", path("back")}).exit_code, 0);
  EXPECT_EQ(std::filesystem::status(path("back")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Sealing, RawMessagesAre28BytesLonger) {
  const Outcome sealed = call({"seal", "--raw", "--key-id", "a"}, bytes(kMessage));
  ASSERT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_EQ(sealed.out.size(), 61U);
  EXPECT_EQ(call({"unseal", "--raw", "--key-id", "a"}, bytes(sealed.out)).out, kMessage);
  const Outcome other = call({"unseal", "--raw", "--key-id", "b"}, bytes(sealed.out));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_TRUE(other.out.empty());
  expect_one_clear_line(other.err.substr(other.err.find("tenzro: unseal")));
  EXPECT_EQ(call({"unseal", "--raw", "--key-id", "a", "--aad", "x"}, bytes(sealed.out)).exit_code, 1);
  EXPECT_EQ(call({"unseal", "--raw", "--key-id", "a"}, Bytes(27)).exit_code, 3);
  EXPECT_EQ(call({"unseal", "--raw", "--key-id", "a"}, Bytes(28)).exit_code, 1);
  EXPECT_EQ(call({"seal", "--raw", "--key-id", "a", "--rewrap"}, bytes(kMessage)).exit_code, 2);
  EXPECT_EQ(call({"seal", "--raw", "--key-id", "a"}, Bytes()).out.size(), 28U);
}

TEST_F(Sealing, ExitCodesSayWhatIsWrong) {
  const std::string file = scratch_.write("m", kMessage);
  const std::string sealed = path("m.tzs");
  ASSERT_EQ(call({"seal", "--key-id", "a", "--aad", "bound", "--generation", "3", "-i", file, "-o", sealed}).exit_code,
            0);
  const auto code = [&](std::vector<std::string> more, const std::string& input) {
    std::vector<std::string> arguments = {"unseal", "-i", input};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = call(arguments);
    if (outcome.exit_code != 0) {
      EXPECT_TRUE(outcome.out.empty());
    }
    return outcome.exit_code;
  };
  EXPECT_EQ(code({"--key-id", "a", "--aad", "bound"}, sealed), 0);
  EXPECT_EQ(code({"--key-id", "a", "--aad", "bound", "--min-generation", "3"}, sealed), 0);
  EXPECT_EQ(code({"--key-id", "a", "--aad", "bound", "--min-generation", "4"}, sealed), 1);
  EXPECT_EQ(code({"--key-id", "a"}, sealed), 1);
  EXPECT_EQ(code({"--key-id", "b", "--aad", "bound"}, sealed), 1);
  EXPECT_EQ(code({"--key-id", "a"}, file), 3) << "no sealed file";
  EXPECT_EQ(code({"--key-id", "a"}, scratch_.path()), 3);
  EXPECT_EQ(code({"--key-id", "a"}, path("absent")), 3);
  EXPECT_EQ(code({"--key-id", "a b"}, sealed), 2);
  EXPECT_EQ(code({}, sealed), 2);
  EXPECT_EQ(code({"--key-id", "a", "--root", "magic"}, sealed), 2);
  EXPECT_EQ(code({"--key-id", "a", "--root", "kms"}, sealed), 4) << "no enclave here";
  EXPECT_EQ(code({"--key-id", "a", "--root", "snp"}, sealed), 4);
  EXPECT_EQ(code({"--key-id", "a", "--min-generation", "x"}, sealed), 2);
  EXPECT_EQ(code({"--key-id", "a", "-j", "0"}, sealed), 2);
  EXPECT_EQ(code({"--key-id", "a", "--config", path("absent")}, sealed), 3);
  EXPECT_EQ(code({"--key-id", "a", "--config", scratch_.write("c", "{\"sealing\":\n{\"snp\":{\"x\":1}}}")}, sealed), 2);
  EXPECT_EQ(code({"--key-id", "a", "--config", scratch_.write("c", "{\n  oops")}, sealed), 2);
}

TEST_F(Sealing, SaysWhatItNeedsWhereThereIsNoTee) {
  const Outcome outcome = run({.arguments = {"seal", "--key-id", "a"}, .stdin_bytes = Bytes(3), .machine = "bare"});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_TRUE(outcome.out.empty());
  expect_one_clear_line(outcome.err);
  EXPECT_NE(outcome.err.find("no sealing source here"), std::string::npos) << outcome.err;
}

TEST_F(Sealing, ReplacesNothingUnasked) {
  const std::string file = scratch_.write("m", kMessage);
  const std::string old = scratch_.write("old", "precious");
  const Outcome refused = call({"seal", "--key-id", "a", "-i", file, "-o", old});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--force"), std::string::npos);
  EXPECT_EQ(bytes_of(old), bytes("precious"));
  ASSERT_EQ(call({"seal", "--key-id", "a", "-i", file, "-o", old, "--force"}).exit_code, 0);
  EXPECT_EQ(call({"unseal", "--key-id", "a", "-i", old}).out, kMessage);
  // A failure leaves what was there, with --force too.
  scratch_.write("old", "precious");
  EXPECT_EQ(call({"unseal", "--key-id", "a", "-i", file, "-o", old, "--force"}).exit_code, 3);
  EXPECT_EQ(bytes_of(old), bytes("precious"));
  EXPECT_EQ(left_in_folder(), (std::vector<std::string>{"m", "old"}));
}

TEST_F(Sealing, LeavesNoFileWhereTheDataAreNotAuthentic) {
  const std::string file = scratch_.write("m", Bytes(std::size_t{3} << 20));
  ASSERT_EQ(call({"seal", "--key-id", "a", "-i", file, "-o", path("m.tzs")}).exit_code, 0);
  Bytes bad = bytes_of(path("m.tzs"));
  bad.back() ^= 1;
  const std::string altered = scratch_.write("bad", bad);
  EXPECT_EQ(call({"unseal", "--key-id", "a", "-i", altered, "-o", path("out")}).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(path("out")));
  const Outcome piped = call({"unseal", "--key-id", "a", "-i", altered});
  EXPECT_EQ(piped.exit_code, 1);
  EXPECT_NE(piped.err.find("discard what was written"), std::string::npos) << piped.err;
}

TEST_F(Sealing, ShowsPlaintextOnNoTerminal) {
  if (!has_terminals()) {
    GTEST_SKIP() << "this system has no pseudoterminals";
  }
  const std::string file = scratch_.write("m", kMessage);
  ASSERT_EQ(call({"seal", "--key-id", "a", "-i", file, "-o", path("m.tzs")}).exit_code, 0);
  for (const char* command : {"seal", "unseal"}) {
    for (const char* output : {"-", "/dev/stdout"}) {
      for (const bool force : {false, true}) {
        std::vector<std::string> arguments = {command, "--key-id", "a", "-i", path("m.tzs"), "-o", output};
        if (force) {
          arguments.emplace_back("--force");
        }
        const Outcome outcome = call(arguments, {}, Stdout::terminal);
        EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
        EXPECT_EQ(outcome.out.find(kMessage), std::string::npos);
      }
    }
  }
}

TEST_F(Sealing, SaysWhenItsOutputFails) {
  for (const Stdout out : {Stdout::full_disk, Stdout::closed, Stdout::closed_pipe}) {
    const Outcome outcome = call({"seal", "--key-id", "a"}, bytes(kMessage), out);
    EXPECT_EQ(outcome.exit_code, 4) << outcome.err;
  }
}

TEST_F(Sealing, RefusesAFolderWithAHint) {
  const Outcome outcome = call({"seal", "--key-id", "a", "-i", scratch_.path()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.err.find("tar "), std::string::npos) << outcome.err;
}

TEST_F(Sealing, RewrapsInPlace) {
  const std::string file = scratch_.write("m", kMessage);
  const std::string sealed = path("m.tzs");
  ASSERT_EQ(call({"seal", "--key-id", "a", "--generation", "5", "-i", file, "-o", sealed}).exit_code, 0);
  const Bytes before = bytes_of(sealed);
  ASSERT_EQ(call({"seal", "--rewrap", "--key-id", "a", "-i", sealed, "-o", sealed, "--force"}).exit_code, 0);
  EXPECT_NE(bytes_of(sealed), before);
  EXPECT_EQ(call({"unseal", "--key-id", "a", "--min-generation", "5", "-i", sealed}).out, kMessage);
  EXPECT_EQ(call({"seal", "--rewrap", "--key-id", "a", "-i", file, "-o", path("x")}).exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(path("x")));
}

TEST_F(Sealing, AppendsToWhatStandardOutputIs) {
  const std::string log = scratch_.write("log", "precious");
  const std::string command = std::string(TENZRO_PROGRAM_ON_FAKE_MACHINE) +
                              " seal --key-id a -o /dev/stdout --force >> " + log + " 2>/dev/null < " +
                              scratch_.write("m", kMessage);
  const std::string environment = "TENZRO_SIMULATE_TDX=1 TENZRO_TEST_MACHINE=bare " + state() + " ";
  ASSERT_EQ(std::system((environment + command).c_str()), 0);  // NOLINT(cert-env33-c, concurrency-mt-unsafe)
  const Bytes found = bytes_of(log);
  EXPECT_EQ(std::string(found.begin(), found.begin() + 12), "preciousTZS1");
}

TEST_F(Sealing, EndsSoonWhenItIsToldTo) {
  const std::string fifo = path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::vector<std::string> environment = {"TENZRO_SIMULATE_TDX=1", state(), "TENZRO_TEST_MACHINE=bare"};
  for (const std::string more : {"-j1", "-j3", "--raw"}) {
    const std::vector<std::string> arguments = {
        TENZRO_PROGRAM_ON_FAKE_MACHINE, "seal", "--key-id", "a", "-i", fifo, "-o", path("out"), more};
    const auto begun = std::chrono::steady_clock::now();
    const int status = told_to_end_after(arguments, environment, std::chrono::milliseconds{300});
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 4) << more << ": " << status;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{20});
    EXPECT_FALSE(std::filesystem::exists(path("out")));
  }
}

TEST_F(Sealing, WritesToNoLinkThatLeadsNowhere) {
  const std::string file = scratch_.write("m", kMessage);
  std::filesystem::create_symlink(path("nowhere"), path("link"));
  for (const bool force : {false, true}) {
    std::vector<std::string> arguments = {"seal", "--key-id", "a", "-i", file, "-o", path("link")};
    if (force) {
      arguments.emplace_back("--force");
    }
    EXPECT_EQ(call(arguments).exit_code, 4);
    EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  }
}

TEST_F(Sealing, ReplacesTheFileThatALinkLeadsTo) {
  const std::string file = scratch_.write("m", kMessage);
  scratch_.write("old", "old");
  std::filesystem::create_symlink("old", path("link"));
  ASSERT_EQ(call({"seal", "--key-id", "a", "-i", file, "-o", path("link"), "--force"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(call({"unseal", "--key-id", "a", "-i", path("old")}).out, kMessage);
}

TEST_F(Sealing, SealsWhatTheKernelSaysIsEmpty) {
  const Outcome sealed = call({"seal", "--key-id", "a", "-i", "/proc/self/status"});
  ASSERT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_NE(call({"unseal", "--key-id", "a"}, bytes(sealed.out)).out.find("Name:"), std::string::npos);
}

TEST_F(Sealing, TakesAssociatedTextUpToItsLimit) {
  const std::string most(65535, 'a'), more(65536, 'a');
  const Outcome sealed = call({"seal", "--key-id", "a", "--aad", most}, bytes(kMessage));
  ASSERT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_EQ(call({"unseal", "--key-id", "a", "--aad", most}, bytes(sealed.out)).out, kMessage);
  EXPECT_EQ(call({"unseal", "--key-id", "a", "--aad", more}, bytes(sealed.out)).exit_code, 2);
  EXPECT_EQ(call({"seal", "--key-id", "a", "--aad", more}, bytes(kMessage)).exit_code, 2);
}

TEST_F(Sealing, DoesNotRewrapAnOlderFileAsANewerOne) {
  const std::string sealed = path("m.tzs");
  ASSERT_EQ(call({"seal", "--key-id", "a", "--generation", "5", "-o", sealed}, bytes(kMessage)).exit_code, 0);
  EXPECT_EQ(call({"seal", "--rewrap", "--key-id", "a", "--generation", "4", "-i", sealed}).exit_code, 2);
  EXPECT_EQ(call({"seal", "--rewrap", "--key-id", "a", "--min-generation", "6", "-i", sealed}).exit_code, 1);
  EXPECT_EQ(call({"seal", "--rewrap", "--key-id", "a", "--min-generation", "5", "-i", sealed}).exit_code, 0);
  EXPECT_EQ(call({"seal", "--key-id", "a", "--min-generation", "5"}, bytes(kMessage)).exit_code, 2);
}

TEST_F(Sealing, InspectReadsTheHeaderOfAFileOfAnySize) {
  const std::string large = scratch_.zeros("large", std::size_t{20} << 20);
  ASSERT_EQ(call({"seal", "--key-id", "weights/1", "-i", large, "-o", path("large.tzs")}).exit_code, 0);
  const Outcome shown = run_tenzro({"inspect", path("large.tzs"), "--json"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  const Json document = shown.json();
  EXPECT_EQ(document["kind"], "sealed_container");
  EXPECT_EQ(document["verified"], false);
  EXPECT_EQ(document["key_id"], "weights/1");
  EXPECT_EQ(document["vendor_tag"], "simulated");
  EXPECT_EQ(document["plaintext_size"], std::size_t{20} << 20);
  EXPECT_EQ(document["chunk_size"], 262144);
}

// Real providers refuse what a simulation sealed.
TEST_F(Sealing, OpensNothingOfAnotherRootFile) {
  const Outcome sealed = call({"seal", "--key-id", "a"}, bytes(kMessage));
  ASSERT_EQ(sealed.exit_code, 0);
  const Outcome elsewhere = run({.arguments = {"unseal", "--key-id", "a"},
                                 .stdin_bytes = bytes(sealed.out),
                                 .environment = {"TENZRO_SIMULATE_TDX=1", "TENZRO_STATE_DIR=" + path("another")},
                                 .machine = "bare"});
  EXPECT_EQ(elsewhere.exit_code, 1);
  EXPECT_TRUE(elsewhere.out.empty());
}

#ifndef TENZRO_SANITIZED
TEST_F(Sealing, NeedsLittleMemoryForGibibytes) {
  const std::size_t kSize = rounds(1, 5) << 30;
  constexpr std::size_t kMost = std::size_t{64} << 20;
  constexpr unsigned kPatience = 280;
  const std::string sparse = scratch_.zeros("sparse", kSize);
  const std::string fifo = path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(call({"seal", "--key-id", "a"}, bytes("the root file is made before two want it")).exit_code, 0);
  Outcome sealed;
  std::thread sealing(
      [&] { sealed = call({"seal", "--key-id", "a", "-i", sparse, "-o", fifo}, {}, Stdout::captured, kPatience); });
  const Outcome opened =
      call({"unseal", "--key-id", "a", "-i", fifo, "-o", "/dev/null"}, {}, Stdout::captured, kPatience);
  sealing.join();
  EXPECT_EQ(sealed.exit_code, 0) << sealed.err;
  EXPECT_EQ(opened.exit_code, 0) << opened.err;
  EXPECT_LT(sealed.peak_memory, kMost);
  EXPECT_LT(opened.peak_memory, kMost);
}
#endif

TEST_F(Sealing, KilledAtAnyMomentLeavesNoPartUnderANewName) {
  const Bytes plaintext(std::size_t{4} << 20, 0x24);
  const std::string sealed = path("m.tzs"), target = path("target");
  ASSERT_EQ(call({"seal", "--key-id", "a", "-o", sealed}, plaintext).exit_code, 0);
  const std::vector<std::string> environment = {"TENZRO_SIMULATE_TDX=1", state(), "TENZRO_TEST_MACHINE=bare"};
  const std::vector<std::string> arguments = {
      TENZRO_PROGRAM_ON_FAKE_MACHINE, "unseal", "--key-id", "a", "-i", sealed, "-o", target};
  std::minstd_rand random(11);
  for (std::size_t round = rounds(20, 60); round != 0; --round) {
    killed_after(arguments, environment, std::chrono::microseconds(random() % 60'000));
    if (std::filesystem::exists(target)) {
      ASSERT_EQ(bytes_of(target), plaintext) << "it is whole";
      std::filesystem::remove(target);
    }
  }
}

TEST_F(Sealing, KilledAtAnyMomentLeavesTheOldFileOrTheNew) {
  const Bytes plaintext(std::size_t{4} << 20, 0x42);
  const std::string file = scratch_.write("m", plaintext);
  const std::string target = path("target");
  const Bytes old = bytes("the old file");
  const std::vector<std::string> environment = {"TENZRO_SIMULATE_TDX=1", state(), "TENZRO_TEST_MACHINE=bare"};
  const std::vector<std::string> arguments = {
      TENZRO_PROGRAM_ON_FAKE_MACHINE, "seal", "--key-id", "a", "-i", file, "-o", target, "--force"};
  ASSERT_EQ(call({"seal", "--key-id", "a"}, bytes("the root file is made first")).exit_code, 0);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(call({"seal", "--key-id", "a", "-i", file, "-o", target, "--force"}).exit_code, 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  std::minstd_rand random(7);
  std::size_t killed = 0, replaced = 0;
  const std::size_t all = rounds(50, 1000);
  for (std::size_t round = 0; round < all; ++round) {
    scratch_.write("target", old);
    const auto delay = std::chrono::microseconds(random() % static_cast<unsigned long>(whole.count() + 1));
    killed += killed_after(arguments, environment, delay) ? 1 : 0;
    const Bytes found = bytes_of(target);
    if (found == old) {
      continue;
    }
    ++replaced;
    const Outcome opened = call({"unseal", "--key-id", "a", "-i", target});
    ASSERT_EQ(opened.exit_code, 0) << opened.err;
    ASSERT_EQ(bytes(opened.out), plaintext) << "the new file is whole";
  }
  EXPECT_GT(killed, all / 10) << "some must be killed before they end";
  RecordProperty("killed", std::to_string(killed));
  RecordProperty("replaced", std::to_string(replaced));
}

}  // namespace
}  // namespace tenzro::tee::test
