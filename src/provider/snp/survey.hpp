// SPDX-License-Identifier: Apache-2.0
// Signs that this machine is an AMD SEV-SNP guest, and the ways to a report.
#pragma once
#include <string_view>
#include <vector>

#include "device/configfs_tsm.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::snp {

inline constexpr std::string_view kTsmProvider = "sev_guest";
inline constexpr std::string_view kGuestDevice = "/dev/sev-guest";
inline constexpr std::string_view kPlatformDevice = "/sys/devices/platform/sev-guest";
inline constexpr std::string_view kVmpl = "/sys/devices/system/cpu/sev/vmpl";

/// Every sign and way, absent ones too, in a fixed order. Opens nothing for writing and asks no device for anything.
/// tsm: what the interface said of itself.
std::vector<ProbeFinding> survey(device::System& system, const device::TsmState& tsm);

/// The VMPL that the kernel runs at, 0 to 3; nothing where it does not say.
std::optional<unsigned> kernel_vmpl(device::System& system);

}  // namespace tenzro::tee::snp
