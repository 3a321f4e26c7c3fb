// SPDX-License-Identifier: Apache-2.0
// The names of a GPU's modes.
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee {

std::string_view to_string(GpuConfidentiality mode) noexcept {
  switch (mode) {
    case GpuConfidentiality::unknown:
      return "unknown";
    case GpuConfidentiality::unsupported:
      return "unsupported";
    case GpuConfidentiality::off:
      return "off";
    case GpuConfidentiality::on:
      return "on";
    case GpuConfidentiality::developer_tools:
      return "developer-tools";
  }
  return "unknown";
}

std::string_view to_string(MultiGpuMode mode) noexcept {
  switch (mode) {
    case MultiGpuMode::none:
      return "none";
    case MultiGpuMode::protected_pcie:
      return "protected-pcie";
    case MultiGpuMode::nvlink_encryption:
      return "nvlink-encryption";
  }
  return "none";
}

std::string_view to_string(GpuReadyState state) noexcept {
  switch (state) {
    case GpuReadyState::not_ready:
      return "not-ready";
    case GpuReadyState::ready:
      return "ready";
  }
  return "not-ready";
}

}  // namespace tenzro::tee
