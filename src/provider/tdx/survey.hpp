// SPDX-License-Identifier: Apache-2.0
// Signs that this machine is an Intel TDX trust domain, and the ways to a quote.
#pragma once
#include <string_view>
#include <vector>

#include "device/configfs_tsm.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::tdx {

inline constexpr std::string_view kTsmProvider = "tdx_guest";
inline constexpr std::string_view kGuestDevice = "/dev/tdx_guest";
/// Of kernels before TDX was part of Linux.
inline constexpr std::string_view kLegacyDevices[] = {"/dev/tdx-guest", "/dev/tdx-attest"};
inline constexpr std::string_view kEventLogTable = "/sys/firmware/acpi/tables/CCEL";
inline constexpr std::string_view kEventLogData = "/sys/firmware/acpi/tables/data/CCEL";
inline constexpr std::string_view kMeasurements = "/sys/devices/virtual/misc/tdx_guest/measurements";

/// Every sign and way, absent ones too, in a fixed order. Opens nothing for writing and asks no device for anything.
/// tsm: what the interface said of itself.
std::vector<ProbeFinding> survey(device::System& system, const device::TsmState& tsm);

}  // namespace tenzro::tee::tdx
