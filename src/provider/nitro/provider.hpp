// SPDX-License-Identifier: Apache-2.0
// A Nitro Enclave, seen from inside.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::nitro {

/// /dev/nsm, and what else shows an enclave. The device is opened for reading and asked what it is: nothing else tells
/// the module from something of that name.
std::vector<ProbeFinding> survey(const std::shared_ptr<device::System>& machine);

/// Null when no finding of this platform is usable.
std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<device::System> machine,
                                           std::span<const ProbeFinding> findings);

}  // namespace tenzro::tee::nitro
