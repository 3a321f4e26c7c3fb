// SPDX-License-Identifier: Apache-2.0
// What a caller's entry makes of a TPM, before it is asked anything: which key and PCRs, and whose TPM it is.
#pragma once
#include <string>

#include "core/vendor_tag.hpp"
#include "device/system.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::tpm {

/// What SealingConfig::from_json demands, of an entry that may not have come from there. invalid_argument.
Result<void> check_entry(const TpmSealingEntry& entry);

/// True unless this is bare metal and its TPM a device: everything else may be a program, of the host's most of all.
bool may_be_made_up(device::System& machine, const TpmSealingEntry& entry);
/// A TPM that may be made up is used only where the caller stated that it is good enough. not_available.
Result<void> demand_statement(device::System& machine, const TpmSealingEntry& entry);

/// "tpm2;parent=0x81000001;pcrs=sha256:7,11;host=1"; the name is azure-vtpm under Azure's paravisor.
VendorTag derivation_of(device::System& machine, const TpmSealingEntry& entry);

/// "sha256:7,11"
std::string text_of_pcrs(const std::vector<unsigned>& pcrs);
/// "0x81000001"
std::string text_of_handle(std::uint32_t handle);

}  // namespace tenzro::tee::tpm
