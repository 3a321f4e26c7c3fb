// SPDX-License-Identifier: Apache-2.0
// Reports by /dev/sev-guest, the driver's own interface.
#pragma once
#include <span>
#include <string>

#include "device/system.hpp"
#include "provider/snp/guest_report.hpp"

namespace tenzro::tee::snp {

// _IOWR('S', 0 and 2, 32 bytes). Source: Linux, include/uapi/linux/sev-guest.h.
inline constexpr unsigned long kGetReport = 0xc0205300;
inline constexpr unsigned long kGetExtendedReport = 0xc0205302;
/// SEV_FW_BLOB_MAX_SIZE: no more certificates fit through the driver.
inline constexpr std::size_t kMaxCertificates = std::size_t{16} << 10;

/// A report for this VMPL, with the certificates that the host has, where it has any. Inside a job of the queue: keeps
/// its distance to earlier requests. Asks no second time after an error, but for a table that did not fit and a driver
/// that knows no extended reports: a bad exchange can cost the guest its key.
/// not_available, permission_denied: the device. hardware_failure: the firmware, the host or the driver refused.
Result<GuestReport> fetch_report(device::System& system, const std::string& path,
                                 std::span<const std::uint8_t, 64> report_data, unsigned vmpl,
                                 const device::Waiting& waiting);

}  // namespace tenzro::tee::snp
