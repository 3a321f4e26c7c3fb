// SPDX-License-Identifier: Apache-2.0
// The host's quoting service (Intel QGS): what is said to it, and how it is reached from a guest.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "device/system.hpp"
#include "provider/tdx/td_report.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::tdx {

inline constexpr std::string_view kQuotingServiceSettings = "/etc/tdx-attest.conf";

/// What a quoting service that does not work needs, for messages.
inline constexpr std::string_view kQuotingServiceAdvice =
    "check the host's quoting service (QGS), its vsock or unix socket, and the provisioning of its PCK certificate";

/// The port in kQuotingServiceSettings: a line "port = 4050", where # begins a comment line.
/// not_available: no such file, or no port in it.
Result<std::uint32_t> quoting_service_port(device::System& system);

// Messages, each after its length in 4 big-endian bytes; their fields are little-endian.
// Source: Intel DCAP, QuoteGeneration/quote_wrapper/qgs_msg_lib.

/// The request for a quote over this TDREPORT: 1052 bytes with the length.
Bytes quote_request(std::span<const std::uint8_t, kTdReportSize> td_report);
/// The quote in an answer (without the length before it). hardware_failure: the service's own error in words, or an
/// answer that is none.
Result<Bytes> read_quote_answer(ByteView message);
/// The largest answer that is read, in bytes without the length.
inline constexpr std::size_t kMaxAnswerSize = (std::size_t{64} << 10) + 4096;

/// Has the service at that port of the host (CID 2) make a quote. Gives it 5 seconds to take the connection and 30 in
/// all. not_available: nobody there. hardware_failure: it answered with an error, or not at all. timed_out, cancelled:
/// the waiting was over.
Result<Bytes> ask_quoting_service(device::System& system, std::uint32_t port,
                                  std::span<const std::uint8_t, kTdReportSize> td_report,
                                  const device::Waiting& waiting);

}  // namespace tenzro::tee::tdx
