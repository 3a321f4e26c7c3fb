// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/sealing_root.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include "crypto/digest.hpp"
#include "made_provider.hpp"
#include "seal/sealer.hpp"
#include "seal/small_format.hpp"
#include "support/temporary_folder.hpp"

namespace tenzro::tee::simulated {
namespace {

namespace fs = std::filesystem;
using test::FakeSystem;

/// A machine whose state folder is one of the test's own.
struct Machine {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  test::TemporaryFolder folder;
  fs::path base = folder.path();

  Machine() { system->variables["TENZRO_STATE_DIR"] = state().string(); }

  fs::path state() const { return base / "new" / "state"; }
  fs::path file() const { return state() / "simulated-sealing-root"; }
  Result<SealingRoot> root(const SealingRequest& request = {}, const Patience& patience = {}) const {
    return find_root(*system, request, patience);
  }
  Bytes secret() const {
    const auto made = root();
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    return made ? Bytes(made->secret.reveal().begin(), made->secret.reveal().end()) : Bytes();
  }
  Bytes content() const {
    std::ifstream in(file(), std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  void write(const Bytes& bytes, mode_t mode = 0600) const {
    fs::create_directories(state());
    std::ofstream(file(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    EXPECT_EQ(::chmod(file().c_str(), mode), 0);
  }
  void expect_refused(ErrorCode code, std::string_view words, const SealingRequest& request = {}) const {
    const auto made = root(request);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), code) << made.error().message();
    EXPECT_NE(made.error().message().find(words), std::string::npos) << made.error().message();
  }
};

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

Bytes good_content() {
  Bytes out(48, 0xab);
  out[6] = 0x4b;
  return out;
}

TEST(SimulatedSealingRoot, IsTheDigestOfItsFile) {
  const Machine machine;
  machine.write(good_content());
  Bytes whole(32);
  std::ranges::copy(std::string_view("tenzro-sim-seal-v1"), whole.begin());
  const Bytes content = good_content();
  whole.insert(whole.end(), content.begin(), content.end());
  const auto expected = crypto::sha256(whole);
  EXPECT_TRUE(std::ranges::equal(machine.secret(), expected));
  const auto root = machine.root();
  EXPECT_EQ(root->vendor_tag, "simulated");
  EXPECT_EQ(root->metadata, "{}");
}

TEST(SimulatedSealingRoot, MakesAFileOfAVersion4UuidAndRandomBytesForItsOwnerAlone) {
  const Machine machine;
  const Bytes secret = machine.secret();
  const Bytes content = machine.content();
  ASSERT_EQ(content.size(), 48U);
  EXPECT_EQ(content[6] & 0xf0, 0x40);
  EXPECT_EQ(content[8] & 0xc0, 0x80);
  EXPECT_EQ(mode_of(machine.file()), 0600U);
  EXPECT_EQ(mode_of(machine.state()), 0700U);
  EXPECT_EQ(mode_of(machine.state().parent_path()), 0700U);
  EXPECT_EQ(std::distance(fs::directory_iterator(machine.state()), fs::directory_iterator()), 1) << "something is left";
  EXPECT_EQ(machine.secret(), secret);
  EXPECT_EQ(machine.content(), content);
}

TEST(SimulatedSealingRoot, IsAnotherInAnotherFolder) {
  const Machine one;
  const Machine other;
  EXPECT_NE(one.secret(), other.secret());
}

TEST(SimulatedSealingRoot, IsTheSameForEveryImitation) {
  const Machine machine;
  const Bytes secret = machine.secret();
  for (const Platform platform :
       {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}) {
    const auto provider = test::imitation(platform, {}, machine.system);
    SealOptions options;
    options.root = SealingSource::simulated;
    const auto root = Sealer::root_to_seal(SealKeyId::parse("k").value(), *provider, options);
    ASSERT_TRUE(root) << root.error().message();
    EXPECT_TRUE(std::ranges::equal(root->secret.reveal(), secret));
    EXPECT_EQ(root->vendor_tag, "simulated");
  }
}

TEST(SimulatedSealingRoot, StandsWhereTheEnvironmentSays) {
  Machine machine;
  auto& variables = machine.system->variables;
  variables = {{"HOME", (machine.base / "home").string()}};
  ASSERT_TRUE(machine.root());
  EXPECT_TRUE(fs::exists(machine.base / "home/.local/state/tenzro/simulated-sealing-root"));
  variables["XDG_STATE_HOME"] = "relative";  // which that specification says to ignore
  variables["TENZRO_STATE_DIR"] = "";
  ASSERT_TRUE(machine.root());
  EXPECT_FALSE(fs::exists("relative"));
  variables["XDG_STATE_HOME"] = (machine.base / "xdg").string();
  ASSERT_TRUE(machine.root());
  EXPECT_TRUE(fs::exists(machine.base / "xdg/tenzro/simulated-sealing-root"));
  EXPECT_FALSE(fs::exists(machine.state()));
  for (const std::string home : {"", "relative"}) {
    variables = {{"HOME", home}};
    machine.expect_refused(ErrorCode::not_available, "set TENZRO_STATE_DIR");
  }
}

TEST(SimulatedSealingRoot, AllThreadsThatStartTogetherHaveOne) {
  for (int round = 0; round < 20; ++round) {
    const Machine machine;
    std::latch together(8);
    std::vector<Bytes> secrets(8);
    {
      std::vector<std::jthread> threads;
      for (Bytes& secret : secrets) {
        threads.emplace_back([&] {
          together.arrive_and_wait();
          secret = machine.secret();
        });
      }
    }
    for (const Bytes& secret : secrets) {
      EXPECT_EQ(secret, secrets.front());
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(machine.state()), fs::directory_iterator()), 1);
  }
}

TEST(SimulatedSealingRoot, AllProcessesThatStartTogetherHaveOne) {
  const Machine machine;
  int start[2];
  int answers[2];
  ASSERT_EQ(::pipe(start), 0);
  ASSERT_EQ(::pipe(answers), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(start[1]);
      char none = 0;
      const bool waited = ::read(start[0], &none, 1) == 0;  // until the parent lets go
      const auto root = machine.root();
      const bool told = root && ::write(answers[1], root->secret.reveal().data(), 32) == 32;
      ::_exit(waited && told ? 0 : 1);
    }
    children.push_back(child);
  }
  ::close(start[0]);
  ::close(start[1]);
  ::close(answers[1]);
  const Bytes expected = machine.secret();
  for (const pid_t child : children) {
    int status = 1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    Bytes answer(32);
    EXPECT_EQ(::read(answers[0], answer.data(), answer.size()), 32);
    EXPECT_EQ(answer, expected);
  }
  ::close(answers[0]);
}

TEST(SimulatedSealingRoot, RefusesAFileThatOthersMayHaveReadOrWritten) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0666U, 0777U}) {
    const Machine machine;
    machine.write(good_content(), mode);
    machine.expect_refused(ErrorCode::io_failure, "can be read or written by others: chmod 600");
    EXPECT_EQ(machine.content(), good_content());
    EXPECT_EQ(mode_of(machine.file()), mode);
  }
}

