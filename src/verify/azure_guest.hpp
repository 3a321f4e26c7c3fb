// SPDX-License-Identifier: Apache-2.0
// Guests under Azure's paravisor: it owns the report data, which vouch for runtime claims; these name the vTPM's key,
// whose quote says what the guest has booted.
#pragma once
#include <optional>

#include "evidence/hcl_report.hpp"
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "verify/vtpm_rules.hpp"

namespace tenzro::tee {

/// What came of it.
struct AzureGuest {
  AzureClaims claims;
  std::optional<ByteArray<64>> user_data;  ///< in the runtime claims
  Bytes extra_data;                        ///< in the vTPM's quote; empty without one
};

/// What is judged, of one guest.
struct AzureEvidence {
  azure::HclKind kind = azure::HclKind::snp;
  std::optional<azure::HclReport> blob{};  ///< the evidence itself, where it is a paravisor's blob
  ByteView hardware_report{};              ///< what a blob given beside the evidence must be around; empty: not asked
  ByteView report_data{};                  ///< 64 bytes, signed by the hardware
};

/// Whether it is an Azure guest's, and what came of that.
struct AzureOutcome {
  std::optional<AzureGuest> guest;  ///< empty: none, or refused
  bool refused = false;
};

/// Runtime claims may stand in the evidence, or in the envelope's runtime data, as a blob or by themselves. Their hash
/// must be the report data, and the envelope's vTPM quote must be signed by the key that they name. Without a quote a
/// warning: then nothing says what the guest runs. The reasons for a refusal go to the verdict.
AzureOutcome judge_azure_guest(const AttestationReport& report, const AzureEvidence& evidence, VerdictBuilder& verdict);

/// True when what the caller expects is what the vTPM's quote answers (as given, or in its 64-byte form); without a
/// quote, when its 64-byte form is the user data of the runtime claims. A quote decides alone: it says what runs now,
/// and an older one beside newer claims says what ran then.
bool answers(const AzureGuest& guest, const ReportData& expected);

/// The report data, or what an Azure guest has in its place, against what the caller expects; freshness follows from it
/// and from current collateral.
///
/// Any guest that signs 32 bytes of somebody else's choice can be made to sign the hash of made-up runtime claims,
/// whose vTPM then answers every challenge. So a paravisor speaks for its guest only where the caller or the policy
/// knows that what is measured is a paravisor; where no policy entry pins it, a warning says what all rests on.
void judge_user_data(ByteView report_data, const AzureOutcome& azure, const ParavisorStanding& paravisor,
                     const Question& question, bool all_current, VerdictBuilder& verdict);

}  // namespace tenzro::tee
