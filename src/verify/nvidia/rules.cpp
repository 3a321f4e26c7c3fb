// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/rules.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "verify/nvidia/versions.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kPolicy;

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) {
    out += concat(out.empty() ? "" : " or ", value);
  }
  return out;
}

bool lists(const std::vector<std::string>& values, const std::string& value) {
  return std::ranges::any_of(values, [&](const std::string& one) { return same_version(one, value); });
}

/// A claim that must be, or must not be, one of those listed.
struct ListRule {
  std::string_view claim, code;
  const std::string& actual;
  const AllowList<std::string>& allowed;
  const AllowList<std::string>& denied;
};

void judge_lists(const ListRule& rule, VerdictBuilder& verdict) {
  const std::string actual = printable(rule.actual);
  if (rule.allowed && !lists(*rule.allowed, rule.actual)) {
    const std::string expected = joined(*rule.allowed);
    verdict.fail(
        rule.claim, kPolicy,
        {"policy", std::string(rule.code), concat(rule.claim, " is ", actual, ", the policy allows ", expected)},
        expected, actual);
    return;
  }
  if (rule.denied && lists(*rule.denied, rule.actual)) {
    verdict.fail(concat("deny.", rule.claim), kPolicy,
                 {"policy", "denied", concat("the policy denies this ", rule.claim, ": ", actual)}, "not denied",
                 actual);
    return;
  }
  if (rule.allowed || rule.denied) {
    verdict.pass(rule.claim, kPolicy, rule.allowed ? joined(*rule.allowed) : "not denied", actual);
  }
}

void judge_floor(std::string_view id, std::string_view code, bool reached, const std::string& floor,
                 const std::string& actual, VerdictBuilder& verdict) {
  if (reached) {
    verdict.pass(id, kPolicy, concat("at least ", floor), printable(actual));
    return;
  }
  verdict.fail(id, kPolicy,
               {"policy", std::string(code),
                concat("the version is ", printable(actual), ", the policy demands at least ", floor)},
               concat("at least ", floor), printable(actual));
}

void judge_gpu_rules(const NvidiaClaims& claims, const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  static const AllowList<std::string> kNone;
  judge_lists({"hwmodel", "hwmodel_not_allowed", claims.hwmodel, rules.hwmodel, kNone}, verdict);
  judge_lists({"driver_version", "driver_version_not_allowed", claims.driver_version, rules.driver_version,
               rules.deny_driver_version},
              verdict);
  judge_lists({"vbios_version", "vbios_version_not_allowed", claims.vbios_version, rules.vbios_version,
               rules.deny_vbios_version},
              verdict);
  if (!rules.min_driver_version.empty()) {
    judge_floor("min_driver_version", "driver_version_too_low",
                reaches_driver_floor(claims.driver_version, rules.min_driver_version), joined(rules.min_driver_version),
                claims.driver_version, verdict);
  }
  if (!rules.min_vbios_version.empty()) {
    judge_floor("min_vbios_version", "vbios_version_too_low",
                reaches_vbios_floor(claims.vbios_version, rules.min_vbios_version), rules.min_vbios_version,
                claims.vbios_version, verdict);
  }
}

}  // namespace

NvidiaDeviceRules rules_for(const Question& question) {
  return question.policy != nullptr && question.policy->devices.nvidia_gpu ? *question.policy->devices.nvidia_gpu
                                                                           : NvidiaDeviceRules{};
}

void judge_policy_covers_devices(const Question& question, VerdictBuilder& verdict) {
  if (question.policy == nullptr || (question.policy->any_of.empty() && question.policy->devices.nvidia_gpu)) {
    return;
  }
  verdict.fail("policy.platform", kPolicy,
               {"policy", "platform_not_in_policy",
                question.policy->any_of.empty()
                    ? "the policy has no rules for nvidia-gpu"
                    : "the policy demands the evidence of a machine, and devices that stand alone are none"});
}

void judge_device_rules(const NvidiaClaims& claims, const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  if (claims.device_type == "gpu") {
    judge_gpu_rules(claims, rules, verdict);
  }
  if (rules.secure_boot && !claims.secure_boot.value_or(false)) {
    verdict.fail(
        "secure_boot", kPolicy,
        {"policy", "secure_boot_not_shown", "the policy demands secure boot, which only measurements that match show"},
        "true", "false");
  }
}

void judge_count(std::size_t gpus, const Question& question, const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  const bool wanted = question.policy != nullptr && question.policy->devices.nvidia_gpu;
  if (wanted && gpus == 0) {
    verdict.fail("device_count", kPolicy,
                 {"device", "device_evidence_missing", "the policy demands GPUs, and the evidence is of none"},
                 "at least 1", "0");
    return;
  }
  if (!rules.count) {
    return;
  }
  if (gpus == *rules.count) {
    verdict.pass("device_count", kPolicy, concat(*rules.count), concat(gpus));
    return;
  }
  verdict.fail(
      "device_count", kPolicy,
      {"policy", "device_count_not_allowed", concat("there are ", gpus, " GPUs, the policy demands ", *rules.count)},
      concat(*rules.count), concat(gpus));
}

void judge_rules_beyond_service(const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  if (rules.uncovered_measurements != UncoveredMeasurements::refuse) {
    return;
  }
  verdict.fail("measurements.uncovered", kPolicy,
               {"policy", "rule_not_applicable",
                "the policy refuses measurements that no manifest lists, of which NVIDIA's service says nothing: judge "
                "the devices locally"});
}

void judge_switches_of_tokens(std::size_t gpus, std::size_t devices, const NvidiaDeviceRules& rules,
                              VerdictBuilder& verdict) {
  if (rules.nvswitch == NvSwitchRule::require) {
    verdict.fail("topology", kPolicy,
                 {"policy", "rule_not_applicable",
                  "the policy demands NVSwitches, and tokens do not say how they are wired to the GPUs: give the "
                  "devices' own evidence"});
    return;
  }
  if (gpus != 0 && gpus != devices) {
    verdict.skip("topology", demanded_by::kDefault, "tokens do not say how GPUs and switches are wired");
    verdict.warn({"device", "topology_not_judged",
                  "tokens do not say how these GPUs and switches are wired to one another: they may be of different "
                  "machines"});
  }
}

}  // namespace tenzro::tee::nvidia
