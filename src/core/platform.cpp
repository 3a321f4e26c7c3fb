// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/platform.hpp"

#include <array>

#include "core/text.hpp"

namespace tenzro::tee {

std::string_view to_string(Platform platform) noexcept {
  switch (platform) {
    case Platform::unknown:
      return "unknown";
    case Platform::intel_tdx:
      return "intel-tdx";
    case Platform::amd_sev_snp:
      return "amd-sev-snp";
    case Platform::aws_nitro:
      return "aws-nitro";
    case Platform::nvidia_gpu:
      return "nvidia-gpu";
    case Platform::intel_sgx:
      return "intel-sgx";
    case Platform::aws_nitro_tpm:
      return "aws-nitro-tpm";
  }
  return "unknown";
}

Result<Platform> parse_platform(std::string_view name) {
  constexpr std::array kNamed = {Platform::intel_tdx,  Platform::amd_sev_snp, Platform::aws_nitro,
                                 Platform::nvidia_gpu, Platform::intel_sgx,   Platform::aws_nitro_tpm};
  for (const Platform platform : kNamed) {
    if (name == to_string(platform)) {
      return platform;
    }
  }
  return Error(ErrorCode::invalid_argument, concat("unknown platform \"", printable(name),
                                                   "\"; use intel-tdx, amd-sev-snp, aws-nitro, nvidia-gpu, "
                                                   "intel-sgx or aws-nitro-tpm"));
}

}  // namespace tenzro::tee
