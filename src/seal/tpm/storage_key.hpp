// SPDX-License-Identifier: Apache-2.0
// The storage root key under which a sealed object lies, and to which sessions are salted.
#pragma once
#include "seal/tpm/connection.hpp"
#include "tenzro/tee/sealing_root.hpp"

namespace tenzro::tee::tpm {

struct StorageKey {
  Handle handle;
  ByteArray<34> name{};  ///< by SHA-256, over its public area
};

/// The persistent key of entry.handle, or one made anew from the template: the same as long as the TPM's owner is.
/// not_available: no such key, or one that does not keep what lies under it. permission_denied: the owner hierarchy
/// has an authorization.
///
/// Its public area is what the TPM says here: who alters what goes to and from the TPM can put a key of their own
/// there, and then reads the sessions that are salted to it. The name shows that to whoever knew it before.
Result<StorageKey> open_storage_key(const Tpm& tpm, const TpmSealingEntry& entry);

}  // namespace tenzro::tee::tpm
