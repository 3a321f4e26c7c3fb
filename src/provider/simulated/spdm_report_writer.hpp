// SPDX-License-Identifier: Apache-2.0
// A GPU's attestation report: the SPDM 1.1 request for all measurements, and the signed response to it.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "evidence/nvidia/opaque_data.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// What the report says.
struct SpdmReportParts {
  ByteArray<32> nonce{};         ///< the requester's
  ByteArray<32> device_nonce{};  ///< the responder's own
  /// By index from 0; SPDM counts from 1. At most nvidia::kMaxMeasurements.
  std::vector<ByteArray<nvidia::kMeasurementSize>> measurements{};
  std::vector<std::pair<std::uint16_t, Bytes>> opaque{};  ///< type and value, in this order
};

/// signer: a P-384 key.
Bytes write_spdm_report(const SpdmReportParts& parts, EVP_PKEY* signer);

}  // namespace tenzro::tee::simulated
