// SPDX-License-Identifier: Apache-2.0
#include "hardware_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace tenzro::cli {
namespace {

constexpr std::size_t kNameWidth = 10;
constexpr std::size_t kInterfaceIndent = 4;

/// "23.5 GiB"; "80 GiB" where nothing stands behind the point.
std::string gibibytes(std::uint64_t bytes) {
  constexpr std::uint64_t kTenth = (std::uint64_t{1} << 30) / 10;
  const std::uint64_t tenths = (bytes + kTenth / 2) / kTenth;
  const std::string whole = std::to_string(tenths / 10);
  return (tenths % 10 == 0 ? whole : whole + "." + std::to_string(tenths % 10)) + " GiB";
}

std::string counted(unsigned count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string cpu_value(const tee::ProcessorInfo& cpu) {
  std::string out = cpu.model.empty() ? cpu.architecture : safe_text(cpu.model);
  const std::array<std::pair<unsigned, std::string_view>, 3> counts = {
      {{cpu.cores, "core"}, {cpu.threads, "thread"}, {cpu.sockets, "socket"}}};
  for (const auto& [count, what] : counts) {
    if (count != 0) {
      out += ", " + counted(count, what);
    }
  }
  if (cpu.usable_threads != 0 && cpu.usable_threads < cpu.threads) {
    out += " (" + std::to_string(cpu.usable_threads) + " for this process)";
  }
  return out;
}

std::string memory_value(const tee::MemoryInfo& memory) {
  if (memory.total == 0) {
    return "unknown";
  }
  return gibibytes(memory.total) + " (" + gibibytes(memory.available) + " available)";
}

std::string_view cc_remark(const tee::GpuSystem& system) {
  switch (system.confidentiality) {
    case tee::GpuConfidentiality::on:
      return "(CC-enabled)";
    case tee::GpuConfidentiality::developer_tools:
      return "(CC with developer tools: protects nothing)";
    case tee::GpuConfidentiality::off:
      return "(CC off)";
    case tee::GpuConfidentiality::unsupported:
      return "(no CC)";
    case tee::GpuConfidentiality::unknown:
      return "(CC unknown)";
  }
  return "";
}

/// NVIDIA's driver says whether its GPUs are confidential; nobody says it of others.
bool is_nvidia(const tee::Gpu& gpu) { return gpu.name.starts_with("NVIDIA"); }

std::string gpu_value(const tee::Gpu& gpu, const tee::GpuSystem& system) {
  std::string out = safe_text(gpu.name);
  if (gpu.memory_bytes != 0) {
    out += ", " + gibibytes(gpu.memory_bytes);
  }
  if (is_nvidia(gpu)) {
    out += " " + std::string(cc_remark(system));
  }
  if (!gpu.pci_address.empty()) {
    out += " at " + safe_text(gpu.pci_address);
  }
  return out;
}

std::string_view platform_words(tee::Platform platform) {
  switch (platform) {
    case tee::Platform::intel_tdx:
      return "Intel TDX";
    case tee::Platform::amd_sev_snp:
      return "AMD SEV-SNP";
    case tee::Platform::aws_nitro:
      return "AWS Nitro Enclave";
    case tee::Platform::nvidia_gpu:
      return "NVIDIA GPU confidential computing";
    case tee::Platform::intel_sgx:
    case tee::Platform::aws_nitro_tpm:
      break;
    case tee::Platform::unknown:
      return "Other";
  }
  return to_string(platform);
}

class Writer {
 public:
  Writer(const tee::HardwareProfile& profile, bool verbose, const Painter& painter)
      : profile_(profile), verbose_(verbose), painter_(painter) {}

  std::string write() && {
    write_profile();
    write_capabilities();
    return std::move(out_);
  }

 private:
  void line(std::string_view name, const std::string& value) {
    out_ += "  " + std::string(name);
    out_.append(kNameWidth > name.size() ? kNameWidth - name.size() : 1, ' ');
    out_ += value + "\n";
  }

  void write_profile() {
    out_ += painter_(Style::heading, "Hardware Profile") + "\n";
    line("CPU", cpu_value(profile_.processor));
    line("Memory", memory_value(profile_.memory));
    for (const tee::Gpu& gpu : profile_.gpus) {
      line("GPU", gpu_value(gpu, profile_.gpu_system));
    }
    if (profile_.gpus.empty()) {
      line("GPU", "none");
    }
    for (const tee::Platform platform : profile_.usable) {
      line("TEE", std::string(platform_words(platform)) +
                      (profile_.simulated ? "  " + painter_(Style::caution, "*** SIMULATED: PROVES NOTHING ***") : ""));
    }
    if (profile_.usable.empty()) {
      line("TEE", "none that can be used");
    }
  }

  void write_capabilities() {
    out_ += "\n" + painter_(Style::heading, "TEE Capabilities") + "\n";
    std::size_t width = 0;
    for (const tee::ProbeFinding& finding : profile_.interfaces) {
      width = std::max(width, finding.interface_path.size());
    }
    for (const tee::SimulationSwitch& one : profile_.simulation) {
      width = std::max(width, one.variable.size());
    }
    width_ = width + 2;
    tee::Platform above = tee::Platform::unknown;
    for (const tee::ProbeFinding& finding : profile_.interfaces) {
      if (finding.platform != above) {
        above = finding.platform;
        out_ += "  " + std::string(platform_words(above)) + "\n";
      }
      entry(finding.interface_path, state_of(finding));
    }
    write_gpu_system();
    write_services();
    write_simulation();
  }

  void entry(std::string_view name, const std::string& state) {
    out_.append(kInterfaceIndent, ' ');
    out_ += safe_text(name);
    out_.append(width_ > name.size() ? width_ - name.size() : 1, ' ');
    out_ += state + "\n";
  }

  std::string state_of(const tee::ProbeFinding& finding) const {
    std::string out = finding.usable    ? painter_(Style::good, "usable")
                      : finding.present ? painter_(Style::caution, "present")
                                        : std::string("no");
    if (!finding.detail.empty()) {
      out += " (" + safe_text(finding.detail) + ")";
    }
    // Most machines lack most interfaces, and need no list of reasons.
    const bool worth_saying = finding.present || !finding.detail.empty() || verbose_;
    if (!finding.why_not.empty() && worth_saying) {
      out += ": " + safe_text(finding.why_not);
    }
    return out;
  }

  void write_gpu_system() {
    const tee::GpuSystem& system = profile_.gpu_system;
    if (!system.why_not.empty()) {
      entry("driver", safe_text(system.why_not));
    }
    if (system.driver_version.empty()) {
      return;
    }
    entry("driver", safe_text(system.driver_version));
    entry("CC mode", std::string(to_string(system.confidentiality)) +
                         (system.environment.empty() ? "" : ", environment " + safe_text(system.environment)));
    if (system.multi_gpu != tee::MultiGpuMode::none) {
      entry("multi-GPU mode", std::string(to_string(system.multi_gpu)));
    }
    if (system.ready) {
      entry("ready for work", *system.ready ? "yes" : "no: waits until its evidence was judged");
    }
    if (system.switches != 0) {
      entry("NVSwitches", std::to_string(system.switches));
    }
  }

  void write_services() {
    out_ += "  Vendor services\n";
    if (!profile_.services) {
      out_ += "    not asked: --probe-network asks them\n";
      return;
    }
    for (const tee::ServiceProbe& probe : *profile_.services) {
      entry(to_string(probe.service),
            (probe.reachable ? painter_(Style::good, "reachable") : painter_(Style::caution, "not reachable")) + " " +
                safe_text(probe.url) + (probe.detail.empty() ? "" : ": " + safe_text(probe.detail)));
    }
  }

  void write_simulation() {
    out_ += "  Simulation\n";
    if (!profile_.simulation_built_in) {
      out_ += "    not in this build\n";
      return;
    }
    const bool hardware = std::ranges::any_of(profile_.interfaces, &tee::ProbeFinding::present);
    for (const tee::SimulationSwitch& one : profile_.simulation) {
      std::string state = "not set";
      if (one.on) {
        state = hardware ? "on, without effect: hardware shows" : painter_(Style::caution, "on");
      } else if (!one.value.empty()) {
        state = "off: \"" + safe_text(one.value) + "\" is neither true nor 1";
      }
      entry(one.variable, state);
    }
  }

  const tee::HardwareProfile& profile_;
  bool verbose_;
  const Painter& painter_;
  std::size_t width_ = 0;
  std::string out_;
};

}  // namespace

std::string hardware_text(const tee::HardwareProfile& profile, const Globals& globals, const Painter& painter) {
  if (!globals.quiet) {
    return Writer(profile, globals.verbose, painter).write();
  }
  std::string out;
  for (const tee::Platform platform : profile.usable) {
    out += std::string(to_string(platform)) + (profile.simulated ? " (simulated)\n" : "\n");
  }
  return out.empty() ? "none\n" : out;
}

}  // namespace tenzro::cli
