// SPDX-License-Identifier: Apache-2.0
// Evidence of an Intel TDX trust domain.
#pragma once
#include <memory>
#include <span>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::tdx {

/// The queue that all requests of this TD stand in, whatever interface they take: it has one way to the host.
inline constexpr std::string_view kQueue = "/dev/tdx_guest";

/// A provider over the interfaces that a survey found usable, best first; null when there is none. findings: of any
/// platforms. configfs-tsm is best, since it needs no settings in the guest; then the driver's TDREPORT with the host's
/// quoting service over vsock; then the drivers from before TDX was part of Linux.
std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<device::System> system,
                                           std::span<const ProbeFinding> findings);

/// The quote in what the host sent, without the unsigned bytes that some hosts put behind it. hardware_failure: not a
/// TDX quote of at most 64 KiB over these report data.
Result<Bytes> accept_quote(Bytes received, std::span<const std::uint8_t, 64> report_data);

}  // namespace tenzro::tee::tdx
