// SPDX-License-Identifier: Apache-2.0
// What Hyper-V's CPUID leaves say to a guest.
#pragma once
#include "fakes/system.hpp"

namespace tenzro::tee::test {

/// isolation: 0 none, 1 VBS, 2 SEV-SNP, 3 TDX. "Microsoft Hv" in EBX, ECX, EDX.
inline void add_hyper_v(FakeSystem& system, std::uint32_t isolation, bool host = false) {
  constexpr std::uint32_t kIsolation = 1U << 22U, kCpuManagement = 1U << 12U;
  system.cpuid_leaves[{0x40000000, 0}] = {.eax = 0x4000000c, .ebx = 0x7263694d, .ecx = 0x666f736f, .edx = 0x76482074};
  system.cpuid_leaves[{0x40000003, 0}] = {
      .eax = 0, .ebx = (isolation != 0 ? kIsolation : 0) | (host ? kCpuManagement : 0), .ecx = 0, .edx = 0};
  system.cpuid_leaves[{0x4000000c, 0}] = {.eax = 1, .ebx = 0x20 | isolation, .ecx = 0, .edx = 0};
}

}  // namespace tenzro::tee::test
