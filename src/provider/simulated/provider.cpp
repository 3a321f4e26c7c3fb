// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/provider.hpp"

#include <utility>

#include "core/text.hpp"
#include "provider/simulated/platform_providers.hpp"

namespace tenzro::tee::simulated {

std::vector<std::string_view> claim_names(Platform imitates) {
  switch (imitates) {
    case Platform::intel_tdx:
      return tdx_claim_names();
    case Platform::amd_sev_snp:
      return snp_claim_names();
    case Platform::aws_nitro:
      return nitro_claim_names();
    case Platform::nvidia_gpu:
      return nvidia_claim_names();
    case Platform::unknown:
    case Platform::intel_sgx:
    case Platform::aws_nitro_tpm:
      break;
  }
  return {};
}

Result<UtcTime> simulated_now(device::System& machine, const Patience& patience) {
  using namespace std::chrono;
  if (const device::Waiting waiting(patience); waiting.over()) {
    return waiting.error("simulation");
  }
  // The youngest certificate begins before this, and the first ends after it.
  constexpr UtcTime kFrom = sys_days{2024y / January / 1};
  constexpr UtcTime kUntil = sys_days{2046y / January / 1};
  const UtcTime now = floor<seconds>(machine.wall_clock());
  if (now < kFrom || now >= kUntil) {
    return Error(ErrorCode::io_failure, concat("simulation: the clock is not between ", to_rfc3339(kFrom), " and ",
                                               to_rfc3339(kUntil), ", when simulated certificates are valid; set it"));
  }
  return now;
}

Result<std::unique_ptr<TeeProvider>> make_provider(std::shared_ptr<device::System> machine, Platform imitates,
                                                   const SimulatedClaims& claims) {
  switch (imitates) {
    case Platform::intel_tdx:
      return make_tdx_provider(std::move(machine), claims);
    case Platform::amd_sev_snp:
      return make_snp_provider(std::move(machine), claims);
    case Platform::aws_nitro:
      return make_nitro_provider(std::move(machine), claims);
    case Platform::nvidia_gpu:
      return make_nvidia_provider(std::move(machine), claims);
    case Platform::unknown:
    case Platform::intel_sgx:
    case Platform::aws_nitro_tpm:
      break;
  }
  return Error(ErrorCode::invalid_argument, concat(to_string(imitates), " is not simulated"));
}

}  // namespace tenzro::tee::simulated
