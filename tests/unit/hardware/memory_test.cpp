// SPDX-License-Identifier: Apache-2.0
#include "hardware/memory.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fakes/system.hpp"

namespace tenzro::tee::hardware {
namespace {

using test::FakeSystem;

constexpr std::uint64_t kKi = 1024, kGi = kKi * kKi * kKi;

/// 64 GiB, of which 48 can be had.
struct Machine : FakeSystem {
  Machine() {
    add_file(
        "/proc/meminfo",
        "MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   50331648 kB\nSwapTotal: 0 kB\n");
  }
  void expect(std::uint64_t total, std::uint64_t available) {
    const MemoryInfo memory = read_memory(*this);
    EXPECT_EQ(memory.total, total);
    EXPECT_EQ(memory.available, available);
    EXPECT_EQ(open_descriptors(), 0U);
  }
};

TEST(Memory, IsWhatTheKernelSays) {
  Machine machine;
  machine.expect(64 * kGi, 48 * kGi);
  FakeSystem nothing;
  EXPECT_EQ(read_memory(nothing).total, 0U);
  EXPECT_EQ(read_memory(nothing).available, 0U);
}

TEST(Memory, IsLimitedByTheGroupOfThisProcess) {
  Machine machine;
  machine.add_file("/proc/self/cgroup", "0::/system.slice/my.service\n");
  const std::string folder = "/sys/fs/cgroup/system.slice/my.service/";
  machine.add_file(folder + "memory.max", std::to_string(4 * kGi) + "\n");
  machine.expect(4 * kGi, 4 * kGi);
  machine.add_file(folder + "memory.current", std::to_string(kGi) + "\n");
  machine.expect(4 * kGi, 3 * kGi);
  machine.add_file(folder + "memory.current", std::to_string(5 * kGi) + "\n");
  machine.expect(4 * kGi, 0);
  machine.add_file(folder + "memory.max", "max\n");
  machine.expect(64 * kGi, 48 * kGi);
  machine.add_file(folder + "memory.max", std::to_string(64 * kGi) + "\n");
  machine.expect(64 * kGi, 48 * kGi);
}

TEST(Memory, IsLimitedByTheGroupsAround) {
  Machine machine;
  machine.add_file("/proc/self/cgroup", "0::/a/b/c\n");
  machine.add_file("/sys/fs/cgroup/a/b/c/memory.max", "max\n");
  machine.add_file("/sys/fs/cgroup/a/b/memory.max", std::to_string(8 * kGi) + "\n");
  machine.add_file("/sys/fs/cgroup/a/b/memory.current", std::to_string(kGi) + "\n");
  machine.expect(8 * kGi, 7 * kGi);
  machine.add_file("/sys/fs/cgroup/a/memory.max", std::to_string(2 * kGi) + "\n");
  machine.add_file("/sys/fs/cgroup/a/memory.current", "0\n");
  machine.expect(2 * kGi, 2 * kGi);
  machine.add_file("/sys/fs/cgroup/memory.max", std::to_string(kGi) + "\n");
  machine.expect(kGi, kGi);
}

TEST(Memory, OfAContainerIsLimitedAtTheRoot) {
  Machine machine;
  machine.add_file("/sys/fs/cgroup/memory.max", std::to_string(kGi) + "\n");
  machine.expect(kGi, kGi);
  machine.add_file("/proc/self/cgroup", "0::/\n");
  machine.expect(kGi, kGi);
  machine.add_file("/proc/self/cgroup", "0::/not/mounted/here/\n");
  machine.expect(kGi, kGi);
}

TEST(Memory, IsLimitedByGroupsOfTheFirstVersion) {
  Machine machine;
  machine.add_file("/proc/self/cgroup", "12:cpu:/x\n5:memory:/docker/abc\n1:name=systemd:/x\n");
  machine.add_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", std::to_string(2 * kGi) + "\n");
  machine.add_file("/sys/fs/cgroup/memory/memory.usage_in_bytes", std::to_string(kGi / 2) + "\n");
  machine.expect(2 * kGi, 2 * kGi - kGi / 2);
  machine.add_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  machine.expect(64 * kGi, 48 * kGi);
}

TEST(Memory, OfBothVersionsAtOnceTakesTheLowerLimit) {
  Machine machine;
  machine.add_file("/proc/self/cgroup", "5:memory:/x\n0::/y\n");
  machine.add_file("/sys/fs/cgroup/y/memory.max", std::to_string(3 * kGi) + "\n");
  machine.add_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", std::to_string(2 * kGi) + "\n");
  machine.expect(2 * kGi, 2 * kGi);
}

TEST(Memory, LimitsThatAreNoneLimitNothing) {
  Machine machine;
  machine.add_file("/proc/self/cgroup", "0::/g\n");
  for (const std::string text : {"", "0\n", "-1\n", "maximum\n", "1 2\n", "0x10\n", "99999999999999999999999\n"}) {
    machine.add_file("/sys/fs/cgroup/g/memory.max", text);
    machine.expect(64 * kGi, 48 * kGi);
  }
  machine.add_file("/sys/fs/cgroup/g/memory.max", std::to_string(kGi) + "\n");
  machine.add_file("/sys/fs/cgroup/g/memory.current", "none\n");
  machine.expect(kGi, kGi);
}

TEST(Memory, GarbageDoesNotFail) {
  Machine machine;
  for (const std::string& group :
       {std::string("0::"), std::string("0::\n"), std::string("0::no/slash\n"), std::string("0::x"),
        std::string("0:::::\n"), std::string("0::////\n"), std::string("0::/a//b\n"), std::string("0::/../..\n"),
        std::string("\n0::\n"), std::string(3000, '\0'), std::string("0::/") + std::string(3000, 'g')}) {
    machine.add_file("/proc/self/cgroup", group);
    machine.expect(64 * kGi, 48 * kGi);
  }
  const auto total_of = [](const std::string& text) {
    FakeSystem system;
    system.add_file("/proc/meminfo", text);
    return read_memory(system).total;
  };
  for (const std::string text : {"", "MemTotal:", "MemTotal:   ", "MemTotal: kB\n", "MemTotal: -1 kB\n", "Mem: 1 kB\n",
                                 "MemTotal: 18446744073709551615 kB\n", "MemTotal: 18446744073709551616 kB\n",
                                 "MemTotal: 18014398509481984 kB\n"}) {
    EXPECT_EQ(total_of(text), 0U) << text;
  }
  EXPECT_EQ(total_of("MemTotal: 18014398509481983 kB\n"), 18014398509481983U * kKi);
}

}  // namespace
}  // namespace tenzro::tee::hardware
