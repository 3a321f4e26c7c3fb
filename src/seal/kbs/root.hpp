// SPDX-License-Identifier: Apache-2.0
// The sealing root that a key broker gives to whoever attests to it: Trustee's KBS, by its RCAR handshake.
#pragma once
#include <string_view>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::kbs {

/// "repository/type/tag": three names of [A-Za-z0-9._-], none of them "." or "..", which a URL does not keep.
bool is_resource_name(std::string_view text);

/// The resource, which must hold exactly 32 bytes, is the secret: the same each time, so the small format may use it.
/// Vendor tag: "intel-tdx-broker" (of an imitation "simulated-intel-tdx-broker"), the broker's URL, the resource. Both
/// scopes are allowed: the broker's policy decides what the key is tied to.
///
/// tee: an intel_tdx provider; for amd_sev_snp, not_available (evidence.hpp says why). Errors: as seal.hpp says, and
/// those of fetch_resource (rcar.hpp). not_available also for a resource of another size. Before any request:
/// invalid_argument (url not https, no ca_file and no pinned_key), authentication_failed and malformed_input (the
/// stored tag).
Result<SealingRoot> find_root(TeeProvider& tee, const SealingRequest& request, const KbsSealingEntry& entry,
                              const SealingNetwork& network, const Patience& patience);

}  // namespace tenzro::tee::kbs
