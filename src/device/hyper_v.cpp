// SPDX-License-Identifier: Apache-2.0
// Source: Hyper-V Top Level Functional Specification, CPUID leaves 0x40000000, 0x40000003 and 0x4000000C.
#include "device/hyper_v.hpp"

#include <array>
#include <string>

namespace tenzro::tee::device {

namespace {

constexpr std::uint32_t kVendorLeaf = 0x40000000;
constexpr std::uint32_t kFeaturesLeaf = 0x40000003;
constexpr std::uint32_t kIsolationLeaf = 0x4000000c;
constexpr std::uint32_t kCpuManagement = 1U << 12U;  // of a root partition: a host
constexpr std::uint32_t kIsolation = 1U << 22U;
constexpr std::uint32_t kIsolationMask = 0xf;

std::string text_of(const std::array<std::uint32_t, 3>& registers) {
  std::string out;
  for (const std::uint32_t value : registers) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      out.push_back(static_cast<char>(value >> shift));
    }
  }
  return out;
}

}  // namespace

HyperVIsolation hyper_v_isolation(System& machine) {
  const auto vendor = machine.cpuid(kVendorLeaf, 0);
  if (!vendor || text_of({vendor->ebx, vendor->ecx, vendor->edx}) != "Microsoft Hv") {
    return HyperVIsolation::none;
  }
  const auto features = machine.cpuid(kFeaturesLeaf, 0);
  if (!features || (features->ebx & kIsolation) == 0 || (features->ebx & kCpuManagement) != 0) {
    return HyperVIsolation::none;
  }
  const auto configuration = machine.cpuid(kIsolationLeaf, 0);
  switch (configuration ? configuration->ebx & kIsolationMask : 0) {
    case static_cast<std::uint32_t>(HyperVIsolation::sev_snp):
      return HyperVIsolation::sev_snp;
    case static_cast<std::uint32_t>(HyperVIsolation::tdx):
      return HyperVIsolation::tdx;
    default:
      return HyperVIsolation::none;
  }
}

}  // namespace tenzro::tee::device
