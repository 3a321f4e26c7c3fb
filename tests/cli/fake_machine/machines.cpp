// SPDX-License-Identifier: Apache-2.0
#include "cli/fake_machine/machines.hpp"

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include "crypto/digest.hpp"
#include "device/linux_system.hpp"
#include "fake_nvml.hpp"
#include "fakes/tsm.hpp"
#include "provider/simulated/event_log.hpp"
#include "provider/simulated/tdx_evidence.hpp"

namespace tenzro::tee::test {

namespace {

using MachinePtr = std::shared_ptr<FakeSystem>;

std::string processors(unsigned count, const std::string& model) {
  std::string out;
  for (unsigned i = 0; i < count; ++i) {
    const std::string core = std::to_string(i / 2);
    out += "processor\t: " + std::to_string(i) + "\nmodel name\t: " + model +
           "\nphysical id\t: 0\ncore id\t\t: " + core + "\n\n";
  }
  return out;
}

MachinePtr virtual_machine(unsigned threads, const std::string& model, unsigned gibibytes) {
  auto out = std::make_shared<FakeSystem>();
  const std::string total = std::to_string(std::uint64_t{gibibytes} << 20);
  const std::string available = std::to_string(std::uint64_t{gibibytes - 2} << 20);
  out->add_file("/proc/cpuinfo", processors(threads, model));
  out->add_file("/proc/meminfo",
                "MemTotal:       " + total + " kB\nMemFree:        1000 kB\nMemAvailable:   " + available + " kB\n");
  out->add_file("/proc/self/status",
                "Name:\ttenzro\nCpus_allowed_list:\t0-" + std::to_string(threads - 1) + "\nThreads:\t1\n");
  return out;
}

std::uint32_t register_of(const char* text) {
  std::uint32_t out = 0;
  std::memcpy(&out, text, sizeof(out));
  return out;
}

void add_hypervisor_bit(FakeSystem& machine) { machine.cpuid_leaves[{1, 0}] = {.ecx = 1U << 31U}; }

std::string register_file(unsigned index) {
  return "/sys/devices/virtual/misc/tdx_guest/measurements/rtmr" + std::to_string(index) + ":sha384";
}

/// A run-time register: reads as it is, and is extended by what is written.
class RegisterFile final : public FakeOpenFile {
 public:
  explicit RegisterFile(std::shared_ptr<ByteArray<48>> value)
      : value_(std::move(value)), content_(Bytes(value_->begin(), value_->end())) {}
  ssize_t read(std::span<std::uint8_t> into) override { return content_.read(into); }
  ssize_t write(ByteView bytes) override {
    *value_ = crypto::sha384({*value_, bytes});
    return static_cast<ssize_t>(bytes.size());
  }

