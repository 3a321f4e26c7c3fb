// SPDX-License-Identifier: Apache-2.0
// TDREPORT: what the TDX module says of this TD, under a key that only this machine knows.
#pragma once
#include <array>
#include <span>
#include <string>

#include "device/system.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::tdx {

inline constexpr std::size_t kTdReportSize = 1024;
using TdReportBytes = ByteArray<kTdReportSize>;

/// TDX_CMD_GET_REPORT0, _IOWR('T', 1, 1088 bytes): 64 bytes of report data in, a TDREPORT out.
/// Source: Linux, include/uapi/linux/tdx-guest.h.
inline constexpr unsigned long kGetReport0 = 0xc4405401;

/// Asks the device at path, and makes sure that it answered what it was asked. not_available: no device, or one of
/// another interface. permission_denied. hardware_failure: the TDX module refused, or its answer is no TDREPORT.
Result<TdReportBytes> fetch_td_report(device::System& system, const std::string& path,
                                      std::span<const std::uint8_t, 64> report_data);

/// RTMR0 to RTMR3 as they stand in a TDREPORT. Source: Intel TDX module ABI, TDINFO_STRUCT.
std::array<ByteArray<48>, 4> registers_in(const TdReportBytes& report);

}  // namespace tenzro::tee::tdx
