// SPDX-License-Identifier: Apache-2.0
// What Hyper-V says to its guests of how it keeps out of them.
#pragma once
#include <cstdint>

#include "device/system.hpp"

namespace tenzro::tee::device {

/// Source: Hyper-V Top Level Functional Specification, CPUID leaf 0x4000000C; values are its own.
enum class HyperVIsolation : std::uint8_t { none = 0, sev_snp = 2, tdx = 3 };

/// Of this guest; none also where there is no Hyper-V, on a host of it, and where it is of another kind (VBS).
HyperVIsolation hyper_v_isolation(System& machine);

}  // namespace tenzro::tee::device
