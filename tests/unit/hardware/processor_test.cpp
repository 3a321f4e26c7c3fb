// SPDX-License-Identifier: Apache-2.0
#include "hardware/processor.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fakes/system.hpp"

namespace tenzro::tee::hardware {
namespace {

using test::FakeSystem;

std::string x86_block(unsigned processor, unsigned socket, unsigned core,
                      const std::string& model = "AMD EPYC 9654 96-Core Processor") {
  return "processor\t: " + std::to_string(processor) +
         "\nvendor_id\t: AuthenticAMD\nmodel\t\t: 17\nmodel name\t: " + model +
         "\nphysical id\t: " + std::to_string(socket) + "\nsiblings\t: 4\ncore id\t\t: " + std::to_string(core) +
         "\nflags\t\t: fpu vme\nbugs\t\t:\npower management:\n\n";
}
void set_allowed(FakeSystem& system, const std::string& list) {
  system.add_file("/proc/self/status",
                  "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t" + list + "\nMems_allowed:\t1\n");
}

TEST(Processor, IsCountedByItsBlocks) {
  FakeSystem system;
  std::string text;
  for (unsigned thread = 0; thread < 8; ++thread) {
    text += x86_block(thread, thread / 4, thread % 2);
  }
  system.add_file("/proc/cpuinfo", text);
  set_allowed(system, "0-2,5");
  const ProcessorInfo cpu = read_processor(system);
  EXPECT_EQ(cpu.model, "AMD EPYC 9654 96-Core Processor");
  EXPECT_EQ(cpu.sockets, 2U);
  EXPECT_EQ(cpu.cores, 4U) << "cores of two sockets may have the same number";
  EXPECT_EQ(cpu.threads, 8U);
  EXPECT_EQ(cpu.usable_threads, 4U);
#if defined(__x86_64__)
  EXPECT_EQ(cpu.architecture, "x86_64");
#endif
  EXPECT_EQ(system.open_descriptors(), 0U);
}

TEST(Processor, OfALastBlockWithoutAnEmptyLineCounts) {
  FakeSystem system;
  std::string text = x86_block(0, 0, 0) + x86_block(1, 0, 1);
  text.resize(text.find("flags", text.size() / 2));
  system.add_file("/proc/cpuinfo", text);
  EXPECT_EQ(read_processor(system).cores, 2U);
  EXPECT_EQ(read_processor(system).threads, 2U);
}

TEST(Processor, OfAnArmMachineIsCountedByItsTopology) {
  FakeSystem system;
  std::string text;
  for (unsigned thread = 0; thread < 4; ++thread) {
    const std::string number = std::to_string(thread);
    text += "processor\t: " + number + "\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n\n";
    const std::string folder = "/sys/devices/system/cpu/cpu" + number + "/topology/";
    system.add_file(folder + "physical_package_id", thread < 2 ? "0\n" : "1\n");
    system.add_file(folder + "core_id", std::to_string(thread % 2) + "\n");
  }
  system.add_file("/sys/devices/system/cpu/cpufreq/topology/core_id", "7\n");
  system.add_file("/sys/devices/system/cpu/cpuidle/current_driver", "none\n");
  system.add_file("/proc/cpuinfo", text);
  const ProcessorInfo cpu = read_processor(system);
  EXPECT_EQ(cpu.model, "implementer 0x41, part 0xd4f");
  EXPECT_EQ(cpu.sockets, 2U);
  EXPECT_EQ(cpu.cores, 4U);
  EXPECT_EQ(cpu.threads, 4U);
  EXPECT_EQ(cpu.usable_threads, 0U) << "nothing says";
}

TEST(Processor, WithoutTopologyHasThreadsOnly) {
  FakeSystem system;
  system.add_file("/proc/cpuinfo",
                  "processor\t: 0\nmodel name\t: QEMU Virtual CPU\n\nprocessor\t: 1\nmodel name\t: second\n\n");
  const ProcessorInfo cpu = read_processor(system);
  EXPECT_EQ(cpu.model, "QEMU Virtual CPU") << "the first one's";
  EXPECT_EQ(cpu.threads, 2U);
  EXPECT_EQ(cpu.sockets, 0U);
  EXPECT_EQ(cpu.cores, 0U);
}

TEST(Processor, OfTwoKindsOfCoresCountsEach) {
  FakeSystem system;
  // Two threads each of two large cores, one each of four small ones.
  std::string text;
  unsigned number = 0;
  for (const unsigned core : {0U, 0U, 4U, 4U, 8U, 9U, 10U, 11U}) {
    text += x86_block(number++, 0, core, "12th Gen Intel(R) Core(TM) i5");
  }
  system.add_file("/proc/cpuinfo", text);
  const ProcessorInfo cpu = read_processor(system);
  EXPECT_EQ(cpu.sockets, 1U);
  EXPECT_EQ(cpu.cores, 6U);
  EXPECT_EQ(cpu.threads, 8U);
}

TEST(Processor, OfThousandsIsRead) {
  FakeSystem system;
  std::string text;
  for (unsigned thread = 0; thread < 4096; ++thread) {
    text += x86_block(thread, thread / 512, thread % 256);
  }
  system.add_file("/proc/cpuinfo", text);
  set_allowed(system, "0-4095");
  const ProcessorInfo cpu = read_processor(system);
  EXPECT_EQ(cpu.sockets, 8U);
  EXPECT_EQ(cpu.cores, 2048U);
  EXPECT_EQ(cpu.threads, 4096U);
  EXPECT_EQ(cpu.usable_threads, 4096U);
}

TEST(Processor, IsUnknownWhereNothingSays) {
  FakeSystem system;
  const ProcessorInfo cpu = read_processor(system);
  EXPECT_EQ(cpu.model, "");
  EXPECT_EQ(cpu.sockets + cpu.cores + cpu.threads + cpu.usable_threads, 0U);
  system.add_file("/proc/cpuinfo", std::string(std::size_t{17} << 20, 'x'));
  EXPECT_EQ(read_processor(system).threads, 0U) << "a file beyond all reason";
}

TEST(Processor, GarbageNeitherFailsNorReachesATerminal) {
  FakeSystem system;
  for (const std::string& text : {std::string(":::\n:\n\n"), std::string("processor"), std::string(1000, '\0'),
                                  std::string("processor:\nphysical id\n"), std::string("\xff\xfe: \x80\n"),
                                  std::string("core id: \n\nphysical id: \n")}) {
    system.add_file("/proc/cpuinfo", text);
    system.add_file("/proc/self/status", text);
    const ProcessorInfo cpu = read_processor(system);
    EXPECT_LE(cpu.threads, 1U);
    EXPECT_EQ(cpu.usable_threads, 0U);
    EXPECT_EQ(cpu.cores, 0U);
  }
  system.add_file("/proc/cpuinfo", "processor: 0\nmodel name: \x1b[2Jevil\n");
  EXPECT_EQ(read_processor(system).model, "\\x1b[2Jevil");
  system.add_file("/proc/cpuinfo", "processor: 0\nmodel name: " + std::string(100'000, 'm') + "\n");
  EXPECT_LT(read_processor(system).model.size(), 200U);
}

TEST(Processor, ListsAreCounted) {
  EXPECT_EQ(count_of_list("0"), 1U);
  EXPECT_EQ(count_of_list("0-3"), 4U);
  EXPECT_EQ(count_of_list("0-3,8"), 5U);
  EXPECT_EQ(count_of_list("0-1,4-5,9,11-11"), 6U);
  EXPECT_EQ(count_of_list("65535"), 1U);
  for (const auto* const list : {"", ",", "-", "0-", "-3", "3-0", "a", "0-3,,8", "0 - 3", "0-3 ", "65536", "0-65536",
                                 "0-4294967295", "4294967296", "0-1-2", "+1"}) {
    EXPECT_EQ(count_of_list(list), 0U) << list;
  }
}

}  // namespace
}  // namespace tenzro::tee::hardware
