// SPDX-License-Identifier: Apache-2.0
// Azure's confidential guests, whose paravisor (HCL) keeps the hardware's interfaces to itself.
#pragma once
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

/// One finding for the platform under the paravisor; empty where there is none. It is a sign of hardware: evidence
/// comes out of the vTPM, which this library does not ask.
std::vector<ProbeFinding> survey_paravisor(device::System& machine);

}  // namespace tenzro::tee
