// SPDX-License-Identifier: Apache-2.0
// Quotes from kernels before TDX was part of Linux: the driver itself hands a message to the host's quoting service.
#pragma once
#include <span>
#include <string>

#include "device/system.hpp"
#include "provider/tdx/td_report.hpp"

namespace tenzro::tee::tdx {

/// TDX_CMD_GET_QUOTE, _IOR('T', 4, 16 bytes), and _IOWR of the same in other versions of the driver: address and size
/// of a buffer. Source: Intel DCAP, QuoteGeneration/quote_wrapper/tdx_attest.
inline constexpr unsigned long kGetQuote = 0x80105404;
inline constexpr unsigned long kGetQuoteReadWrite = 0xc0105404;
inline constexpr std::size_t kQuoteBufferSize = std::size_t{16} << 10;

/// Has the device at path, a legacy one, get a quote over this TDREPORT. Waits up to 40 seconds where an earlier
/// request is still with the host. not_available: it cannot. permission_denied. hardware_failure: the host's answer.
Result<Bytes> fetch_legacy_quote(device::System& system, const std::string& path,
                                 std::span<const std::uint8_t, kTdReportSize> td_report,
                                 const device::Waiting& waiting);

}  // namespace tenzro::tee::tdx
