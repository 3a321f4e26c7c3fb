// SPDX-License-Identifier: Apache-2.0
// One imitation for each platform: which claims it takes, and how it is made.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::simulated {

using Machine = std::shared_ptr<device::System>;  ///< for its clock and its environment

std::vector<std::string_view> tdx_claim_names();
Result<std::unique_ptr<TeeProvider>> make_tdx_provider(Machine machine, const SimulatedClaims& claims);

std::vector<std::string_view> snp_claim_names();
Result<std::unique_ptr<TeeProvider>> make_snp_provider(Machine machine, const SimulatedClaims& claims);

std::vector<std::string_view> nvidia_claim_names();
Result<std::unique_ptr<TeeProvider>> make_nvidia_provider(Machine machine, const SimulatedClaims& claims);

std::vector<std::string_view> nitro_claim_names();
Result<std::unique_ptr<TeeProvider>> make_nitro_provider(Machine machine, const SimulatedClaims& claims);

/// Collateral is as old as this when evidence is made, so that a verifier whose clock is a little behind takes it.
inline constexpr std::chrono::minutes kCollateralAge{1};

/// The clock's time, for a caller who still waits: else timed_out or cancelled, as a device's provider. io_failure
/// where no simulated certificate is valid then.
Result<UtcTime> simulated_now(device::System& machine, const Patience& patience);

}  // namespace tenzro::tee::simulated
