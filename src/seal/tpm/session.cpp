// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/session.hpp"

#include "seal/tpm/errors.hpp"

namespace tenzro::tee::tpm {

Result<Handle> start_session(const Tpm& tpm, const StorageKey& key, TPM2_SE type) {
  TPMT_SYM_DEF symmetric{};
  symmetric.algorithm = TPM2_ALG_AES;
  symmetric.keyBits.aes = 128;
  symmetric.mode.aes = TPM2_ALG_CFB;
  ESYS_TR made = ESYS_TR_NONE;
  const TSS2_RC code = Esys_StartAuthSession(tpm.get(), key.handle.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                             ESYS_TR_NONE, nullptr, type, &symmetric, TPM2_ALG_SHA256, &made);
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error("starting a session", code);
  }
  return Handle(tpm, made, Handle::Kind::transient);
}

Result<void> use_session(const Tpm& tpm, const Handle& session, TPMA_SESSION attributes) {
  constexpr TPMA_SESSION kAll = 0xff;
  const TSS2_RC code =
      Esys_TRSess_SetAttributes(tpm.get(), session.get(), attributes | TPMA_SESSION_CONTINUESESSION, kAll);
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error("preparing a session", code);
  }
  return {};
}

}  // namespace tenzro::tee::tpm