 private:
  std::shared_ptr<ByteArray<48>> value_;
  FakeContent content_;
};

/// A TD with all that Linux 6.16 has for one.
MachinePtr trust_domain() {
  MachinePtr out = virtual_machine(16, "Intel(R) Xeon(R) Platinum 8480+", 128);
  add_hypervisor_bit(*out);
  out->cpuid_leaves[{0x21, 0}] = {.ebx = register_of("Inte"), .ecx = register_of("    "), .edx = register_of("lTDX")};
  const auto tsm = FakeTsm::into(*out, "tdx_guest");
  out->add_device("/dev/tdx_guest", [] { return std::make_unique<FakeOpenFile>(); });
  out->add_folder("/sys/devices/virtual/misc/tdx_guest/measurements");
  const Bytes log = simulated::event_log();
  std::string table(56, '\0');
  table.replace(0, 4, "CCEL");
  table[4] = 56;
  table[36] = 2;
  out->add_file("/sys/firmware/acpi/tables/CCEL", table);
  out->add_file("/sys/firmware/acpi/tables/data/CCEL", std::string(log.begin(), log.end()));
  for (unsigned index = 0; index < 4; ++index) {
    const auto value = std::make_shared<ByteArray<48>>(simulated::event_log_registers().at(index));
    out->add_special_file(register_file(index), [value] { return std::make_unique<RegisterFile>(value); });
  }
  tsm->make_report = [](FakeTsm::Entry& entry) {
    simulated::QuoteSpec spec = simulated::tdx_quote_spec();
    std::ranges::copy(entry.input, spec.td.report_data.begin());
    entry.report = simulated::TdxEvidenceMaker().quote(spec);
    return 0;
  };
  return out;
}

void plug_gpu(FakeSystem& machine) {
  machine.add_file("/sys/bus/pci/devices/0000:41:00.0/vendor", "0x10de\n");
  machine.add_file("/sys/bus/pci/devices/0000:41:00.0/class", "0x030200\n");
}

/// The driver's state lives as long as the program.
FakeNvml& add_driver(FakeSystem& machine) {
  static FakeNvml& driver = *new FakeNvml();
  driver.gpus.emplace_back();
  plug_gpu(machine);
  auto library = device::LinuxSystem().load_library(TENZRO_FAKE_NVML);
  if (!library) {
    (void)std::fprintf(stderr, "the fake driver cannot be loaded\n");
    std::abort();
  }
  reinterpret_cast<FakeNvmlUse>(library->symbol("fake_nvml_use"))(&driver);
  machine.libraries["libnvidia-ml.so.1"] = library;
  return driver;
}

MachinePtr confidential_gpu() {
  MachinePtr out = trust_domain();
  FakeNvml& driver = add_driver(*out);
  driver.environment = 2;
  driver.cc_feature = 1;
  driver.gpu_capabilities = 1;
  driver.cpu_capabilities = 2;
  return out;
}

MachinePtr ordinary_user() {
  MachinePtr out = virtual_machine(2, "Intel(R) Xeon(R) Platinum 8480+", 8);
  FakeTsm::into(*out, "tdx_guest")->mkdir_fails.assign(8, EACCES);
  out->add_device("/dev/tdx_guest", [] { return std::make_unique<FakeOpenFile>(); });
  out->deny("/dev/tdx_guest", EACCES);
  out->owners["/dev/tdx_guest"] = {.group = 991, .mode = 0660, .group_name = "tdx"};
  return out;
}

MachinePtr gpu_without_secrets() {
  MachinePtr out = virtual_machine(4, "AMD EPYC 9654 96-Core Processor", 64);
  add_driver(*out).gpu_capabilities = 1;
  return out;
}

MachinePtr snp_guest_without_drivers() {
  MachinePtr out = virtual_machine(2, "AMD EPYC 9654 96-Core Processor", 8);
  add_hypervisor_bit(*out);
  out->cpuid_leaves[{0x8000001f, 0}] = {.eax = 0x1a, .ebx = 51};
  return out;
}

MachinePtr azure_guest() {
  MachinePtr out = virtual_machine(2, "AMD EPYC 7763 64-Core Processor", 8);
  add_hypervisor_bit(*out);
  out->cpuid_leaves[{0x40000000, 0}] = {
      .eax = 0x4000000c, .ebx = register_of("Micr"), .ecx = register_of("osof"), .edx = register_of("t Hv")};
  out->cpuid_leaves[{0x40000003, 0}] = {.ebx = 1U << 22U};
  out->cpuid_leaves[{0x4000000c, 0}] = {.ebx = 2};
  return out;
}

MachinePtr arm_parent() {
  auto out = std::make_shared<FakeSystem>();
  out->add_file("/proc/cpuinfo",
                "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n\n"
                "processor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n\n");
  for (const std::string cpu : {"cpu0", "cpu1"}) {
    out->add_file("/sys/devices/system/cpu/" + cpu + "/topology/physical_package_id", "0\n");
    out->add_file("/sys/devices/system/cpu/" + cpu + "/topology/core_id", cpu.substr(3) + "\n");
  }
  out->add_file("/proc/meminfo", "MemTotal:        8000000 kB\nMemAvailable:    6000000 kB\n");
  out->add_file("/proc/self/cgroup", "0::/pod/container\n");
  out->add_file("/sys/fs/cgroup/pod/container/memory.max", "2147483648\n");
  out->add_file("/sys/fs/cgroup/pod/container/memory.current", "1073741824\n");
  out->add_device("/dev/nitro_enclaves", [] { return std::make_unique<FakeOpenFile>(); });
  out->add_file("/sys/bus/pci/devices/0000:00:02.0/vendor", "0x1002\n");
  out->add_file("/sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
  return out;
}

[[noreturn]] void hang() {
  std::mutex never;
  std::unique_lock lock(never);
  std::condition_variable().wait(lock, [] { return false; });
  std::abort();
}

MachinePtr broken_driver() {
  MachinePtr out = virtual_machine(2, "AMD EPYC 9654 96-Core Processor", 8);
  add_driver(*out).before = [](const std::string&) { hang(); };
  return out;
}

/// Somebody loses patience with the program for good while its driver does not answer.
MachinePtr broken_driver_interrupted_twice() {
  MachinePtr out = virtual_machine(2, "AMD EPYC 9654 96-Core Processor", 8);
  add_driver(*out).before = [](const std::string&) {
    ::kill(::getpid(), SIGTERM);
    ::kill(::getpid(), SIGINT);
    hang();
  };
  return out;
}

/// Its host never answers, and somebody loses patience with the program as soon as it waits for that.
MachinePtr hung_host(int signal) {
  MachinePtr out = virtual_machine(2, "Intel(R) Xeon(R) Platinum 8480+", 8);
  FakeTsm::into(*out, "tdx_guest")->make_report = [signal](FakeTsm::Entry&) -> int {
    ::kill(::getpid(), signal);
    hang();
  };
  return out;
}

/// Its firmware never finishes an extension, and somebody loses patience with the program.
class HungRegisterFile final : public FakeOpenFile {
 public:
  ssize_t write(ByteView /*bytes*/) override {
    ::kill(::getpid(), SIGINT);
    hang();
  }
};

MachinePtr hung_register() {
  MachinePtr out = trust_domain();
  out->add_special_file(register_file(3), [] { return std::make_unique<HungRegisterFile>(); });
  return out;
}

}  // namespace

std::shared_ptr<FakeSystem> make_machine(std::string_view name) {
  if (name == "bare") {
    return virtual_machine(4, "AMD EPYC", 24);
  }
  if (name == "tdx-h100") {
    return confidential_gpu();
  }
  if (name == "tdx-ordinary-user") {
    return ordinary_user();
  }
  if (name == "h100-cc-off") {
    return gpu_without_secrets();
  }
  if (name == "snp-cpuid") {
    return snp_guest_without_drivers();
  }
  if (name == "azure") {
    return azure_guest();
  }
  if (name == "tdx-hung") {
    return hung_host(SIGTERM);
  }
  if (name == "tdx-hung-at-terminal") {
    return hung_host(SIGINT);
  }
  if (name == "tdx-hung-up") {
    return hung_host(SIGHUP);
  }
  if (name == "tdx-hung-register") {
    return hung_register();
  }
  if (name == "broken-driver-interrupted-twice") {
    return broken_driver_interrupted_twice();
  }
  if (name == "arm") {
    return arm_parent();
  }
  return name == "broken-driver" ? broken_driver() : nullptr;
}

}  // namespace tenzro::tee::test
