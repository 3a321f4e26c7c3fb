// SPDX-License-Identifier: Apache-2.0
// The sealing root of a Nitro enclave: a key that AWS KMS gives to whoever shows the right attestation document.
#pragma once
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::kms {

/// To seal: a fresh data key, whose CiphertextBlob is stored in the metadata. To unseal: that blob's.
/// enclave: an aws_nitro provider. Errors: as seal.hpp says.
Result<SealingRoot> find_root(TeeProvider& enclave, const SealingRequest& request, const KmsSealingEntry& entry,
                              const SealingNetwork& network, const Patience& patience);

}  // namespace tenzro::tee::kms
