// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's remote attestation service says of devices: asked by us, or in an answer that somebody else got.
#pragma once
#include <vector>

#include "verify/nvidia/device.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

/// Has the service judge these devices, whose own signatures were judged here, and takes its tokens for revocation and
/// measurements. A device that was refused already is not sent.
void judge_remotely(const std::vector<Device>& devices, const DeviceCircumstances& with,
                    std::vector<JudgedDevice>& judged);

/// An answer of the service as evidence, device by device; what is wrong with the whole of it goes to the verdict. It
/// is bound by the nonce in its tokens, and by nothing to any report.
std::vector<JudgedDevice> judge_answer(ByteView answer, const DeviceCircumstances& with, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
