// SPDX-License-Identifier: Apache-2.0
// Sessions with a TPM that nobody on the way to it can read or alter.
#pragma once
#include "seal/tpm/storage_key.hpp"

namespace tenzro::tee::tpm {

/// type: TPM2_SE_HMAC or TPM2_SE_POLICY. Salted to the storage key, so its key is known to us and the TPM only: each
/// answer is authenticated, and AES-128-CFB encrypts what use_session says.
Result<Handle> start_session(const Tpm& tpm, const StorageKey& key, TPM2_SE type);

/// What the session does in the commands to come. attributes: TPMA_SESSION_DECRYPT (of what we send),
/// TPMA_SESSION_ENCRYPT (of what comes back), TPMA_SESSION_AUDIT (a command that needs no authorization); it goes on
/// after each.
Result<void> use_session(const Tpm& tpm, const Handle& session, TPMA_SESSION attributes);

}  // namespace tenzro::tee::tpm
