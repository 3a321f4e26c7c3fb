// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/rtmr.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <latch>

#include "fakes/tdx.hpp"

namespace tenzro::tee {
namespace {

using test::FakeSystem;
using test::FakeTdx;

std::shared_ptr<device::System>& machine_of_this_program() {
  static std::shared_ptr<device::System> machine;
  return machine;
}

}  // namespace

namespace device {
// In place of the library's: see device/system.hpp.
const std::shared_ptr<System>& this_machine() { return machine_of_this_program(); }
}  // namespace device

namespace {

constexpr ByteArray<48> kDigest = {1, 2, 3};
const std::string kFolder = "/sys/devices/virtual/misc/tdx_guest/measurements";

std::string measurement_file(unsigned index) { return kFolder + "/rtmr" + std::to_string(index) + ":sha384"; }

/// A file of the kernel's for one register: 48 bytes at once, from the start, or nothing.
class MeasurementFile final : public test::FakeOpenFile {
 public:
  MeasurementFile(std::shared_ptr<FakeTdx> tdx, unsigned index) : tdx_(std::move(tdx)), index_(index) {}
  ssize_t read(std::span<std::uint8_t> into) override {
    if (!content_) {
      content_.emplace(Bytes(tdx_->registers.at(index_).begin(), tdx_->registers.at(index_).end()), 20);
    }
    return content_->read(into);
  }
  ssize_t write(ByteView bytes) override {
    tdx_->before_extend();
    if (tdx_->extend_fails != 0) {
      return -tdx_->extend_fails;
    }
    if (bytes.size() != 48 || written_ || index_ < 2) {
      return -EINVAL;
    }
    written_ = true;
    tdx_->extend(index_, bytes);
    return static_cast<ssize_t>(bytes.size());
  }

 private:
  std::shared_ptr<FakeTdx> tdx_;
  unsigned index_;
  bool written_ = false;
  std::optional<test::FakeContent> content_;
};

/// configfs of kernels with entries for registers: one for each, and no word on what became of a digest.
class FakeRegisters final : public test::FakeMount {
 public:
  struct Entry {
    std::string index;
  };
  explicit FakeRegisters(std::shared_ptr<FakeTdx> tdx) : tdx_(std::move(tdx)) {}

  std::map<std::string, Entry> entries;
  int mkdir_fails = 0;
  bool drops_digest = false;
  bool somebody_else_extends = false;

  int make_folder(const std::string& path) override {
    return mkdir_fails != 0 ? -mkdir_fails : (entries.try_emplace(path).second ? 0 : -EEXIST);
  }
  int remove_folder(const std::string& path) override { return entries.erase(path) == 1 ? 0 : -ENOENT; }
  device::PathKind kind(const std::string& path) override {
    return path.empty() || entries.contains(path) ? device::PathKind::folder : device::PathKind::file;
  }
  std::vector<std::string> list(const std::string& /*path*/) override {
    std::vector<std::string> out;
    for (const auto& [name, entry] : entries) {
      out.push_back(name);
    }
    return out;
  }
  int open(const std::string& path, int flags, std::unique_ptr<test::FakeOpenFile>& opened) override {
    const auto entry = entries.find(path.substr(0, path.find('/')));
    if (entry == entries.end()) {
      return -ENOENT;
    }
    if (path.ends_with("/digest")) {
      opened = std::make_unique<Digest>(*this, entry->second);
    } else if ((flags & O_ACCMODE) == O_RDONLY) {
      opened = std::make_unique<test::FakeContent>(Bytes(entry->second.index.begin(), entry->second.index.end()));
    } else {
      opened = std::make_unique<Index>(*this, entry->second);
    }
    return 0;
  }

 private:
  class Index final : public test::FakeOpenFile {
   public:
    Index(FakeRegisters& mount, Entry& entry) : mount_(mount), entry_(entry) {}
    ssize_t write(ByteView bytes) override {
      const std::string text = std::string(bytes.begin(), bytes.end()) + "\n";
      for (const auto& [name, entry] : mount_.entries) {
        if (entry.index == text) {
          return -EBUSY;
        }
      }
      entry_.index = text;
      return static_cast<ssize_t>(bytes.size());
    }

