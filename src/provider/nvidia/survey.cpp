// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/survey.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "provider/nvidia/nscq.hpp"
#include "provider/nvidia/nvml.hpp"

namespace tenzro::tee::nvidia {

namespace {

std::string counted(std::size_t count, std::string_view one) { return concat(count, " ", one, count == 1 ? "" : "s"); }

std::string why_no_switches(const Inventory& inventory) {
  if (!inventory.switch_library) {
    return "not installed: it comes with the NVSwitch driver (libnvidia-nscq, of the GPU driver's version), and is "
           "needed in protected PCIe mode only";
  }
  if (!inventory.switch_why_not.empty()) {
    return inventory.switch_why_not;
  }
  return inventory.system.switches == 0 ? "it shows no NVSwitch" : "";
}

/// Empty: evidence can be had.
std::string why_no_evidence(const Inventory& inventory) {
  const GpuSystem& system = inventory.system;
  if (inventory.gpus.empty()) {
    return system.why_not.empty() ? "no NVIDIA GPU" : concat("no NVIDIA GPU on the bus; ", system.why_not);
  }
  if (!system.why_not.empty()) {
    return system.why_not;
  }
  switch (system.confidentiality) {
    case GpuConfidentiality::unknown:
      return "the driver does not say whether confidential computing is on";
    case GpuConfidentiality::unsupported:
      return "no confidential computing: it takes a GPU of the Hopper generation or later, with a VBIOS and a driver "
             "for "
             "it";
    case GpuConfidentiality::off:
      return "confidential computing is off: the host turns it on (NVIDIA's gpu-admin-tools) before the guest starts";
    case GpuConfidentiality::on:
    case GpuConfidentiality::developer_tools:
      break;
  }
  if (!inventory.makes_evidence) {
    return "the driver is too old to make evidence: update it";
  }
  const auto other = std::ranges::find_if(inventory.gpus, [](const Gpu& gpu) {
    return gpu.architecture != architecture_name(nvml::kArchitectureHopper) &&
           gpu.architecture != architecture_name(nvml::kArchitectureBlackwell);
  });
  if (other != inventory.gpus.end()) {
    return concat("evidence of ", other->name, " (", other->architecture,
                  ") is not known here: Hopper and Blackwell are");
  }
  if (system.multi_gpu == MultiGpuMode::protected_pcie) {
    if (const std::string why = why_no_switches(inventory); !why.empty()) {
      return concat("in protected PCIe mode the NVSwitches make evidence too, and ", kNscqLibrary, ": ", why);
    }
  }
  return {};
}

std::string detail(const Inventory& inventory) {
  if (inventory.gpus.empty()) {
    return {};
  }
  std::string out = counted(inventory.gpus.size(), "GPU");
  const GpuSystem& system = inventory.system;
  if (!system.driver_version.empty()) {
    out += concat(", driver ", system.driver_version);
  }
  out += concat(", CC mode ", to_string(system.confidentiality));
  if (inventory.was_confidential && !is_confidential(system)) {
    out += " (on before)";
  }
  if (system.multi_gpu != MultiGpuMode::none) {
    out += concat(", ", to_string(system.multi_gpu));
  }
  return out;
}

}  // namespace

std::vector<ProbeFinding> survey(const Inventory& inventory) {
  std::vector<ProbeFinding> out;
  ProbeFinding& nvml = out.emplace_back();
  nvml.platform = Platform::nvidia_gpu;
  nvml.interface_path = kNvmlLibrary;
  nvml.present = inventory.was_confidential || is_confidential(inventory.system);
  nvml.why_not = why_no_evidence(inventory);
  nvml.usable = nvml.why_not.empty();
  nvml.detail = detail(inventory);
  if (inventory.gpus.empty()) {
    return out;
  }
  ProbeFinding switches;
  switches.platform = Platform::nvidia_gpu;
  switches.interface_path = kNscqLibrary;
  switches.why_not = why_no_switches(inventory);
  if (switches.why_not.empty() && inventory.system.multi_gpu != MultiGpuMode::protected_pcie) {
    switches.why_not = "the GPUs are not in protected PCIe mode, the one in which NVSwitches make evidence";
  }
  switches.usable = switches.why_not.empty();
  switches.present = switches.usable;
  if (inventory.system.switches != 0) {
    switches.detail = concat(inventory.system.switches, inventory.system.switches == 1 ? " switch" : " switches");
  }
  out.push_back(std::move(switches));
  return out;
}

}  // namespace tenzro::tee::nvidia
