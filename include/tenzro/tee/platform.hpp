// SPDX-License-Identifier: Apache-2.0
// The kinds of evidence this library knows.
#pragma once
#include <cstdint>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee {

/// The hardware whose evidence this is. Simulation is not a platform: a simulated report names the platform that it
/// imitates and is simulated() besides. The last two are accepted only when asked for by name.
enum class Platform : std::uint8_t {
  unknown = 0,
  intel_tdx,
  amd_sev_snp,
  aws_nitro,
  nvidia_gpu,
  intel_sgx,
  aws_nitro_tpm
};

/// "intel-tdx", "amd-sev-snp", "aws-nitro", "nvidia-gpu", "intel-sgx", "aws-nitro-tpm"; "unknown" for unknown
std::string_view to_string(Platform platform) noexcept;
Result<Platform> parse_platform(std::string_view name);  ///< exactly those six; else invalid_argument

}  // namespace tenzro::tee
