// SPDX-License-Identifier: Apache-2.0
// The "tenzro-report/1" envelope, read, and what a report says of itself for people.
#pragma once
#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::evidence {

/// input: a text whose first character is '{'. malformed_input names the member; unknown members are refused.
Result<AttestationReport> parse_envelope(ByteView input);

/// Fills the members for people from the evidence bytes; leaves them empty when those cannot be parsed.
void describe(AttestationReport& report);

}  // namespace tenzro::tee::evidence
