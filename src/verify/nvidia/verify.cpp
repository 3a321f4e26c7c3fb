// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/verify.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "verify/admission.hpp"
#include "verify/denials.hpp"
#include "verify/nvidia/device.hpp"
#include "verify/nvidia/remote.hpp"
#include "verify/nvidia/rules.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kVendor;

/// The set that all devices stand under: one verdict uses one. Null, with the reason in the verdict, where they differ.
const x509::AnchorSet* common_anchors(const std::vector<Device>& devices, const Question& question,
                                      VerdictBuilder& verdict) {
  const x509::AnchorSet& first = choose_anchors(question, Platform::nvidia_gpu, devices.front().root);
  for (const Device& device : devices) {
    const x509::AnchorSet& other = choose_anchors(question, Platform::nvidia_gpu, device.root);
    if (&other != &first) {
      verdict.fail("device_chain", kVendor,
                   {"chain", "anchor_set_mixed",
                    concat(devices.front().name, " stands under the ", to_string(first.kind()), " roots, ", device.name,
                           " under the ", to_string(other.kind()), " ones; one verdict uses one set")});
      return nullptr;
    }
  }
  return &first;
}

/// Of several devices, what they have in common.
NvidiaClaims common_claims(const std::vector<JudgedDevice>& devices) {
  NvidiaClaims out = devices.front().claims;
  for (const JudgedDevice& device : devices) {
    const NvidiaClaims& other = device.claims;
    for (std::string NvidiaClaims::* const text :
         {&NvidiaClaims::device_type, &NvidiaClaims::hwmodel, &NvidiaClaims::ueid, &NvidiaClaims::pdi,
          &NvidiaClaims::driver_version, &NvidiaClaims::vbios_version, &NvidiaClaims::project,
          &NvidiaClaims::project_sku, &NvidiaClaims::chip_sku, &NvidiaClaims::mode, &NvidiaClaims::verified_by}) {
      if (out.*text != other.*text) {
        (out.*text).clear();
      }
    }
    if (out.nonce.value != other.nonce.value) {
      out.nonce.value.clear();
    }
    if (out.fwid != other.fwid) {
      out.fwid.clear();
    }
    if (other.measurements == MeasurementResult::mismatch || out.measurements == MeasurementResult::mismatch) {
      out.measurements = MeasurementResult::mismatch;
    } else if (other.measurements == MeasurementResult::not_compared) {
      out.measurements = MeasurementResult::not_compared;
    }
    if (out.secure_boot && (!other.secure_boot || !*other.secure_boot)) {
      out.secure_boot = other.secure_boot;
    }
    if (!out.debug.value_or(false) && (!other.debug || *other.debug)) {
      out.debug = other.debug;
    }
  }
  return out;
}

/// What was found of each device becomes part of the whole, and is kept for itself. True when all were judged to the
/// end.
bool gather(std::vector<JudgedDevice> judged, const Question& question, VerdictBuilder& verdict) {
  if (judged.empty()) {
    return false;
  }
  const NvidiaClaims claims = common_claims(judged);
  verdict.set_claims(claims);
  verdict.set_firmware_version(claims.vbios_version);
  const bool to_the_end = std::ranges::all_of(judged, &JudgedDevice::to_the_end);
  const bool alone = judged.size() == 1;
  std::vector<VerificationResult> devices;
  std::set<const VerdictBuilder*> shared;
  for (JudgedDevice& device : judged) {
    if (device.shared && shared.insert(device.shared.get()).second) {
      verdict.absorb(*device.shared, {});
    }
    verdict.absorb(device.verdict, alone ? std::string_view() : std::string_view(device.name));
    if (device.shared) {
      device.verdict.absorb(*device.shared, {});
    }
    // No proof of its own: it is the whole that was asked for, and that may fail for another reason.
    devices.push_back(std::move(device.verdict).finish(device.to_the_end, false));
  }
  const auto holds = [](std::optional<bool> (VerificationResult::*asked)() const noexcept) {
    return [asked](const VerificationResult& device) { return (device.*asked)().value_or(false); };
  };
  if (question.expected) {
    verdict.set_user_data_verified(std::ranges::all_of(devices, holds(&VerificationResult::user_data_verified)));
  }
  if (question.expected_nonce) {
    verdict.set_nonce_verified(std::ranges::all_of(devices, holds(&VerificationResult::nonce_verified)));
  }
  verdict.set_devices(std::move(devices));
  return to_the_end;
}

void judge_set(const std::vector<JudgedDevice>& judged, const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  std::vector<KnownDevice> known;
  for (const JudgedDevice& device : judged) {
    if (device.known) {
      known.push_back(*device.known);
    }
  }
  if (known.size() == judged.size()) {
    judge_together(known, rules.nvswitch, verdict);
  } else {
    verdict.skip("distinct_devices", kVendor, "not every device is known");
  }
}

