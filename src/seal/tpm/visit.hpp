// SPDX-License-Identifier: Apache-2.0
// One connection to a TPM with what every piece of work there needs.
#pragma once
#include "seal/tpm/session.hpp"

namespace tenzro::tee::tpm {

struct Visit {
  Tpm tpm;
  StorageKey key;
  Handle session;  ///< HMAC
};

/// Connects, makes sure that a TPM which passes for hardware is some, opens the storage key and starts a session.
Result<Visit> visit(device::System& machine, const TpmSealingEntry& entry);

}  // namespace tenzro::tee::tpm
