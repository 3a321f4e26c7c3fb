// SPDX-License-Identifier: Apache-2.0
// The sealing root that a key broker gives to whoever attests to it: Trustee's KBS, by its RCAR handshake.
#pragma once
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::kbs {

/// tee: an intel_tdx or amd_sev_snp provider. Errors: as seal.hpp says.
Result<SealingRoot> find_root(TeeProvider& tee, const SealingRequest& request, const KbsSealingEntry& entry,
                              const SealingNetwork& network, const Patience& patience);

}  // namespace tenzro::tee::kbs
