// SPDX-License-Identifier: Apache-2.0
// What holds of several devices together: each is there once, all in one mode and for one nonce, and GPUs and switches
// are wired to one another and to nothing else.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/nvidia/device_certificates.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "tenzro/tee/policy.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

using DeviceId = ByteArray<8>;

/// One device whose signature and chain hold.
struct KnownDevice {
  std::string name;
  DeviceKind kind = DeviceKind::gpu;
  DeviceId pdi{};              ///< from its certificates
  ByteArray<32> key_sha256{};  ///< of the certificate of its own key
  ByteArray<32> nonce{};
  std::string mode;               ///< as NvidiaClaims::mode
  std::vector<DeviceId> peers{};  ///< GPU: its switch on each link; switch: its GPUs; zero where there is none
  bool locked = false;            ///< switch
};

/// What the report says of a device's neighbours. malformed_input when a field has another size than it must.
Result<std::vector<DeviceId>> peers_of(const Report& report, DeviceKind kind);
bool is_locked(const Report& report);

/// switches: the rule of the policy, or the default.
void judge_together(std::span<const KnownDevice> devices, NvSwitchRule switches, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
