// SPDX-License-Identifier: Apache-2.0
// What an event log proves once a quote has the registers that it leads to.
#pragma once
#include <array>
#include <optional>

#include "evidence/tdx/event_log.hpp"

namespace tenzro::tee::tdx {

/// RTMR0 to RTMR3, each from 48 zero bytes by SHA-384(register || digest) for every event that extends it.
std::array<ByteArray<48>, 4> replay(const EventLog& log);

/// The bytes of the event's data that its digest covers, where the type defines what was hashed and the digest is that
/// hash; for an application's event its name is covered too. Nothing: the data is a description that nobody measured.
/// With a digest that replays, covered bytes are what was measured; they are still the guest's own words.
std::optional<ByteView> covered_data(const LoggedEvent& event);

/// One separator each ends the firmware's phase of RTMR0 and RTMR1, says so in its data, and stands nowhere else.
bool has_usual_separators(const EventLog& log);

}  // namespace tenzro::tee::tdx
