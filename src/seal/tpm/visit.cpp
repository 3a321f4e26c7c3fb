// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/visit.hpp"

#include "core/try.hpp"
#include "seal/tpm/derivation.hpp"

namespace tenzro::tee::tpm {

Result<Visit> visit(device::System& machine, const TpmSealingEntry& entry) {
  TENZRO_ASSIGN_OR_RETURN(Tpm tpm, Tpm::connect(machine, entry.tcti));
  if (!may_be_made_up(machine, entry)) {
    TENZRO_RETURN_IF_ERROR(demand_hardware(tpm));
  }
  TENZRO_ASSIGN_OR_RETURN(StorageKey key, open_storage_key(tpm, entry));
  TENZRO_ASSIGN_OR_RETURN(Handle session, start_session(tpm, key, TPM2_SE_HMAC));
  return Visit{.tpm = std::move(tpm), .key = std::move(key), .session = std::move(session)};
}

}  // namespace tenzro::tee::tpm
