// SPDX-License-Identifier: Apache-2.0
// Evidence of an AMD SEV-SNP guest.
#pragma once
#include <memory>
#include <span>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::snp {

/// A provider over the interfaces that a survey found usable, configfs-tsm before /dev/sev-guest; null when there is
/// none. findings: of any platforms. Evidence is the report, and behind it the host's certificate table where there is
/// a usable one. After a refusal of firmware or host no other interface is tried: both lead to the same key, which a
/// bad exchange can cost.
std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<device::System> system,
                                           std::span<const ProbeFinding> findings);

}  // namespace tenzro::tee::snp
