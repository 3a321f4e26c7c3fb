// SPDX-License-Identifier: Apache-2.0
// Whole judgements of made devices, for the tests of each step of them.
#pragma once
#include <functional>
#include <memory>

#include "made/device.hpp"
#include "support/findings.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

/// A good GPU; made once for all tests of a program, which takes a while.
inline const MadeDevice& good_gpu() {
  static const MadeDevice device = MadeDevice().make();
  return device;
}

/// A good NVSwitch, whose one manifest is the source's second.
inline MadeDevice made_switch() {
  MadeDevice out;
  out.device = "LS_10 A01 FSP";
  out.serial_number = "50431D480FE5E87274";
  out.arch = "LS10";
  const Bytes own_id = {0x43, 0x1d, 0x48, 0x0f, 0xe5, 0xe8, 0x72, 0x74};
  out.opaque = {{6, MadeDevice::text("96.10.55.00.01")}, {20, Bytes(48, 0xf1)}, {22, own_id}};
  out.measurements[35] = Bytes(48, 0x35);
  out.vbios_rim.product = "LS10";
  out.vbios_rim.edition = "SWITCH";
  out.vbios_rim.version = "96.10.55.00.01";
  out.vbios_rim.golden.push_back({7, true, {Bytes(48, 0x77)}});
  return out;
}

inline VerificationResult judge_device(const AttestationReport& report, const VerifyOptions& options,
                                       const std::shared_ptr<CollateralSource>& source) {
  return AttestationVerifier(source).verify(report, options);
}
inline VerificationResult judge_device(const MadeDevice& device) {
  return judge_device(device.evidence(), device.options(), device.source());
}
/// Under the rules of a policy.
inline VerificationResult judge_device(const MadeDevice& device,
                                       const std::function<void(NvidiaDeviceRules&)>& change) {
  PolicyRules rules;
  change(rules.devices.nvidia_gpu.emplace());
  return judge_device(device.evidence(), device.options().with_policy(*Policy::from_rules(rules)), device.source());
}
inline const NvidiaClaims& nvidia_claims_of(const VerificationResult& verdict) {
  return std::get<NvidiaClaims>(*verdict.claims_for_display());
}

}  // namespace tenzro::tee::test
