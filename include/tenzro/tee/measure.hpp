// SPDX-License-Identifier: Apache-2.0
// What evidence must say of something, computed from that thing itself.
#pragma once
#include <array>
#include <istream>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// The run-time registers of a TD after everything in an event log was extended into them.
struct RuntimeRegisters {
  std::array<ByteArray<48>, 4> rtmr{};  ///< RTMR0 to RTMR3; zero where nothing was extended
};

/// log: a CCEL as the guest's firmware left it (/sys/firmware/acpi/tables/data/CCEL), or dstack's JSON event list; at
/// most kMaxEventLog bytes. The values are those that the log implies, whether or not any quote has them.
/// malformed_input otherwise.
Result<RuntimeRegisters> measure_event_log(ByteView log);

/// The SHA-384 of everything that is left in a stream: what a register is extended with for a file. io_failure when it
/// cannot be read to its end.
Result<ByteArray<48>> measure_stream(std::istream& in);

}  // namespace tenzro::tee
