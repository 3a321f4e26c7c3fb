// SPDX-License-Identifier: Apache-2.0
#include "provider/simulation_switches.hpp"

namespace tenzro::tee {

std::span<const SimulationVariable> simulation_variables() noexcept {
  static constexpr SimulationVariable kVariables[] = {
      {"TENZRO_SIMULATE_TDX", Platform::intel_tdx},       {"TENZRO_SIMULATE_SEV", Platform::amd_sev_snp},
      {"TENZRO_SIMULATE_SEV_SNP", Platform::amd_sev_snp}, {"TENZRO_SIMULATE_NITRO", Platform::aws_nitro},
      {"TENZRO_SIMULATE_NVIDIA", Platform::nvidia_gpu},   {"TENZRO_SIMULATE_GPU", Platform::nvidia_gpu}};
  return kVariables;
}

bool is_switched_on(std::string_view value) noexcept { return value == "true" || value == "1"; }

}  // namespace tenzro::tee
