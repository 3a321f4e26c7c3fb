// SPDX-License-Identifier: Apache-2.0
#include "device/configfs_entry.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "fakes/tsm.hpp"

namespace tenzro::tee::device {
namespace {

using test::FakeSystem;
using test::FakeTsm;

TEST(ConfigfsEntry, LivesAsLongAsItsOwner) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  {
    std::optional<ConfigfsEntry> entry;
    ASSERT_EQ(ConfigfsEntry::make(system, FakeTsm::kFolder, entry), 0);
    EXPECT_EQ(tsm->entries.size(), 1U);
    EXPECT_EQ(entry->read("provider").value(), "tdx_guest");
    EXPECT_TRUE(entry->has("inblob"));
    EXPECT_FALSE(entry->has("privlevel"));
    const ConfigfsEntry taken(*std::move(entry));
    entry.reset();
    EXPECT_EQ(tsm->entries.size(), 1U);
  }
  EXPECT_TRUE(tsm->entries.empty());
  EXPECT_EQ(system.folder_modes, std::vector<mode_t>{0700});
}

// ATTACK(D2): an entry of that name is there already.
TEST(ConfigfsEntry, TriesOtherNamesAndThenGivesTheErrno) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  std::optional<ConfigfsEntry> entry;
  tsm->mkdir_fails = {EEXIST, EINTR, EEXIST, 0};
  EXPECT_EQ(ConfigfsEntry::make(system, FakeTsm::kFolder, entry), 0);
  entry.reset();
  tsm->mkdir_fails = {EEXIST, EEXIST, EEXIST, EEXIST};
  EXPECT_EQ(ConfigfsEntry::make(system, FakeTsm::kFolder, entry), -EEXIST);
  tsm->mkdir_fails = {ENOSPC};
  EXPECT_EQ(ConfigfsEntry::make(system, FakeTsm::kFolder, entry), -ENOSPC);
  EXPECT_FALSE(entry);
}

// ATTACK(D2): entries of processes that ended while a driver was at work for them are not kept for ever.
TEST(ConfigfsEntry, RemovesWhatEndedProcessesLeft) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  system.add_link("/proc/self/ns/pid", "pid:[4026531836]");
  system.add_folder("/proc/self");
  system.add_folder("/proc/77");
  const std::string own = "tenzro-4026531836-" + std::to_string(getpid()) + "-00";
  const std::set<std::string> kept = {own,  // another thread's
                                      "tenzro-4026531836-77-00",
                                      "tenzro-4026531837-78-00",
                                      "tenzro-4026531836-x-00",
                                      "tenzro-4026531836-78",
                                      "tenzro-4026531836--5-00",
                                      "somebody"};
  for (const std::string& name : kept) {
    tsm->entries[name];
  }
  tsm->entries["tenzro-4026531836-78-0a0b"];
  {
    std::optional<ConfigfsEntry> entry;
    ASSERT_EQ(ConfigfsEntry::make(system, FakeTsm::kFolder, entry), 0);
    EXPECT_TRUE(tsm->names.back().starts_with("tenzro-4026531836-" + std::to_string(getpid()) + "-"));
  }
  std::set<std::string> left;
  for (const auto& [name, entry] : tsm->entries) {
    left.insert(name);
  }
  EXPECT_EQ(left, kept);
}

// Without /proc nobody can tell who has ended.
TEST(ConfigfsEntry, RemovesNothingOfOthersWhereProcessesDoNotShow) {
  FakeSystem system;
  const auto tsm = FakeTsm::into(system, "tdx_guest");
  tsm->entries["tenzro-0-78-0a0b"];
  std::optional<ConfigfsEntry> entry;
  ASSERT_EQ(ConfigfsEntry::make(system, FakeTsm::kFolder, entry), 0);
  EXPECT_EQ(tsm->entries.size(), 2U);
}

/// Takes some of what is written.
class Taker final : public test::FakeOpenFile {
 public:
  explicit Taker(std::deque<ssize_t> results) : results_(std::move(results)) {}
  ssize_t write(ByteView /*bytes*/) override {
    const ssize_t result = results_.front();
    results_.pop_front();
    return result;
  }

 private:
  std::deque<ssize_t> results_;
};

TEST(WriteAttribute, IsOneWrite) {
  const ByteArray<4> bytes{};
  for (const auto& [results, code, part] : std::vector<std::tuple<std::deque<ssize_t>, ErrorCode, std::string>>{
           {{3}, ErrorCode::io_failure, "/sys/x: the kernel took 3 of 4 bytes"},
           {{-EINVAL}, ErrorCode::io_failure, "/sys/x: Invalid argument"},
           {{-EINTR, -EACCES}, ErrorCode::permission_denied, "/sys/x: Permission denied"}}) {
    FakeSystem system;
    system.add_special_file("/sys/x", [script = results] { return std::make_unique<Taker>(script); });
    const auto result = write_attribute(system, "/sys/x", bytes);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), code);
    EXPECT_EQ(result.error().message(), part);
    EXPECT_EQ(system.open_descriptors(), 0U);
  }
  FakeSystem system;
  system.add_special_file("/sys/x", [] { return std::make_unique<Taker>(std::deque<ssize_t>{-EINTR, 4}); });
  EXPECT_TRUE(write_attribute(system, "/sys/x", bytes));
  EXPECT_EQ(write_attribute(system, "/sys/none", bytes).error().code(), ErrorCode::not_available);
}

}  // namespace
}  // namespace tenzro::tee::device
