// SPDX-License-Identifier: Apache-2.0
// What a document says, copied out of its bytes.
#pragma once
#include "evidence/nitro/document.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::nitro {

NitroClaims nitro_claims(const Document& document);         ///< of an enclave's document
NitroTpmClaims nitro_tpm_claims(const Document& document);  ///< of the other kind

}  // namespace tenzro::tee::nitro
