// SPDX-License-Identifier: Apache-2.0
#include "device/files.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "fakes/system.hpp"

namespace tenzro::tee::device {
namespace {

using test::FakeSystem;

/// Gives one result after another: errno, or bytes.
class Script final : public test::FakeOpenFile {
 public:
  explicit Script(std::deque<int> results) : results_(std::move(results)) {}
  ssize_t read(std::span<std::uint8_t> into) override {
    if (results_.empty()) {
      return 0;
    }
    const int result = results_.front();
    results_.pop_front();
    if (result > 0) {
      std::fill_n(into.begin(), result, std::uint8_t{0x41});
    }
    return result;
  }

 private:
  std::deque<int> results_;
};

TEST(Descriptor, IsClosedOnceByItsLastOwner) {
  FakeSystem system;
  system.add_file("/etc/motd", "hello");
  {
    Descriptor file(system, system.open("/etc/motd", O_RDONLY));
    EXPECT_TRUE(file.open());
    EXPECT_EQ(file.error(), 0);
    const Descriptor taken(std::move(file));
    EXPECT_TRUE(taken.open());
    EXPECT_EQ(system.open_descriptors(), 1U);
  }
  EXPECT_EQ(system.open_descriptors(), 0U);
}

TEST(Descriptor, KeepsWhyItCouldNotBeOpened) {
  FakeSystem system;
  const Descriptor file(system, system.open("/nowhere", O_RDONLY));
  EXPECT_FALSE(file.open());
  EXPECT_EQ(file.error(), ENOENT);
}

TEST(ErrnoError, TellsWhatTheCallerCanDo) {
  for (const auto& [number, code] : std::vector<std::pair<int, ErrorCode>>{{EACCES, ErrorCode::permission_denied},
                                                                           {EPERM, ErrorCode::permission_denied},
                                                                           {ENOENT, ErrorCode::not_available},
                                                                           {ENOTDIR, ErrorCode::not_available},
                                                                           {ENXIO, ErrorCode::not_available},
                                                                           {ENODEV, ErrorCode::not_available},
                                                                           {EIO, ErrorCode::io_failure},
                                                                           {EBUSY, ErrorCode::io_failure}}) {
    EXPECT_EQ(errno_error("/dev/x", number).code(), code) << number;
  }
  EXPECT_EQ(errno_error("/dev/x", ENOENT).message(), "/dev/x: No such file or directory");
  EXPECT_EQ(describe_errno(12345), "error 12345");
}

TEST(ReadToEnd, ReadsOnThroughShortReadsAndInterruptions) {
  FakeSystem system;
  system.add_device("/dev/x", [] { return std::make_unique<Script>(std::deque<int>{3, -EINTR, 4, 1}); });
  const Descriptor file(system, system.open("/dev/x", O_RDONLY));
  Bytes out;
  EXPECT_EQ(read_to_end(system, file.number(), 8, out), 0);
  EXPECT_EQ(out, Bytes(8, 0x41));
}

TEST(ReadToEnd, StopsAtTheLimitAndAtErrors) {
  FakeSystem system;
  system.add_device("/dev/x", [] { return std::make_unique<Script>(std::deque<int>{5, 4}); });
  const Descriptor file(system, system.open("/dev/x", O_RDONLY));
  Bytes out;
  EXPECT_EQ(read_to_end(system, file.number(), 8, out), -EFBIG);
  system.add_device("/dev/y", [] { return std::make_unique<Script>(std::deque<int>{5, -EIO}); });
  const Descriptor other(system, system.open("/dev/y", O_RDONLY));
  out.clear();
  EXPECT_EQ(read_to_end(system, other.number(), 8, out), -EIO);
}

TEST(ReadFile, NamesTheFileAndWhatIsWrong) {
  FakeSystem system;
  system.add_file("/etc/motd", "hello");
  system.add_folder("/etc");
  EXPECT_EQ(read_file(system, "/etc/motd", 5).value(), Bytes({'h', 'e', 'l', 'l', 'o'}));
  EXPECT_EQ(read_file(system, "/etc/motd", 4).error().message(), "/etc/motd: File too large");
  EXPECT_EQ(read_file(system, "/etc/other", 4).error().code(), ErrorCode::not_available);
  EXPECT_EQ(read_file(system, "/etc", 4).error().code(), ErrorCode::io_failure);
  system.deny("/etc/motd", EACCES);
  EXPECT_EQ(read_file(system, "/etc/motd", 5).error().code(), ErrorCode::permission_denied);
  EXPECT_EQ(system.open_descriptors(), 0U);
}

TEST(ReadText, TrimsTheEndAndTakesNothingLong) {
  FakeSystem system;
  system.add_file("/sys/a", " tdx_guest \t\r\n\n");
  system.add_file("/sys/empty", "\n");
  system.add_file("/sys/long", std::string(4097, 'x'));
  EXPECT_EQ(read_text(system, "/sys/a"), " tdx_guest");
  EXPECT_EQ(read_text(system, "/sys/empty"), "");
  EXPECT_FALSE(read_text(system, "/sys/long"));
  EXPECT_FALSE(read_text(system, "/sys/none"));
}

}  // namespace
}  // namespace tenzro::tee::device
