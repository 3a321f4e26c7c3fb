// SPDX-License-Identifier: Apache-2.0
// Guests under Azure's paravisor: it owns the report data, which vouch for runtime claims; these name the vTPM's key,
// whose quote says what the guest has booted.
#pragma once
#include <optional>

#include "evidence/hcl_report.hpp"
#include "tenzro/tee/claims.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee {

/// What is judged, of one guest.
struct AzureEvidence {
  ByteView runtime_claims;  ///< JSON, exactly as hashed
  azure::ClaimsHash hash = azure::ClaimsHash::sha256;
  ByteView tpm_quote;  ///< JSON; empty: none was given
};

/// What came of it.
struct AzureGuest {
  AzureClaims claims;
  std::optional<ByteArray<64>> user_data;  ///< in the runtime claims
  Bytes extra_data;                        ///< in the vTPM's quote; empty without one
};

/// The runtime claims' hash stands in the report data, and the quote is signed by the key that they name. Without a
/// quote a warning: then nothing says what the guest runs. Nothing, with the reasons in the verdict, where it fails.
/// report_data: 64 bytes, signed by the hardware.
std::optional<AzureGuest> judge_azure_guest(const AzureEvidence& evidence, ByteView report_data,
                                            VerdictBuilder& verdict);

/// True when what the caller expects stands in the runtime claims' user data (its 64-byte form), or is what the vTPM's
/// quote answers (either form).
bool answers(const AzureGuest& guest, const ReportData& expected);

}  // namespace tenzro::tee
