// SPDX-License-Identifier: Apache-2.0
// Source: Hyper-V Top Level Functional Specification, CPUID leaves 0x40000000, 0x40000003 and 0x4000000C.
#include "provider/paravisor_survey.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

namespace tenzro::tee {

namespace {

constexpr std::uint32_t kVendorLeaf = 0x40000000;
constexpr std::uint32_t kFeaturesLeaf = 0x40000003;
constexpr std::uint32_t kIsolationLeaf = 0x4000000c;
constexpr std::uint32_t kCpuManagement = 1U << 12U;  // of a root partition: a host
constexpr std::uint32_t kIsolation = 1U << 22U;
constexpr std::uint32_t kIsolationMask = 0xf;
constexpr std::uint32_t kIsolationSnp = 2;
constexpr std::uint32_t kIsolationTdx = 3;
constexpr const char* kTpm = "/dev/tpmrm0";

std::string text_of(const std::array<std::uint32_t, 3>& registers) {
  std::string out;
  for (const std::uint32_t value : registers) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      out.push_back(static_cast<char>(value >> shift));
    }
  }
  return out;
}

/// The kind of isolation that Hyper-V gives this guest: 0 for none.
std::uint32_t isolation(device::System& machine) {
  const auto vendor = machine.cpuid(kVendorLeaf, 0);
  if (!vendor || text_of({vendor->ebx, vendor->ecx, vendor->edx}) != "Microsoft Hv") {
    return 0;
  }
  const auto features = machine.cpuid(kFeaturesLeaf, 0);
  if (!features || (features->ebx & kIsolation) == 0 || (features->ebx & kCpuManagement) != 0) {
    return 0;
  }
  const auto configuration = machine.cpuid(kIsolationLeaf, 0);
  return configuration ? configuration->ebx & kIsolationMask : 0;
}

}  // namespace

std::vector<ProbeFinding> survey_paravisor(device::System& machine) {
  const std::uint32_t kind = isolation(machine);
  if (kind != kIsolationSnp && kind != kIsolationTdx) {
    return {};
  }
  ProbeFinding finding{.platform = kind == kIsolationSnp ? Platform::amd_sev_snp : Platform::intel_tdx,
                       .interface_path = "Azure paravisor (HCL)",
                       .present = true};
  finding.why_not =
      "evidence is in the vTPM: read NV index 0x01400001 and make a quote with the TPM's tools, and give them to "
      "'tenzro verify --tpm-quote'";
  finding.detail = machine.access(kTpm, R_OK | W_OK) == 0 ? "vTPM at /dev/tpmrm0" : "no vTPM that may be opened";
  return {finding};
}

}  // namespace tenzro::tee