std::size_t count_gpus(const std::vector<JudgedDevice>& judged) {
  return static_cast<std::size_t>(std::ranges::count_if(
      judged, [](const JudgedDevice& device) { return device.claims.device_type != "nvswitch"; }));
}

/// What no device can say of itself.
void warn_of_what_stands_alone(const Question& question, VerdictBuilder& verdict) {
  verdict.warn(
      {"platform", "gpu_platform_unknown",
       "the devices are genuine at best; nothing says which machine they are in: bind their evidence to that of a "
       "CPU"});
  if (!question.wants_binding()) {
    verdict.warn({"freshness", "replay_not_ruled_out",
                  "nothing was given to compare the nonce with: this evidence may have been made for somebody else"});
  }
}

}  // namespace

bool looks_like_evidence(ByteView evidence) noexcept {
  return looks_like_report(evidence) || looks_like_device_evidence(evidence) || looks_like_nras_answer(evidence);
}

namespace {

/// Reports of devices, judged here or, beyond their signatures, by NVIDIA's service.
bool judge_reports(const AttestationReport& report, const Question& question, const NvidiaDeviceRules& rules,
                   VerdictBuilder& verdict) {
  const auto devices = read_devices(report, question, verdict);
  const x509::AnchorSet* const anchors = devices ? common_anchors(*devices, question, verdict) : nullptr;
  if (anchors == nullptr) {
    return false;
  }
  verdict.set_anchors(anchors->kind());
  question.recall->set_anchors(anchors->id());
  ManifestFinder manifests(question, *anchors, rules);
  const DeviceCircumstances with{report, question, *anchors, rules, manifests, question.gpu_verifier};
  std::vector<JudgedDevice> judged;
  for (const Device& device : *devices) {
    judged.push_back(judge_device(device, with));
  }
  if (question.gpu_verifier == GpuVerifier::nras) {
    judge_remotely(*devices, with, judged);
  }
  for (JudgedDevice& device : judged) {
    finish_device(with, device);
  }
  judge_set(judged, rules, verdict);
  judge_count(count_gpus(judged), question, rules, verdict);
  if (question.gpu_verifier == GpuVerifier::nras) {
    judge_rules_beyond_service(rules, verdict);
  }
  const bool to_the_end = gather(std::move(judged), question, verdict);
  // Everybody has the key of the simulated root: what nobody asked for may not fill the memory.
  if (verdict.chain_marked() && (anchors->kind() != TrustAnchors::simulated || is_simulation_accepted(question))) {
    question.recall->remember();
  }
  return to_the_end;
}

/// What NVIDIA's service has said of devices.
bool judge_tokens(const AttestationReport& report, const Question& question, const NvidiaDeviceRules& rules,
                  VerdictBuilder& verdict) {
  const x509::AnchorSet& anchors =
      question.custom_anchors != nullptr ? *question.custom_anchors : x509::AnchorSet::pinned();
  verdict.set_anchors(anchors.kind());
  judge_simulation(report, question, anchors, verdict);
  judge_envelope_chain(report, {}, verdict);  // tokens have none
  ManifestFinder manifests(question, anchors, rules);
  std::vector<JudgedDevice> judged =
      judge_answer(report.evidence, {report, question, anchors, rules, manifests, GpuVerifier::nras}, verdict);
  judge_count(count_gpus(judged), question, rules, verdict);
  judge_rules_beyond_service(rules, verdict);
  judge_switches_of_tokens(count_gpus(judged), judged.size(), rules, verdict);
  return gather(std::move(judged), question, verdict);
}

}  // namespace

bool judge_devices(const AttestationReport& report, const Question& question, VerdictBuilder& verdict) {
  verdict.set_platform(Platform::nvidia_gpu);
  judge_wanted_platform(Platform::nvidia_gpu, "a GPU or NVSwitch", report, question, verdict);
  judge_enclosures({}, report, verdict);
  judge_policy_covers_devices(question, verdict);
  warn_of_what_stands_alone(question, verdict);
  verdict.limit_valid_until(question.moment.at + kLongestLife);
  if (report.evidence.size() > kMaxEvidenceJson) {
    verdict.fail(
        "format", kVendor,
        {"format", "evidence_too_large",
         concat("the evidence has ", report.evidence.size(), " bytes, at most ", kMaxEvidenceJson, " are accepted")});
    return false;
  }
  const NvidiaDeviceRules rules = rules_for(question);
  const bool to_the_end = looks_like_nras_answer(report.evidence) ? judge_tokens(report, question, rules, verdict)
                                                                  : judge_reports(report, question, rules, verdict);
  judge_denials(NvidiaClaims(), question, verdict);
  return to_the_end;
}

}  // namespace tenzro::tee::nvidia
