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
