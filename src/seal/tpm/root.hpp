// SPDX-License-Identifier: Apache-2.0
// The sealing root of a machine with a TPM 2.0: a secret under its storage root key and its PCRs.
#pragma once
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::tpm {

/// To seal: a fresh secret, whose sealed object is stored in the metadata. To unseal: that object's.
/// Errors: as seal.hpp says; unsupported in a build without tpm2-tss.
Result<SealingRoot> find_root(const SealingRequest& request, const TpmSealingEntry& entry, const Patience& patience);

}  // namespace tenzro::tee::tpm
