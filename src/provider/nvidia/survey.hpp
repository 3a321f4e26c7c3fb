// SPDX-License-Identifier: Apache-2.0
// Whether NVIDIA's GPUs on this machine are a TEE, and whether they make evidence.
#pragma once
#include <vector>

#include "provider/nvidia/inventory.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::nvidia {

/// NVML always; NSCQ where there is a GPU. NVML is present, a sign of a TEE, only while confidential computing is on: a
/// GPU as such is none. It is usable when evidence can be had of all devices that a verifier wants it of.
std::vector<ProbeFinding> survey(const Inventory& inventory);

}  // namespace tenzro::tee::nvidia