TEST(SimulatedSealingRoot, RefusesAFileOfAnotherSize) {
  for (std::size_t size = 0; size <= 100; ++size) {
    if (size == 48) {
      continue;
    }
    Bytes content = good_content();
    content.resize(size, 0x11);
    const Machine machine;
    machine.write(content);
    machine.expect_refused(ErrorCode::io_failure, "is no root: expected a UUID of version 4 and 32 bytes");
    EXPECT_EQ(machine.content(), content) << "never replaced";
  }
}

TEST(SimulatedSealingRoot, RefusesWhatIsNoUuid) {
  for (const auto& [at, byte] : std::vector<std::pair<std::size_t, std::uint8_t>>{{6, 0x1b}, {8, 0xcb}, {8, 0x4b}}) {
    Bytes content = good_content();
    content[at] = byte;
    const Machine machine;
    machine.write(content);
    machine.expect_refused(ErrorCode::io_failure, "is no root");
  }
}

TEST(SimulatedSealingRoot, FollowsNoLinkAndWaitsForNoPipe) {
  {
    const Machine machine;
    machine.write(good_content());
    fs::rename(machine.file(), machine.base / "elsewhere");
    fs::create_symlink(machine.base / "elsewhere", machine.file());
    machine.expect_refused(ErrorCode::io_failure, "is a link");
    fs::remove(machine.file());
    fs::create_symlink(machine.base / "nowhere", machine.file());
    machine.expect_refused(ErrorCode::io_failure, "is a link");
    EXPECT_FALSE(fs::exists(machine.base / "nowhere"));
  }
  {
    const Machine machine;
    fs::create_directories(machine.state());
    ASSERT_EQ(::mkfifo(machine.file().c_str(), 0600), 0);
    machine.expect_refused(ErrorCode::io_failure, "is no file");
  }
  const Machine machine;
  fs::create_directories(machine.file());
  machine.expect_refused(ErrorCode::io_failure, "is no file");
}

