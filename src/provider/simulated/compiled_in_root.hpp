// SPDX-License-Identifier: Apache-2.0
// The simulated anchors that verifiers have compiled in.
#pragma once
#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/certificates.hpp"
#include "tenzro/tee/platform.hpp"

namespace tenzro::tee::simulated {

/// DER of the one simulated root for this platform and role. Made afresh it would differ: signatures of ECDSA and PSS
/// are randomised.
Bytes compiled_in_root(Platform platform, ChainRole role = ChainRole::evidence_signer);

}  // namespace tenzro::tee::simulated
