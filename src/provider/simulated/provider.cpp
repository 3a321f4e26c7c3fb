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
    case Platform::aws_nitro:
      return nitro_claim_names();
    default:
      return {};
  }
}

Result<std::unique_ptr<TeeProvider>> make_provider(std::shared_ptr<device::System> machine, Platform imitates,
                                                   const SimulatedClaims& claims) {
  switch (imitates) {
    case Platform::intel_tdx:
      return make_tdx_provider(std::move(machine), claims);
    case Platform::aws_nitro:
      return make_nitro_provider(std::move(machine), claims);
    default:
      return Error(ErrorCode::invalid_argument, concat(to_string(imitates), " is not simulated"));
  }
}

}  // namespace tenzro::tee::simulated