TEST(SimulatedSealingRoot, RefusesAFolderThatOthersMayWriteInto) {
  for (const mode_t mode : {0770U, 0702U, 0777U}) {
    const Machine machine;
    machine.write(good_content());
    ASSERT_EQ(::chmod(machine.state().c_str(), mode), 0);
    machine.expect_refused(ErrorCode::io_failure, "can be written by others: chmod go-w");
  }
}

TEST(SimulatedSealingRoot, RefusesWhatBelongsToSomebodyElse) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give files away";
  }
  const Machine machine;
  machine.write(good_content());
  ASSERT_EQ(::chown(machine.file().c_str(), 12345, 12345), 0);
  machine.expect_refused(ErrorCode::io_failure, "belongs to somebody else, who may know it");
  ASSERT_EQ(::chown(machine.state().c_str(), 12345, 12345), 0);
  machine.expect_refused(ErrorCode::io_failure, "belongs to somebody else; name a folder of your own");
}

TEST(SimulatedSealingRoot, SaysWhyThereCanBeNoFolder) {
  Machine machine;
  std::ofstream(machine.base / "file") << "x";
  machine.system->variables["TENZRO_STATE_DIR"] = (machine.base / "file" / "state").string();
  machine.expect_refused(ErrorCode::io_failure, "Not a directory");
  machine.system->variables["TENZRO_STATE_DIR"] = (machine.base / "file").string();
  machine.expect_refused(ErrorCode::io_failure, "Not a directory");
}

// ATTACK(K9)
TEST(SimulatedSealingRoot, RefusesOtherTagsBeforeItLooksForItsFile) {
  const Machine machine;
  for (const std::string tag : {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a000000000015d3", "tpm2",
                                "simulated;key=vcek", "Simulated", "simulated;", "=", "simulated\n"}) {
    SealingRequest request;
    request.stored_tag = tag;
    machine.expect_refused(ErrorCode::authentication_failed, "unseal: ", request);
  }
  EXPECT_FALSE(fs::exists(machine.state())) << "nothing may have been made";
  SealingRequest request;
  request.stored_tag = "simulated";
  EXPECT_TRUE(machine.root(request));
}

TEST(SimulatedSealingRoot, LeavesWhenTheCallerDoes) {
  const Machine machine;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(machine.root({}, {.stop = stop.get_token()}).error().code(), ErrorCode::cancelled);
  EXPECT_EQ(machine.root({}, {.at_most = std::chrono::milliseconds{-1}}).error().code(), ErrorCode::timed_out);
  EXPECT_FALSE(fs::exists(machine.state()));
}

TEST(SimulatedSealingRoot, TellsItsSecretInNoError) {
  const Machine machine;
  Bytes content = good_content();
  content.resize(47);
  machine.write(content);
  const auto refused = machine.root();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message().find("abab"), std::string::npos);
}

TEST(SimulatedSealingRoot, SealsAndUnsealsSmallMessages) {
  const Machine machine;
  const auto provider = test::imitation(Platform::intel_tdx, {}, machine.system);
  const SealKeyId id = SealKeyId::parse("model-key-1").value();
  SealOptions options;
  options.root = SealingSource::simulated;
  const Bytes plaintext(33, 0x5a);
  const auto sealed = seal(id, plaintext, *provider, options);
  ASSERT_TRUE(sealed) << sealed.error().message();
  EXPECT_EQ(sealed->size(), 61U);
  const auto opened = unseal(id, *sealed, *test::imitation(Platform::aws_nitro, {}, machine.system), options);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_TRUE(std::ranges::equal(opened->reveal(), plaintext));
  const Machine other;
  const auto foreign = unseal(id, *sealed, *test::imitation(Platform::intel_tdx, {}, other.system), options);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message(), seal_format::kUnsealFailed);
}

}  // namespace
}  // namespace tenzro::tee::simulated
