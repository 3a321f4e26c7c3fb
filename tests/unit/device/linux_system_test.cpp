// SPDX-License-Identifier: Apache-2.0
#include "device/linux_system.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "device/files.hpp"
#include "support/temporary_folder.hpp"

namespace tenzro::tee::device {
namespace {

class LinuxSystemTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void write(const std::string& name, std::string_view content) const { std::ofstream(path(name)) << content; }

  LinuxSystem system_;

 private:
  test::TemporaryFolder folder_;
};

TEST_F(LinuxSystemTest, ReadsAndWritesFiles) {
  write("a", "hello\n");
  EXPECT_EQ(read_text(system_, path("a")), "hello");
  {
    const Descriptor file(system_, system_.open(path("a"), O_WRONLY));
    ASSERT_TRUE(file.open());
    EXPECT_EQ(system_.write(file.number(), ByteArray<5>{'H', 'E', 'L', 'L', 'O'}), 5);
    EXPECT_NE(fcntl(file.number(), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(read_text(system_, path("a")), "HELLO");
}

TEST_F(LinuxSystemTest, GivesErrorsAsTheKernelDoes) {
  std::array<std::uint8_t, 4> into{};
  EXPECT_EQ(system_.open(path("none"), O_RDONLY), -ENOENT);
  EXPECT_EQ(system_.read(-1, into), -EBADF);
  EXPECT_EQ(system_.write(-1, into), -EBADF);
  EXPECT_EQ(system_.remove_folder(path("none")), -ENOENT);
  EXPECT_EQ(system_.access(path("none"), R_OK), -ENOENT);
  write("a", "x");
  const Descriptor file(system_, system_.open(path("a"), O_RDONLY));
  EXPECT_EQ(system_.ioctl(file.number(), 0xc4405401, into.data()), -ENOTTY);
}

TEST_F(LinuxSystemTest, OpensDevices) {
  const Descriptor device(system_, system_.open_device("/dev/null", O_RDWR));
  ASSERT_TRUE(device.open());
  EXPECT_EQ(fcntl(device.number(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(device.number(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(system_.open_device("/dev/there-is-none", O_RDWR), -ENOENT);
  EXPECT_EQ(device_error(system_, "/dev/there-is-none", ENOENT).code(), ErrorCode::not_available);
  EXPECT_EQ(device_error(system_, "/dev/null", ENOTTY).message(),
            "/dev/null: there, but not a character device, and not used");
}

// ATTACK(D1): something else under the name of a device.
TEST_F(LinuxSystemTest, OpensNothingButDevicesAsDevices) {
  write("file", "x");
  ASSERT_EQ(system_.make_folder(path("folder"), 0700), 0);
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  const Descriptor socket(system_, ::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path("socket").size(), sizeof(address.sun_path));
  path("socket").copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  std::filesystem::create_symlink("/dev/null", path("link"));
  std::filesystem::create_symlink("fifo", path("link_to_fifo"));
  for (const std::string name : {"file", "folder", "fifo", "link", "link_to_fifo"}) {
    for (const int flags : {O_RDWR, O_RDONLY}) {
      EXPECT_EQ(system_.open_device(path(name), flags), -ENOTTY) << name;
    }
  }
  EXPECT_LT(system_.open_device(path("socket"), O_RDWR), 0);
  EXPECT_EQ(device_kind(system_, path("link")), PathKind::other);
  EXPECT_EQ(device_kind(system_, "/dev/null"), PathKind::character_device);
}

TEST_F(LinuxSystemTest, TellsWhoseAPathIs) {
  write("file", "x");
  std::filesystem::permissions(path("file"), std::filesystem::perms{0640});
  const auto owner = system_.owner(path("file"));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->user, geteuid());
  EXPECT_EQ(owner->group, getegid());
  EXPECT_EQ(owner->mode, mode_t{0640});
  EXPECT_EQ(system_.owner("/dev/null")->group_name, "root");
  EXPECT_FALSE(system_.owner(path("none")));
}

TEST_F(LinuxSystemTest, TellsKindsApartAndFollowsLinks) {
  write("file", "x");
  std::filesystem::create_symlink("file", path("link"));
  std::filesystem::create_symlink("nowhere", path("dangling"));
  EXPECT_EQ(system_.kind(path("file")), PathKind::file);
  EXPECT_EQ(system_.kind(path("link")), PathKind::file);
  EXPECT_EQ(system_.kind(path("dangling")), PathKind::none);
  EXPECT_EQ(system_.kind(path("")), PathKind::folder);
  EXPECT_EQ(system_.kind("/dev/null"), PathKind::character_device);
  EXPECT_EQ(system_.kind(path("none")), PathKind::none);
  EXPECT_EQ(system_.read_link(path("link")), "file");
  EXPECT_EQ(system_.read_link(path("dangling")), "nowhere");
  EXPECT_FALSE(system_.read_link(path("file")));
  EXPECT_FALSE(system_.read_link(path("none")));
}

TEST_F(LinuxSystemTest, MakesListsAndRemovesFolders) {
  EXPECT_EQ(system_.make_folder(path("b"), 0700), 0);
  EXPECT_EQ(system_.make_folder(path("b"), 0700), -EEXIST);
  EXPECT_EQ(std::filesystem::status(path("b")).permissions(), std::filesystem::perms::owner_all);
  write("c", "x");
  write("a", "x");
  EXPECT_EQ(system_.list(path("")), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(system_.list(path("none")).empty());
  EXPECT_EQ(system_.remove_folder(path("b")), 0);
  EXPECT_EQ(system_.kind(path("b")), PathKind::none);
}

TEST_F(LinuxSystemTest, SaysWhatMayBeOpened) {
  write("a", "x");
  EXPECT_EQ(system_.access(path("a"), R_OK | W_OK), 0);
  if (geteuid() != 0) {
    std::filesystem::permissions(path("a"), std::filesystem::perms::none);
    EXPECT_EQ(system_.access(path("a"), R_OK), -EACCES);
  }
}

TEST_F(LinuxSystemTest, LoadsLibrariesByTheirNames) {
  EXPECT_EQ(system_.load_library("libthis-does-not-exist.so.7"), nullptr);
  const auto library = system_.load_library("libc.so.6");
  ASSERT_NE(library, nullptr);
  EXPECT_NE(library->symbol("getpid"), nullptr);
  EXPECT_EQ(library->symbol("no_such_function_at_all"), nullptr);
}

TEST_F(LinuxSystemTest, AsksTheProcessorOnlyForLeavesThatItHas) {
#if defined(__x86_64__)
  const auto vendor = system_.cpuid(0, 0);
  ASSERT_TRUE(vendor);
  EXPECT_GE(vendor->eax, 1U);
  EXPECT_FALSE(system_.cpuid(0x0fffffff, 0));
  EXPECT_FALSE(system_.cpuid(0x8fffffff, 0));
  EXPECT_FALSE(system_.cpuid(0x4fffffff, 0));
#else
  EXPECT_FALSE(system_.cpuid(0, 0));
#endif
}

TEST_F(LinuxSystemTest, ReachesNobodyAtAnUnusedVsockPort) {
  EXPECT_LT(system_.connect_vsock(2, 4294967294U, std::chrono::milliseconds{100}, std::chrono::milliseconds{100}), 0);
}

TEST_F(LinuxSystemTest, TellsTimeAndTheEnvironment) {
  const auto before = system_.now();
  system_.sleep(std::chrono::milliseconds{0});
  EXPECT_GE(system_.now(), before);
  EXPECT_GT(system_.wall_clock().time_since_epoch().count(), 0);
  EXPECT_TRUE(system_.environment("PATH"));
  EXPECT_FALSE(system_.environment("TENZRO_THIS_IS_NOT_SET"));
}

TEST_F(LinuxSystemTest, WarnsOnStandardErrorInOneLine) {
  testing::internal::CaptureStderr();
  system_.warn("simulated");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "simulated\n");
}

}  // namespace
}  // namespace tenzro::tee::device
