// SPDX-License-Identifier: Apache-2.0
// The boot that a simulated TD remembers: a log in the firmware's format, and the registers that it leads to.
#pragma once
#include <array>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// The content of the CCEL table: always the same. RTMR3 is nobody's yet.
Bytes event_log();
/// RTMR0 to RTMR3 after these events.
std::array<ByteArray<48>, 4> event_log_registers();

}  // namespace tenzro::tee::simulated
