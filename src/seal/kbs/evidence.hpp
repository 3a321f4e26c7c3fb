// SPDX-License-Identifier: Apache-2.0
// Our evidence in the JSON that Trustee's attestation service reads.
#pragma once
#include <string_view>

#include "formats/json.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::kbs {

/// The broker's name of a platform: "tdx". unsupported for every other. Of SEV-SNP, what the service reads is one Rust
/// library's own rendering of the report, field by field, which changes with that library's version: there is nothing
/// that a broker could be relied on to read.
Result<std::string_view> tee_name(Platform platform);

/// {"quote": base64, "cc_eventlog": base64 or null}. unsupported as above; hardware_failure for a report of another
/// platform than it was asked of, or without a quote.
Result<json::Value> tee_evidence(Platform platform, const AttestationReport& report);

}  // namespace tenzro::tee::kbs
