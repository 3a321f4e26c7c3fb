// SPDX-License-Identifier: Apache-2.0
// Which provider a machine gets. What it must never get: an imitation where any hardware shows.
#include "provider/detect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <latch>

#include "fake_driver.hpp"
#include "fakes/hyper_v.hpp"
#include "fakes/tsm.hpp"
#if TENZRO_TEE_SIMULATION
#include "fakes/nsm.hpp"
#endif

namespace tenzro::tee {
namespace {

using std::make_unique;
using test::FakeDriver;
using test::FakeGpu;
using test::FakeOpenFile;
using test::FakeSystem;
using test::FakeTsm;

constexpr const char* kVariables[] = {"TENZRO_SIMULATE_TDX",   "TENZRO_SIMULATE_SEV",    "TENZRO_SIMULATE_SEV_SNP",
                                      "TENZRO_SIMULATE_NITRO", "TENZRO_SIMULATE_NVIDIA", "TENZRO_SIMULATE_GPU"};

std::shared_ptr<FakeSystem> switched_on() {
  auto system = std::make_shared<FakeSystem>();
  for (const auto* const name : kVariables) {
    system->variables[name] = "1";
  }
  return system;
}

void add_device(FakeSystem& system, const std::string& path) {
  system.add_device(path, [] { return make_unique<FakeOpenFile>(); });
}
void add_cpuid_tdx(FakeSystem& system) {
  system.cpuid_leaves[{0x21, 0}] = {.eax = 0, .ebx = 0x65746e49, .ecx = 0x20202020, .edx = 0x5844546c};
}
void add_cpuid_sev(FakeSystem& system, bool hypervisor, std::uint32_t bits = 0x1a) {
  system.cpuid_leaves[{0x8000001f, 0}] = {.eax = bits, .ebx = 0, .ecx = 0, .edx = 0};
  system.cpuid_leaves[{1, 0}] = {.eax = 0, .ebx = 0, .ecx = hypervisor ? 1U << 31U : 0, .edx = 0};
}
void add_ccel(FakeSystem& system, char type) {
  std::string table(56, '\0');
  table.replace(0, 4, "CCEL");
  table[36] = type;
  system.add_file("/sys/firmware/acpi/tables/CCEL", table);
}

std::vector<Platform> platforms_of(const Providers& providers) {
  std::vector<Platform> out;
  for (const auto& provider : providers) {
    out.push_back(provider->tee_type());
  }
  return out;
}
std::string error_on(const std::shared_ptr<FakeSystem>& system, const DetectOptions& options = {}) {
  const auto provider = detect_tee_on(system, options);
  EXPECT_FALSE(provider);
  EXPECT_EQ(provider.error().code(), ErrorCode::not_available);
  return provider.error().message();
}
bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// One sign of hardware, and nothing else.
struct Sign {
  std::string name;
  std::function<void(FakeSystem&)> show;
};
std::vector<Sign> signs() {
  std::vector<Sign> out = {
      {"CPUID of a TD", add_cpuid_tdx},
      {"CPUID of a SEV guest", [](FakeSystem& system) { add_cpuid_sev(system, true, 1U << 1U); }},
      {"CPUID of a SEV-ES guest", [](FakeSystem& system) { add_cpuid_sev(system, true, 1U << 3U); }},
      {"CPUID of a SEV-SNP guest", [](FakeSystem& system) { add_cpuid_sev(system, true, 1U << 4U); }},
      {"configfs of a TD", [](FakeSystem& system) { FakeTsm::into(system, "tdx_guest"); }},
      {"configfs of a SEV-SNP guest", [](FakeSystem& system) { FakeTsm::into(system, "sev_guest"); }},
      {"configfs of another guest", [](FakeSystem& system) { FakeTsm::into(system, "arm_cca_guest"); }},
      {"VMPL", [](FakeSystem& system) { system.add_file("/sys/devices/system/cpu/sev/vmpl", "0\n"); }},
      {"VMPL of an SVSM's guest",
       [](FakeSystem& system) { system.add_file("/sys/devices/system/cpu/sev/vmpl", "2\n"); }},
      {"VMPL that is none", [](FakeSystem& system) { system.add_file("/sys/devices/system/cpu/sev/vmpl", "?"); }},
      {"platform device", [](FakeSystem& system) { system.add_folder("/sys/devices/platform/sev-guest"); }},
      {"event log of a TD", [](FakeSystem& system) { add_ccel(system, 2); }},
      {"measurements of a TD",
       [](FakeSystem& system) { system.add_folder("/sys/devices/virtual/misc/tdx_guest/measurements"); }},
      {"module without a node", [](FakeSystem& system) { system.add_folder("/sys/class/misc/nsm"); }},
      {"paravisor, SEV-SNP", [](FakeSystem& system) { test::add_hyper_v(system, 2); }},
      {"paravisor, TDX", [](FakeSystem& system) { test::add_hyper_v(system, 3); }},
  };
  for (const std::string path : {"/dev/tdx_guest", "/dev/tdx-guest", "/dev/tdx-attest", "/dev/sev-guest", "/dev/nsm"}) {
    out.push_back({path, [path](FakeSystem& system) { add_device(system, path); }});
    for (const int number : {EACCES, EBUSY}) {
      out.push_back({path + " that may not be opened", [path, number](FakeSystem& system) {
                       add_device(system, path);
                       system.deny(path, number);
                     }});
    }
  }
  return out;
}

// ATTACK(D5)
TEST(Detection, SimulatesNothingWhereAnySignOfHardwareShows) {
  for (const Sign& sign : signs()) {
    const auto system = switched_on();
    sign.show(*system);
    EXPECT_TRUE(survey_machine(system).shows_hardware()) << sign.name;
    for (const auto& provider : detect_all_tees_on(system, {})) {
      EXPECT_FALSE(provider->simulated()) << sign.name;
    }
    const auto best = detect_tee_on(system, {});
    EXPECT_TRUE(!best || !(*best)->simulated()) << sign.name;
    if (!best) {
      EXPECT_TRUE(holds(best.error().message(), "hardware shows, and there is no usable TEE")) << sign.name;
      EXPECT_TRUE(holds(best.error().message(), "TENZRO_SIMULATE_TDX is set, and has no effect where hardware shows"))
          << sign.name << ": " << best.error().message();
    }
    for (const Platform platform :
         {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}) {
      const auto only = detect_tee_on(system, {.only = platform});
      EXPECT_TRUE(!only || !(*only)->simulated()) << sign.name;
    }
    EXPECT_TRUE(system->warnings.empty()) << sign.name;
    EXPECT_EQ(system->open_descriptors(), 0U) << sign.name;
  }
}

// ATTACK(D5)
TEST(Detection, SimulatesNothingBesideAConfidentialGpu) {
  for (const bool developer_tools : {false, true}) {
    FakeDriver driver;
    driver.turn_on();
    driver.nvml.dev_tools = developer_tools ? 1 : 0;
    driver.nvml.gpus.emplace_back();
    for (const auto* const name : kVariables) {
      driver.system->variables[name] = "true";
    }
    const Providers providers = detect_all_tees_on(driver.system, {});
    EXPECT_EQ(platforms_of(providers), std::vector<Platform>{Platform::nvidia_gpu});
    EXPECT_TRUE(std::ranges::none_of(providers, [](const auto& provider) { return provider->simulated(); }));
    // One that cannot be used, neither.
    driver.take_functions_from_nvml({"nvmlDeviceGetConfComputeGpuAttestationReport"});
    EXPECT_TRUE(detect_all_tees_on(driver.system, {}).empty());
    EXPECT_TRUE(holds(error_on(driver.system), "too old to make evidence"));
    EXPECT_TRUE(driver.system->warnings.empty());
  }
}

// ATTACK(D5): a call into the driver hangs, and every later survey finds it hanging.
TEST(Detection, SimulatesNothingBesideAConfidentialGpuThatHangs) {
  FakeDriver driver;
  driver.turn_on();
  driver.nvml.gpus.emplace_back();
  driver.system->variables["TENZRO_SIMULATE_TDX"] = "true";
  const auto released = std::make_shared<std::latch>(1);
  driver.nvml.before = [&](const std::string& function) {
    if (function == "nvmlDeviceGetName") {
      released->wait();
    }
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(holds(error_on(driver.system), "TENZRO_SIMULATE_TDX is set, and has no effect where hardware shows"));
  }
  EXPECT_TRUE(driver.system->warnings.empty());
  released->count_down();
  const std::string name = "libnvidia-ml.so.1";
  EXPECT_TRUE(driver.system->queue(name).run<void>(name, {}, [](const device::Waiting&) { return Result<void>(); }));
  EXPECT_TRUE(detect_tee_on(driver.system, {}));
}

#if TENZRO_TEE_SIMULATION

// What a host has, and what anybody may have, is no sign.
TEST(Detection, SimulatesWhereNoHardwareShows) {
  const std::vector<Sign> innocent = {
      {"nothing", [](FakeSystem&) {}},
      {"a host with SEV", [](FakeSystem& system) { add_cpuid_sev(system, false); }},
      {"SME in a guest", [](FakeSystem& system) { add_cpuid_sev(system, true, 1); }},
      {"another word in the leaf of TDX",
       [](FakeSystem& system) {
         add_cpuid_tdx(system);
         system.cpuid_leaves.at({0x21, 0}).ecx = 0;
       }},
      {"an instance that starts enclaves", [](FakeSystem& system) { add_device(system, "/dev/nitro_enclaves"); }},
      {"configfs without a driver", [](FakeSystem& system) { FakeTsm::into(system, ""); }},
      {"an ordinary guest of Hyper-V", [](FakeSystem& system) { test::add_hyper_v(system, 0); }},
      {"a Hyper-V host", [](FakeSystem& system) { test::add_hyper_v(system, 2, true); }},
      {"a file in place of a device", [](FakeSystem& system) { system.add_file("/dev/tdx_guest", ""); }},
      {"an event log of another guest", [](FakeSystem& system) { add_ccel(system, 1); }},
      {"a GPU on the bus", [](FakeSystem& system) {
         system.add_file("/sys/bus/pci/devices/0000:41:00.0/vendor", "0x10de\n");
         system.add_file("/sys/bus/pci/devices/0000:41:00.0/class", "0x030200\n");
       }}};
  for (const Sign& sign : innocent) {
    const auto system = switched_on();
    sign.show(*system);
    EXPECT_FALSE(survey_machine(system).shows_hardware()) << sign.name;
    const auto provider = detect_tee_on(system, {});
    ASSERT_TRUE(provider) << sign.name << ": " << provider.error().message();
    EXPECT_TRUE((*provider)->simulated()) << sign.name;
    EXPECT_EQ((*provider)->tee_type(), Platform::intel_tdx);
  }
}

TEST(Detection, SimulatesBesideAGpuWhoseModeIsOff) {
  FakeDriver driver;
  driver.nvml.environment = 2;
  driver.nvml.gpu_capabilities = 1;
  driver.nvml.gpus.emplace_back();
  driver.system->variables["TENZRO_SIMULATE_TDX"] = "1";
  EXPECT_FALSE(survey_machine(driver.system).shows_hardware());
  EXPECT_EQ(platforms_of(detect_all_tees_on(driver.system, {})), std::vector<Platform>{Platform::intel_tdx});
}

TEST(Detection, SimulatesWhatEachVariableAsksForOnce) {
  const std::pair<const char*, Platform> expected[] = {
      {"TENZRO_SIMULATE_TDX", Platform::intel_tdx},       {"TENZRO_SIMULATE_SEV", Platform::amd_sev_snp},
      {"TENZRO_SIMULATE_SEV_SNP", Platform::amd_sev_snp}, {"TENZRO_SIMULATE_NITRO", Platform::aws_nitro},
      {"TENZRO_SIMULATE_NVIDIA", Platform::nvidia_gpu},   {"TENZRO_SIMULATE_GPU", Platform::nvidia_gpu}};
  for (const auto& [name, platform] : expected) {
    const auto system = std::make_shared<FakeSystem>();
    system->variables[name] = "true";
    EXPECT_EQ(platforms_of(detect_all_tees_on(system, {})), std::vector<Platform>{platform}) << name;
  }
  EXPECT_EQ(
      platforms_of(detect_all_tees_on(switched_on(), {})),
      (std::vector<Platform>{Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}));
}

TEST(Detection, WarnsOfSimulationInOneLine) {
  const auto system = switched_on();
  ASSERT_TRUE(detect_tee_on(system, {}));
  ASSERT_EQ(system->warnings.size(), 1U);
  EXPECT_EQ(system->warnings[0],
            "tenzro: warning: simulating intel-tdx, as TENZRO_SIMULATE_* asks: such evidence proves nothing about any "
            "machine");
  system->warnings.clear();
  EXPECT_EQ(detect_all_tees_on(system, {}).size(), 4U);
  ASSERT_EQ(system->warnings.size(), 1U);
  EXPECT_TRUE(holds(system->warnings[0], "simulating intel-tdx, amd-sev-snp, aws-nitro, nvidia-gpu,"));
  EXPECT_EQ(system->warnings[0].find('\n'), std::string::npos);
}

// ATTACK(D5)
TEST(Detection, LeavesSimulationWhereItIsForbidden) {
  const auto system = switched_on();
  const DetectOptions options{.forbid_simulation = true};
  EXPECT_TRUE(detect_all_tees_on(system, options).empty());
  const std::string error = error_on(system, options);
  for (const auto* const name : kVariables) {
    EXPECT_TRUE(holds(error, std::string(name) + " is set, and simulation is forbidden here")) << error;
  }
  EXPECT_TRUE(system->warnings.empty());
}

TEST(Detection, TakesAPlatformOnlyOrFirst) {
  const auto system = switched_on();
  for (const Platform platform :
       {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}) {
    EXPECT_EQ(platforms_of(detect_all_tees_on(system, {.only = platform})), std::vector<Platform>{platform});
    EXPECT_EQ((*detect_tee_on(system, {.prefer = {platform}}))->tee_type(), platform);
  }
  EXPECT_TRUE(detect_all_tees_on(system, {.only = Platform::intel_sgx}).empty());
  EXPECT_EQ(
      platforms_of(
          detect_all_tees_on(system, {.prefer = {Platform::intel_sgx, Platform::nvidia_gpu, Platform::aws_nitro}})),
      (std::vector<Platform>{Platform::nvidia_gpu, Platform::aws_nitro, Platform::intel_tdx, Platform::amd_sev_snp}));

  system->variables = {{"TENZRO_SIMULATE_TDX", "1"}};
  const std::string error = error_on(system, {.only = Platform::amd_sev_snp});
  EXPECT_TRUE(holds(error, "TENZRO_SIMULATE_TDX is set, and is of another platform than the one wanted")) << error;
}

TEST(Detection, ImitatesWhatAVerifierRefusesWithoutPermission) {
  for (const auto& provider : detect_all_tees_on(switched_on(), {})) {
    const auto report = provider->generate_attestation({ReportData::from_caller_data(Bytes(8, 1)).value()});
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_TRUE(report->simulated);
    EXPECT_EQ(report->platform, provider->tee_type());
  }
}

TEST(Detection, FindsAnEnclave) {
  const auto system = switched_on();
  const auto nsm = test::FakeNsm::into(*system);
  const auto provider = detect_tee_on(system, {});
  ASSERT_TRUE(provider) << provider.error().message();
  EXPECT_EQ((*provider)->provider_name(), "AWS Nitro Enclave (/dev/nsm)");
  EXPECT_TRUE(system->warnings.empty());
  EXPECT_EQ(nsm->seen().size(), 1U) << "asked what it is, and nothing else";
}

// ATTACK(D4): several at once.
TEST(Detection, PutsEveryCpuBeforeGpus) {
  FakeDriver driver;
  driver.turn_on();
  driver.nvml.gpus.emplace_back();
  const auto nsm = test::FakeNsm::into(*driver.system);
  EXPECT_EQ(platforms_of(detect_all_tees_on(driver.system, {})),
            (std::vector<Platform>{Platform::aws_nitro, Platform::nvidia_gpu}));
  const auto tsm = FakeTsm::into(*driver.system, "sev_guest");
  EXPECT_EQ(platforms_of(detect_all_tees_on(driver.system, {})),
            (std::vector<Platform>{Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}));
  tsm->provider = "tdx_guest";
  EXPECT_EQ(platforms_of(detect_all_tees_on(driver.system, {})),
            (std::vector<Platform>{Platform::intel_tdx, Platform::aws_nitro, Platform::nvidia_gpu}));
  EXPECT_EQ((*detect_tee_on(driver.system, {}))->tee_type(), Platform::intel_tdx);
  EXPECT_EQ((*detect_tee_on(driver.system, {.prefer = {Platform::nvidia_gpu}}))->tee_type(), Platform::nvidia_gpu);
  EXPECT_EQ((*detect_tee_on(driver.system, {.only = Platform::nvidia_gpu}))->provider_name(), "NVIDIA GPU (NVML)");
}

#else

// ATTACK(D5)
TEST(Detection, HasNothingToSimulateIn) {
  const auto system = switched_on();
  EXPECT_TRUE(detect_all_tees_on(system, {}).empty());
  EXPECT_TRUE(holds(error_on(system), "TENZRO_SIMULATE_TDX is set, and this build has no simulation"));
  EXPECT_TRUE(system->warnings.empty());
  EXPECT_TRUE(simulated_claim_names(Platform::intel_tdx).empty());
  const auto made = make_simulated_provider(Platform::intel_tdx, InsecureSimulation::for_development_only());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::unsupported);
}

#endif

TEST(Detection, SimulatesOnlyWhereItIsAskedTo) {
  const auto system = std::make_shared<FakeSystem>();
  EXPECT_TRUE(detect_all_tees_on(system, {}).empty());
  EXPECT_FALSE(holds(error_on(system), "TENZRO_SIMULATE"));
  for (const auto* const value : {"0", "false", "yes", "TRUE", "on\n"}) {
    system->variables["TENZRO_SIMULATE_NITRO"] = value;
    EXPECT_TRUE(detect_all_tees_on(system, {}).empty()) << value;
    const std::string error = error_on(system);
    EXPECT_TRUE(holds(error, "TENZRO_SIMULATE_NITRO is \"")) << error;
    EXPECT_TRUE(holds(error, "only true and 1 mean something")) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
  system->variables["TENZRO_SIMULATE_NITRO"] = "";
  EXPECT_FALSE(holds(error_on(system), "TENZRO_SIMULATE"));
  EXPECT_TRUE(system->warnings.empty());
}

TEST(Detection, NamesEveryInterfaceInItsError) {
  const auto system = std::make_shared<FakeSystem>();
  const std::string error = error_on(system);
  for (const ProbeFinding& finding : survey_machine(system).findings) {
    EXPECT_TRUE(holds(error, finding.interface_path + ": " + finding.why_not)) << finding.interface_path;
    const std::string as_item = "; " + finding.interface_path + ": ";
    EXPECT_EQ(error.find(as_item), error.rfind(as_item)) << finding.interface_path << " is named twice";
  }
  EXPECT_EQ(error.find('\n'), std::string::npos);
  const std::string nitro = error_on(system, {.only = Platform::aws_nitro});
  EXPECT_TRUE(holds(nitro, "/dev/nsm: ")) << nitro;
  EXPECT_FALSE(holds(nitro, "/dev/tdx_guest")) << nitro;
  EXPECT_TRUE(nitro.starts_with("no aws-nitro that could make evidence")) << nitro;
}

// ATTACK(D4): a processor that says so, and no device.
TEST(Detection, NamesFirstWhatShows) {
  const auto system = std::make_shared<FakeSystem>();
  add_cpuid_tdx(*system);
  EXPECT_TRUE(error_on(system).starts_with(
      "hardware shows, and there is no usable TEE; CPUID leaf 0x21 shows intel-tdx: a sign only"))
      << error_on(system);
  // What two platforms look at, each with words of its own.
  FakeTsm::into(*system, "sev_guest")->mkdir_fails.assign(64, EACCES);
  const std::string error = error_on(system);
  const std::string path = "; /sys/kernel/config/tsm/report";
  EXPECT_NE(error.find(path), std::string::npos) << error;
  EXPECT_EQ(error.find(path), error.rfind(path)) << error;
}

TEST(Detection, NamesAnInterfaceOfAnotherKindOfGuest) {
  const auto system = std::make_shared<FakeSystem>();
  const auto tsm = FakeTsm::into(*system, "arm_cca_guest");
  const auto findings = survey_machine(system).findings;
  const auto row = std::ranges::find(findings, Platform::unknown, &ProbeFinding::platform);
  ASSERT_NE(row, findings.end());
  EXPECT_EQ(row->interface_path, "/sys/kernel/config/tsm/report");
  EXPECT_TRUE(row->present);
  EXPECT_FALSE(row->usable);
  EXPECT_EQ(row->detail, "provider arm_cca_guest");
  EXPECT_EQ(row->why_not, "the driver of a TEE that this library has no provider for");
  EXPECT_TRUE(tsm->entries.empty());
}

TEST(Detection, LooksAtEverythingInAFixedOrder) {
  const auto system = std::make_shared<FakeSystem>();
  std::vector<std::pair<Platform, std::string>> there;
  for (const ProbeFinding& finding : survey_machine(system).findings) {
    there.emplace_back(finding.platform, finding.interface_path);
    EXPECT_FALSE(finding.present || finding.usable);
    EXPECT_FALSE(finding.why_not.empty());
  }
  using enum Platform;
  EXPECT_EQ(there, (std::vector<std::pair<Platform, std::string>>{
                       {intel_tdx, "CPUID leaf 0x21"},
                       {intel_tdx, "/sys/kernel/config/tsm/report"},
                       {intel_tdx, "/dev/tdx_guest"},
                       {intel_tdx, "/dev/tdx-guest"},
                       {intel_tdx, "/dev/tdx-attest"},
                       {intel_tdx, "/sys/firmware/acpi/tables/CCEL"},
                       {intel_tdx, "/sys/devices/virtual/misc/tdx_guest/measurements"},
                       {amd_sev_snp, "CPUID leaf 0x8000001f"},
                       {amd_sev_snp, "/sys/kernel/config/tsm/report"},
                       {amd_sev_snp, "/dev/sev-guest"},
                       {amd_sev_snp, "/sys/devices/platform/sev-guest"},
                       {amd_sev_snp, "/sys/devices/system/cpu/sev/vmpl"},
                       {amd_sev_snp, "SVSM"},
                       {aws_nitro, "/dev/nsm"},
                       {nvidia_gpu, "libnvidia-ml.so.1"}}));
}

TEST(Detection, OpensNothingForWriting) {
  for (const Sign& sign : signs()) {
    const auto system = switched_on();
    sign.show(*system);
    (void)survey_machine(system);
    EXPECT_TRUE(system->opened_for_writing.empty()) << sign.name;
    EXPECT_EQ(system->open_descriptors(), 0U) << sign.name;
    EXPECT_TRUE(system->warnings.empty()) << sign.name;
  }
}

}  // namespace
}  // namespace tenzro::tee
