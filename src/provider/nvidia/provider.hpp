// SPDX-License-Identifier: Apache-2.0
// NVIDIA's GPUs as a TeeProvider.
#pragma once
#include <memory>
#include <span>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::nvidia {

/// findings: of survey(). Null unless they say that evidence can be had.
///
/// Evidence is the JSON array of NVIDIA's collectors, of all GPUs and, in protected PCIe mode, all switches, for one
/// nonce: the 32 bytes of the request's, or the SHA-256 of its report data. The GPUs are asked by one caller at a time.
std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<device::System> system,
                                           std::span<const ProbeFinding> findings);

}  // namespace tenzro::tee::nvidia
