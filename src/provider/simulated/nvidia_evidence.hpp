// SPDX-License-Identifier: Apache-2.0
// Evidence of GPUs under an imitated NVIDIA hierarchy, with the manifests and OCSP responses that judge it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "provider/simulated/nvidia_hierarchy.hpp"
#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::simulated {

/// What the devices say. The defaults make one ordinary Hopper GPU, whose measurements its manifests list.
struct NvidiaEvidenceSpec {
  static constexpr unsigned kMaxDevices = 8;

  ByteArray<32> nonce{};                         ///< what all devices answer
  std::string driver_version = "550.90.07";      ///< 1 to 31 letters, digits, dots and hyphens
  std::string vbios_version = "96.00.9F.00.01";  ///< five bytes as upper-case hex, dots between them
  /// By index, 0 to 63, in place of what the manifests list; of every device. Manifests stay as they are, so that an
  /// altered firmware can be tried.
  std::map<unsigned, ByteArray<48>> measurements{};
  unsigned devices = 1;  ///< 1 to kMaxDevices, each with keys and a PDI of its own
  /// What drivers from 570 on say: 0 single GPU, 1 several GPUs, 2 protected PCIe. Empty: nothing, as before.
  std::optional<std::uint16_t> feature_flag{};
};

/// Makes evidence and collateral under one hierarchy. A specification outside the limits named above ends the program.
/// Threads: const members may be called from several threads at once.
class NvidiaEvidenceMaker {
 public:
  explicit NvidiaEvidenceMaker(std::string_view label = NvidiaHierarchy::kSimulatedLabel) : hierarchy_(label) {}
  const NvidiaHierarchy& hierarchy() const noexcept { return hierarchy_; }

  /// The firmware that made the devices' last keys: SHA-384 of nothing that exists.
  static ByteArray<48> firmware_id();
  NvidiaDevice device(unsigned number) const { return hierarchy_.device(number, firmware_id()); }
  /// One device's SPDM report.
  static Bytes report(const NvidiaEvidenceSpec& spec, const NvidiaDevice& device);
  /// The JSON of NVIDIA's collectors: an array with architecture, nonce, report and certificate chain of each device.
  Bytes evidence(const NvidiaEvidenceSpec& spec) const;
  /// Both manifests, and an OCSP response about every certificate that verifiers ask about, valid for a day.
  std::vector<CollateralDocument> collateral(const NvidiaEvidenceSpec& spec, UtcTime issued) const;
  /// The report envelope's content: evidence, and collateral issued at `issued` enclosed as a bundle. Says of itself
  /// that it is simulated.
  AttestationReport report(const NvidiaEvidenceSpec& spec, UtcTime issued) const;

 private:
  NvidiaHierarchy hierarchy_;
};

}  // namespace tenzro::tee::simulated