   private:
    FakeRegisters& mount_;
    Entry& entry_;
  };
  class Digest final : public test::FakeOpenFile {
   public:
    Digest(FakeRegisters& mount, Entry& entry) : mount_(mount), entry_(entry) {}
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
    ~Digest() override {
      if (mount_.somebody_else_extends) {
        mount_.tdx_->extend(std::stoul(entry_.index), ByteArray<48>{9});
      }
      if (bytes_.size() == 48 && !mount_.drops_digest) {
        mount_.tdx_->extend(std::stoul(entry_.index), bytes_);
      }
    }
    ssize_t write(ByteView bytes) override {
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      return static_cast<ssize_t>(bytes.size());
    }

   private:
    FakeRegisters& mount_;
    Entry& entry_;
    Bytes bytes_;
  };
  std::shared_ptr<FakeTdx> tdx_;
};

struct Machine {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  std::shared_ptr<FakeTdx> tdx;
  std::shared_ptr<FakeRegisters> entries;

  explicit Machine(const std::string& path = "/dev/tdx_guest") : tdx(FakeTdx::into(*system, path)) {}
  ~Machine() { EXPECT_EQ(system->open_descriptors(), 0U); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Machine& with_files() {
    system->add_folder(kFolder);
    for (unsigned index = 0; index < 4; ++index) {
      system->add_special_file(measurement_file(index),
                               [this, index] { return std::make_unique<MeasurementFile>(tdx, index); });
    }
    return *this;
  }
  Machine& with_entries() {
    entries = std::make_shared<FakeRegisters>(tdx);
    system->mount("/sys/kernel/config/tsm/rtmrs", entries);
    return *this;
  }
  void expect_registers() const {
    const auto registers = tdx::read_runtime_registers(system);
    ASSERT_TRUE(registers) << registers.error().message();
    ASSERT_EQ(registers->size(), 4U);
    for (unsigned index = 0; index < 4; ++index) {
      EXPECT_EQ(registers->at(index).index, index);
      EXPECT_EQ(registers->at(index).value, tdx->registers.at(index));
    }
  }
  void expect_extends(unsigned index) const {
    auto expected = tdx->registers;
    expected.at(index) = crypto::sha384({expected.at(index), kDigest});
    const auto result = tdx::extend_runtime_register(system, index, kDigest);
    EXPECT_TRUE(result) << result.error().message();
    EXPECT_EQ(tdx->registers, expected);
  }
  void expect_not_extended(ErrorCode code, std::string_view part) const {
    const auto before = tdx->registers;
    const auto result = tdx::extend_runtime_register(system, 3, kDigest);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_NE(result.error().message().find(part), std::string::npos) << result.error().message();
    EXPECT_EQ(tdx->registers, before);
  }
};

// An extension cannot be undone: who left must know whether it may have happened.
TEST(RuntimeRegisters, SayWhetherAnExtensionWasAskedFor) {
  Machine machine;
  machine.with_files();
  const auto untouched = machine.tdx->registers;
  auto result = tdx::extend_runtime_register(machine.system, 3, kDigest, {.at_most = std::chrono::milliseconds{0}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::timed_out);
  EXPECT_TRUE(result.error().message().ends_with("nothing was asked of it")) << result.error().message();
  EXPECT_EQ(tdx::read_runtime_registers(machine.system, {.at_most = std::chrono::milliseconds{0}}).error().code(),
            ErrorCode::timed_out);
  EXPECT_EQ(machine.tdx->registers, untouched);

  std::stop_source stop;
  std::latch left(1);
  machine.tdx->before_extend = [&] {
    stop.request_stop();
    left.wait();
  };
  result = tdx::extend_runtime_register(machine.system, 3, kDigest, {.stop = stop.get_token()});
  left.count_down();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::cancelled);
  EXPECT_TRUE(result.error().message().ends_with(
      "the caller stopped waiting; the register may be extended, or may yet be: read it before trying again"))
      << result.error().message();
  machine.expect_registers();
  EXPECT_NE(machine.tdx->registers, untouched);
}

TEST(RuntimeRegisters, AreReadFromTheKernelsFiles) {
  Machine machine;
  machine.with_files();
  machine.tdx->report_fails = EIO;
  machine.expect_registers();
}

TEST(RuntimeRegisters, AreReadFromATdReportWhereThereAreNoFiles) {
  Machine().expect_registers();
  Machine("/dev/tdx-guest").expect_registers();
  Machine("/dev/tdx-attest").expect_registers();
}

TEST(RuntimeRegisters, AreReadFromATdReportWhereTheFilesFail) {
  Machine machine;
  machine.with_files().system->deny(measurement_file(3), EACCES);
  machine.expect_registers();
  machine.system->add_file(measurement_file(3), std::string(47, 'x'));
  machine.expect_registers();

  machine.tdx->report_fails = EIO;
  const auto registers = tdx::read_runtime_registers(machine.system);
  ASSERT_FALSE(registers);
  EXPECT_EQ(registers.error().code(), ErrorCode::hardware_failure);
  EXPECT_NE(registers.error().message().find("rtmr3:sha384: holds 47 bytes, expected 48; then /dev/tdx_guest: the TDX "
                                             "module refused"),
            std::string::npos)
      << registers.error().message();
}

TEST(RuntimeRegisters, SayWhatStandsInTheWay) {
  const auto nothing = std::make_shared<FakeSystem>();
  auto registers = tdx::read_runtime_registers(nothing);
  ASSERT_FALSE(registers);
  EXPECT_EQ(registers.error().code(), ErrorCode::not_available);
  EXPECT_NE(registers.error().message().find("modprobe tdx_guest"), std::string::npos);
  EXPECT_EQ(tdx::extend_runtime_register(nothing, 2, kDigest).error().code(), ErrorCode::not_available);

  Machine machine;
  machine.system->deny("/dev/tdx_guest", EACCES);
  EXPECT_EQ(tdx::read_runtime_registers(machine.system).error().code(), ErrorCode::permission_denied);
}

TEST(RuntimeRegisters, OnlyTwoAndThreeAreOursToExtend) {
  Machine machine;
  machine.with_files();
  const auto before = machine.tdx->registers;
  for (const unsigned index : {0U, 1U, 4U, 0xffffffffU}) {
    const auto result = tdx::extend_runtime_register(machine.system, index, kDigest);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(result.error().message().find("only 2 and 3"), std::string::npos);
  }
  EXPECT_EQ(machine.tdx->registers, before);
  EXPECT_TRUE(machine.system->opened_for_writing.empty());
}

TEST(RuntimeRegisters, AreExtendedThroughTheKernelsFiles) {
  Machine machine;
  machine.with_files().with_entries();
  machine.expect_extends(2);
  machine.expect_extends(3);
  machine.expect_extends(3);
  EXPECT_TRUE(machine.entries->entries.empty());
}

TEST(RuntimeRegisters, SayThatTheFileRefused) {
  for (const auto& [number, code, part] : std::vector<std::tuple<int, ErrorCode, std::string>>{
           {EINVAL, ErrorCode::hardware_failure, "refused to extend the register"},
           {EIO, ErrorCode::hardware_failure, "the TDX module failed to extend"},
           {EINTR, ErrorCode::io_failure, "read the register to see whether it was extended"},
           {ENXIO, ErrorCode::not_available, "No such device or address"}}) {
    Machine machine;
    machine.with_files().tdx->extend_fails = number;
    machine.expect_not_extended(code, part);
  }
  Machine machine;
  machine.with_files().system->deny_writing(measurement_file(3), EACCES);
  machine.expect_not_extended(ErrorCode::permission_denied, "rtmr3:sha384: Permission denied");
}

TEST(RuntimeRegisters, AreExtendedThroughAnEntry) {
  Machine machine;
  machine.with_entries();
  machine.expect_extends(2);
  machine.expect_extends(3);
  EXPECT_TRUE(machine.entries->entries.empty());
}

TEST(RuntimeRegisters, UseTheEntryThatIsThere) {
  Machine machine;
  machine.with_entries().entries->entries["rtmr3-theirs"].index = "3\n";
  machine.expect_extends(3);
  machine.expect_extends(2);
  EXPECT_EQ(machine.entries->entries.size(), 1U);
}

TEST(RuntimeRegisters, LookWhetherAnEntryDidWhatItWasAsked) {
  Machine machine;
  machine.with_entries().entries->drops_digest = true;
  machine.expect_not_extended(ErrorCode::hardware_failure, "the kernel did not extend the register");
  EXPECT_TRUE(machine.entries->entries.empty());

  machine.entries->somebody_else_extends = true;
  auto result = tdx::extend_runtime_register(machine.system, 3, kDigest);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::io_failure);
  EXPECT_NE(result.error().message().find("cannot be told"), std::string::npos);
  EXPECT_TRUE(machine.entries->entries.empty());
}

TEST(RuntimeRegisters, AreNotExtendedWhereNobodyCouldTell) {
  Machine machine;
  machine.with_entries().tdx->report_fails = EIO;
  machine.expect_not_extended(ErrorCode::hardware_failure, "the TDX module refused");
}

TEST(RuntimeRegisters, SayThatNoEntryCouldBeMade) {
  Machine machine;
  machine.with_entries().entries->mkdir_fails = EACCES;
  machine.expect_not_extended(ErrorCode::permission_denied, "/sys/kernel/config/tsm/rtmrs: Permission denied");
}

TEST(RuntimeRegisters, UseIntelsNumbersOfLegacyDrivers) {
  struct Request {
    std::uint8_t digest[48];
    std::uint8_t index;
  };
  EXPECT_EQ(tdx::kExtendRegister, _IOR('T', 3, Request));
  EXPECT_EQ(tdx::kExtendRegisterWrite, _IOW('T', 3, Request));
  for (const auto* const path : {"/dev/tdx_guest", "/dev/tdx-guest", "/dev/tdx-attest"}) {
    for (const bool other_numbers : {false, true}) {
      Machine machine(path);
      machine.tdx->legacy = true;
      machine.tdx->read_write_numbers = other_numbers;
      machine.expect_extends(2);
      machine.expect_extends(3);
    }
  }
}

TEST(RuntimeRegisters, SayThatTheLegacyDriverRefused) {
  Machine machine("/dev/tdx-guest");
  machine.tdx->legacy = true;
  machine.tdx->extend_fails = EIO;
  machine.expect_not_extended(ErrorCode::hardware_failure, "/dev/tdx-guest: the TDX module failed to extend");
  machine.system->deny("/dev/tdx-guest", EACCES);
  machine.expect_not_extended(ErrorCode::permission_denied, "/dev/tdx-guest: permission denied: run as root");
}

TEST(RuntimeRegisters, SayThatTheKernelOffersNothing) {
  Machine().expect_not_extended(ErrorCode::not_available, "use Linux 6.16 or later");
}

TEST(RuntimeRegisters, AreThoseOfThisMachine) {
  Machine machine;
  machine.with_files();
  machine_of_this_program() = machine.system;
  const auto registers = read_runtime_registers();
  ASSERT_TRUE(registers);
  EXPECT_EQ(registers->at(2).value, machine.tdx->registers.at(2));
  const auto expected = crypto::sha384({machine.tdx->registers.at(2), kDigest});
  ASSERT_TRUE(extend_runtime_register(2, kDigest));
  EXPECT_EQ(machine.tdx->registers.at(2), expected);
  EXPECT_EQ(extend_runtime_register(1, kDigest).error().code(), ErrorCode::invalid_argument);
  machine_of_this_program().reset();
}

}  // namespace
}  // namespace tenzro::tee
