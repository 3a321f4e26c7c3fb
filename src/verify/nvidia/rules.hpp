// SPDX-License-Identifier: Apache-2.0
// What the policy, or our safe default, asks of each device and of all of them.
#pragma once
#include <cstddef>

#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

/// The rules that hold here: the policy's, or the default ones where it has none.
NvidiaDeviceRules rules_for(const Question& question);

/// A policy that rules other things than devices is not met by devices that stand alone.
void judge_policy_covers_devices(const Question& question, VerdictBuilder& verdict);

/// One device: model, versions, and whether its measurements had to be compared.
void judge_device_rules(const NvidiaClaims& claims, const NvidiaDeviceRules& rules, VerdictBuilder& verdict);

/// How many GPUs there are: as many as the policy says, and at least one where it has rules for them.
void judge_count(std::size_t gpus, const Question& question, const NvidiaDeviceRules& rules, VerdictBuilder& verdict);

// NVIDIA's service leaves some rules of a policy to whoever asks it, and says nothing that they could be judged by.

/// Measurements that no manifest lists.
void judge_rules_beyond_service(const NvidiaDeviceRules& rules, VerdictBuilder& verdict);
/// How GPUs and switches are wired, where there is nothing but tokens. devices: GPUs and switches together.
void judge_switches_of_tokens(std::size_t gpus, std::size_t devices, const NvidiaDeviceRules& rules,
                              VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
