// SPDX-License-Identifier: Apache-2.0
// Claims as JSON: one set of names and one order, for verdicts and for inspections.
#pragma once
#include "formats/json_value.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::evidence {

/// An object under the names that policies use, too. Bytes are lowercase hex, and so are words of bits, most
/// significant digit first. What the evidence of this kind need not have is left out, or null (Nitro, NVIDIA).
json::Output claims_json(const Claims& claims);

}  // namespace tenzro::tee::evidence
