// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/survey.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "core/text.hpp"
#include "device/files.hpp"
#include "provider/survey_parts.hpp"

namespace tenzro::tee::snp {

namespace {

using device::PathKind;
using device::System;

ProbeFinding finding(std::string_view path) {
  return {.platform = Platform::amd_sev_snp, .interface_path = std::string(path)};
}

/// Source: AMD64 Architecture Programmer's Manual, volume 3, CPUID Fn8000_001F. The bits are what the processor can do,
/// on hosts too: under a hypervisor, which shows them to such guests, they are a sign.
ProbeFinding cpuid_finding(System& system) {
  constexpr std::uint32_t kFeatureLeaf = 1;
  constexpr std::uint32_t kHypervisorBit = 1U << 31U;
  constexpr std::uint32_t kSevLeaf = 0x8000001f;
  constexpr std::uint32_t kSev = 1U << 1U, kSevEs = 1U << 3U, kSevSnp = 1U << 4U;
  ProbeFinding out = finding("CPUID leaf 0x8000001f");
  const auto sev = system.cpuid(kSevLeaf, 0);
  const std::uint32_t bits = sev ? sev->eax & (kSev | kSevEs | kSevSnp) : 0;
  if (bits == 0) {
    out.why_not = "not there: this processor shows no SEV";
    return out;
  }
  out.detail = concat("SEV", (bits & kSevEs) != 0 ? ", SEV-ES" : "", (bits & kSevSnp) != 0 ? ", SEV-SNP" : "");
  const auto features = system.cpuid(kFeatureLeaf, 0);
  if (!features || (features->ecx & kHypervisorBit) == 0) {
    out.why_not = "this is a host: what its processor can do is for its guests";
    return out;
  }
  out.present = true;
  out.why_not = provider::kSignOnly;
  return out;
}

ProbeFinding vmpl_finding(System& system) {
  ProbeFinding out = finding(kVmpl);
  out.present = system.kind(std::string(kVmpl)) != PathKind::none;
  out.why_not = out.present ? provider::kSignOnly : "not there: no SEV-SNP guest, or a kernel before Linux 6.11";
  if (const auto vmpl = kernel_vmpl(system)) {
    out.detail = concat("VMPL ", *vmpl);
  }
  return out;
}

ProbeFinding platform_device_finding(System& system) {
  ProbeFinding out = finding(kPlatformDevice);
  out.present = system.kind(std::string(kPlatformDevice)) != PathKind::none;
  out.why_not = out.present ? provider::kSignOnly : "not there: no SEV-SNP guest";
  return out;
}

/// What runs below a kernel that is not at VMPL 0.
ProbeFinding svsm_finding(System& system) {
  ProbeFinding out = finding("SVSM");
  const auto vmpl = kernel_vmpl(system);
  out.present = vmpl && *vmpl > 0;
  out.why_not =
      out.present ? "its reports are about its own services; this program's come from the interfaces, at the kernel's "
                    "own VMPL"
                  : "not there: the kernel runs at VMPL 0, or does not say";
  return out;
}

}  // namespace

std::optional<unsigned> kernel_vmpl(System& system) {
  const auto text = device::read_text(system, std::string(kVmpl));
  if (!text || text->size() != 1 || text->front() < '0' || text->front() > '3') {
    return std::nullopt;
  }
  return static_cast<unsigned>(text->front() - '0');
}

std::vector<ProbeFinding> survey(System& system, const device::TsmState& tsm) {
  std::vector<ProbeFinding> signs = {
      cpuid_finding(system),
      provider::device_finding(system, Platform::amd_sev_snp, kGuestDevice,
                               "in a SEV-SNP guest, load its driver: modprobe sev-guest"),
      platform_device_finding(system), vmpl_finding(system), svsm_finding(system)};
  const bool other_signs = std::ranges::any_of(signs, &ProbeFinding::present);
  signs.insert(signs.begin() + 1, provider::tsm_finding(Platform::amd_sev_snp, kTsmProvider, tsm, other_signs));
  return signs;
}

}  // namespace tenzro::tee::snp
