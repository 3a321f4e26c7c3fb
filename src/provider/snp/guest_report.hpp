// SPDX-License-Identifier: Apache-2.0
// Reports of a SEV-SNP guest: what all ways to one share.
#pragma once
#include <chrono>
#include <span>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::snp {

/// The queue that all requests of this guest stand in, whatever interface they take: it has one key to the firmware.
inline constexpr std::string_view kQueue = "/dev/sev-guest";
/// The least time between two requests. A host slows down guests that ask more often, and a driver that is slowed down
/// for a minute throws its key away.
inline constexpr std::chrono::milliseconds kDistance{2000};

/// What became of the guest's attestation, for messages.
inline constexpr std::string_view kKeyLost =
    "the guest's key to the firmware (VMPCK) is then gone: no more reports until this machine is restarted";

struct GuestReport {
  Bytes report;
  Bytes certificate_table;  ///< as the host supplied it, without unused bytes behind it; empty where there is none
};

/// Makes sure of a report: its size, a version of at least 2, these report data, this VMPL. hardware_failure otherwise.
Result<void> check_report(ByteView report, std::span<const std::uint8_t, 64> report_data, unsigned vmpl);

/// The table without what no entry covers behind it, which drivers fill up with zeros. Empty when it has no entry or is
/// malformed: it is but transport, unsigned, and a verifier can get the certificates elsewhere.
Bytes usable_table(Bytes table);

}  // namespace tenzro::tee::snp
