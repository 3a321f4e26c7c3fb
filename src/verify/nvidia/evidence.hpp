// SPDX-License-Identifier: Apache-2.0
// One piece of device evidence taken apart: the report and the certificates of each GPU and switch.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "evidence/nvidia/device_certificates.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::nvidia {

/// Nothing vouches for any of it yet.
struct Device {
  std::string name;                            ///< "GPU-0", "SWITCH-1": numbered by kind, in the order of the evidence
  DeviceKind kind = DeviceKind::gpu;           ///< as its sender says, or as the report looks
  std::optional<Architecture> architecture{};  ///< as its sender says
  std::optional<ByteArray<32>> nonce{};        ///< likewise, beside the report
  Bytes report;
  std::vector<x509::CertificatePtr> chain{};  ///< leaf first; the root may be missing
  Bytes root{};                               ///< DER, as sent, where one was; never trusted
  std::optional<Finding> problem{};           ///< why there is no chain
};

/// The devices of an evidence JSON, or the one of a report that stands alone: then its chain is the envelope's, or put
/// together from the certificates of the caller's sources. Nothing, with the reason in the verdict, for anything else.
std::optional<std::vector<Device>> read_devices(const AttestationReport& report, const Question& question,
                                                VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
