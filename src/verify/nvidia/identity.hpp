// SPDX-License-Identifier: Apache-2.0
// Which device it is: its chain, its signature, its names, and the firmware that made its key.
#pragma once
#include <optional>

#include "evidence/nvidia/claims.hpp"
#include "verify/nvidia/evidence.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::nvidia {

struct Identity {
  DeviceName name;
  ByteArray<8> pdi{};
};

/// The chain leads to the roots of anchors, its first key signed the report, and both certificates of the device name a
/// GPU or a switch of the architecture that its sender says. Nothing, with the reason in the verdict, otherwise: then
/// nothing that the report says is worth looking at.
std::optional<Identity> judge_identity(const Device& device, const Report& report, const x509::AnchorSet& anchors,
                                       const Question& question, VerdictBuilder& verdict);

/// The firmware that made the key is the one that the report names, vouched for by the key above it, and not one for
/// debugging.
void judge_firmware_id(const Device& device, const NvidiaClaims& claims, const NvidiaDeviceRules& rules,
                       VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
