// SPDX-License-Identifier: Apache-2.0
// What a device's report says, as claims.
#pragma once
#include "evidence/nvidia/device_certificates.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::nvidia {

/// By the form of its VBIOS version, which GPUs and switches write differently. The certificates have the last word.
DeviceKind claimed_kind(const Report& report);

/// Everything that the report itself says. malformed_input: a GPU without driver or VBIOS version, a switch without
/// VBIOS version, or a field of another form than it has.
Result<NvidiaClaims> nvidia_claims(const Report& report);

/// The serial number of a certificate as people write it: INTEGER content octets, big-endian, not negative.
std::string decimal(ByteView serial);

}  // namespace tenzro::tee::nvidia
