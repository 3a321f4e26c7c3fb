// SPDX-License-Identifier: Apache-2.0
// What platforms without a secret of their own say.
#include "core/text.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

Result<SealingRoot> TeeProvider::find_sealing_root(const SealingRequest&, const Patience&) {
  return Error(ErrorCode::not_available, concat("no sealing source here: ", provider_name(),
                                                " has no secret of its own; use one of: AWS KMS in a Nitro enclave "
                                                "(root kms), a key broker (root kbs), a TPM (root tpm)"));
}

}  // namespace tenzro::tee
